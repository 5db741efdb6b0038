import pytest

from tracker.cli import main
from tracker.report import summary, titles


def call(server, *args):
    return main(["--url", server.url, "--token", "secret", *args])


def test_listing(server, capsys):
    assert call(server, "list", "WEB", "--state", "closed") == 0
    assert capsys.readouterr().out == "[x] #2 Typo\n"


def test_a_new_issue(server, capsys):
    assert call(server, "new", "WEB", "Sharper pictures", "--label", "text") == 0
    assert capsys.readouterr().out == "#4\n"
    assert server.issues[-1]["title"] == "Sharper pictures"


def test_an_error_is_one_line(server, capsys):
    assert call(server, "list", "APP") == 1
    assert capsys.readouterr().err == f"tracker: there is no {server.url}/projects/APP/issues?page=1&size=2\n"


def test_report(server, capsys, tracker):
    assert call(server, "report") == 0
    assert capsys.readouterr().out == summary(tracker) + "\n"
    assert titles(tracker, "WEB") == ["Crash", "Slow", "Typo"]


def test_a_command_is_needed():
    with pytest.raises(SystemExit):
        main([])
