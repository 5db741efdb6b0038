"""`python l10n.py`: gathers the client's English texts for translators, in package.nls.json and l10n/bundle.l10n.json.

The manifest's texts are moved out of it where they are still there: `%name%` stands for them then.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
TEXTS = ("title", "description", "markdownDescription", "name", "contents", "displayName")
TEXT = re.compile(r'\bl10n\.t\(\s*"((?:[^"\\]|\\.)*)"')


def source_texts() -> list[str]:
    """Give the texts that the client's code shows."""
    sources = sorted((HERE / "src").glob("*.ts"))
    found = {text for path in sources for text in TEXT.findall(path.read_text(encoding="utf-8"))}
    return sorted(json.loads(f'"{text}"') for text in found)


def main() -> None:
    """Write both files, and the manifest."""
    manifest = HERE / "package.json"
    facts = json.loads(manifest.read_text(encoding="utf-8"))
    names = HERE / "package.nls.json"
    known: dict[str, str] = json.loads(names.read_text(encoding="utf-8")) if names.exists() else {}
    _move(facts["contributes"], "", known)
    _move(facts["capabilities"], "capabilities", known)
    _write(manifest, facts)
    _write(names, known)
    (HERE / "l10n").mkdir(exist_ok=True)
    _write(HERE / "l10n" / "bundle.l10n.json", {text: text for text in source_texts()})


def _move(facts: Any, place: str, known: dict[str, str], *, all_texts: bool = False) -> None:  # noqa: ANN401  (JSON)
    listed = isinstance(facts, list)
    pairs = enumerate(facts) if listed else facts.items() if isinstance(facts, dict) else ()
    for key, value in pairs:
        name = f"{place}.{_name(value, key) if listed else key}".removeprefix(".")
        if not isinstance(value, str):
            _move(value, name, known, all_texts=key == "enumDescriptions")
        elif (all_texts or key in TEXTS) and not value.startswith("%"):
            known[name] = value
            facts[key] = f"%{name}%"


def _name(one: Any, number: int) -> str:  # noqa: ANN401
    named = one if isinstance(one, dict) else {}
    return str(named.get("command") or named.get("id") or number).removeprefix("parallelRefactor.")


def _write(path: Path, facts: object) -> None:
    path.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
