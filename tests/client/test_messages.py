"""The VS Code client knows the messages of docs/protocol.md."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_USED = {"FileName", "FilesToSave"}


def interfaces(path: Path) -> dict[str, str]:
    """Give the TypeScript interfaces of a file by name."""
    text = path.read_text(encoding="utf-8")
    return dict(re.findall(r"^(?:export )?interface (\w+) \{\n(.*?)^\}", text, flags=re.MULTILINE | re.DOTALL))


def test_the_client_has_the_messages_of_the_protocol_page() -> None:
    documented = interfaces(ROOT / "docs" / "protocol.md")
    known = interfaces(ROOT / "client-extension" / "src" / "messages.ts")
    assert documented
    assert {name: known.get(name) for name in documented.keys() - NOT_USED} == {
        name: fields for name, fields in documented.items() if name not in NOT_USED
    }


def test_the_client_s_methods_and_commands_are_documented() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    source = (ROOT / "client-extension" / "src" / "messages.ts").read_text(encoding="utf-8")
    named = re.findall(r'"(parallelRefactor[./]\w+)"', source)
    assert named
    assert not [name for name in named if f"`{name}`" not in page]


def test_the_client_registers_none_of_the_server_s_commands() -> None:
    """The language client registers those itself; VS Code refuses a second command of one name."""
    manifest = (ROOT / "client-extension" / "package.json").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    own = set(re.findall(r'"command": "(parallelRefactor\.\w+)"', manifest))
    assert own
    assert not own & set(re.findall(r"parallelRefactor\.\w+", page))


def test_translators_have_all_texts() -> None:
    """After a change of the client's texts: `python client-extension/l10n.py`."""
    client = ROOT / "client-extension"
    code = "import json, l10n; print(json.dumps(l10n.source_texts()))"
    shown = json.loads(subprocess.check_output((sys.executable, "-c", code), cwd=client))
    bundle = json.loads((client / "l10n" / "bundle.l10n.json").read_text(encoding="utf-8"))
    assert sorted(bundle) == shown
    manifest = (client / "package.json").read_text(encoding="utf-8")
    names = set(re.findall(r'"%([\w.]+)%"', manifest))
    assert names
    assert names == json.loads((client / "package.nls.json").read_text(encoding="utf-8")).keys()
