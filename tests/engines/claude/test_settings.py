"""The engine's options and key, secrets, prices, and what is loaded when."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from parallel_refactor.engines.claude.prices import default_model, price, price_date
from parallel_refactor.engines.claude.secrets import has_secret_contents, has_secret_name
from parallel_refactor.engines.claude.settings import Settings, find_key, read_settings
from parallel_refactor.engines.interface import EngineError


def test_options_are_read() -> None:
    options = {"model": "m", "base_url": "http://localhost:1", "max_tokens": "5", "effort": "max", "repairs": "0"}
    assert read_settings({**options, "timeout": "2.5"}) == Settings("m", "http://localhost:1", 5, "max", 0, 2.5)
    assert read_settings({"max_tokens": 5}).max_tokens == 5
    assert read_settings({}) == Settings(model=default_model())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"colour": "red"}, "no option 'colour'. It has: model, base_url"),
        ({"model": " "}, "model is empty"),
        ({"base_url": "localhost:1"}, "base_url is not an address"),
        ({"base_url": "http://user:sk-secret@localhost"}, "no user or key"),
        ({"max_tokens": "0"}, "max_tokens is '0'"),
        ({"max_tokens": "many"}, "max_tokens is 'many'"),
        ({"effort": "huge"}, "effort is 'huge': it must be one of low"),
        ({"repairs": "-1"}, "repairs is '-1'"),
        ({"timeout": "0"}, "timeout is '0'"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(EngineError, match=said) as refused:
        read_settings(options)
    assert "sk-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("localhost:11434", True),
        ("127.0.0.1:8080/v1", True),
        ("[::1]:80", True),
        ("192.168.1.5", True),
        ("gpu-box:8000", True),
        ("gpu.local", True),
        ("", False),
        ("gateway.example.com", False),
        ("8.8.8.8", False),
    ],
)
def test_only_servers_near_by_do_without_a_key(monkeypatch: pytest.MonkeyPatch, host: str, near: bool) -> None:
    settings = Settings(base_url=f"http://{host}" if host else "")
    assert find_key(settings).startswith("sk-test")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")
    if near:
        assert find_key(settings)
    else:
        with pytest.raises(EngineError, match=r"needs a key: set ANTHROPIC_API_KEY .*base_url="):
            find_key(settings)


@pytest.mark.parametrize(
    ("path", "secret"),
    [
        (".env", True),
        ("deploy/.env.production", True),
        ("prod.ENV", True),
        ("certs/server.key", True),
        (".ssh/config", True),
        ("home/.aws/config.py", True),
        ("id_rsa", True),
        ("conf/credentials.json", True),
        ("infra/main.tfvars", True),
        (".env.example", False),
        ("app/secrets.py", False),
        ("src/credentials.ts", False),
        ("keyboard.py", False),
        ("environment.yml", False),
    ],
)
def test_secrets_are_known_by_their_names(path: str, secret: bool) -> None:
    assert has_secret_name(path) is secret


@pytest.mark.parametrize(
    ("data", "secret"),
    [
        (b"-----BEGIN RSA PRIVATE KEY-----\n" + b"MIIEpAIBAAKCAQEA" * 5, True),
        (b"key = 'AKIA" + b"ABCD1234" * 2 + b"'", True),
        (b"token: ghp_" + b"a1B2" * 9, True),
        (b"sk-ant-api03-" + b"x9" * 20, True),
        (b"if line == '-----BEGIN PRIVATE KEY-----':\n    return parse(line)\n", False),
        (b"password = os.environ['PASSWORD']\n", False),
        (b"task-antelope-is-a-long-hyphenated-word\n", False),
    ],
)
def test_secrets_are_known_by_their_contents(data: bytes, secret: bool) -> None:
    assert has_secret_contents(data) is secret


def test_prices_count_the_cache() -> None:
    counts = {"input_tokens": 1_000_000, "cache_write_tokens": 1_000_000, "cache_read_tokens": 1_000_000}
    assert price("claude-sonnet-5-5", {**counts, "output_tokens": 100_000}) == pytest.approx(2.0 * 2.35 + 1.0)
    assert price("somebody's-own", counts) is None
    assert price(default_model(), {}) == 0
    assert price_date().startswith("20")


def test_the_sdk_is_loaded_for_this_engine_only() -> None:
    code = """
import sys
from pathlib import Path
from parallel_refactor.running import crew, preload, start, worker
from parallel_refactor.running.request import RunRequest
for needed in start.resolve(RunRequest(engine="simulate"), Path()).preload:
    __import__(needed)
claude = start.resolve(RunRequest(engine="claude", prompt="x"), Path())
assert "anthropic" not in sys.modules
for needed in claude.preload:
    __import__(needed)
assert "anthropic" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
