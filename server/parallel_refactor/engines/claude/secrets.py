"""What is never sent to a model, nor written down: what by its name or contents is a key or password."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase

from parallel_refactor.engines.claude.settings import KEY

_NAMES = """
    .env .env.* *.env .envrc .netrc _netrc .pgpass .htpasswd .npmrc .pypirc .git-credentials .dockercfg
    *.pem *.key *.p12 *.pfx *.jks *.keystore *.kdbx *.ppk *.asc *.gpg *.tfstate *.tfvars
    id_rsa id_dsa id_ecdsa id_ed25519 credentials credentials.* secrets secrets.* *.secret *.secrets
    service-account*.json service_account*.json
""".split()  # noqa: SIM905  longer as a list
_HARMLESS = (".env.example", ".env.sample", ".env.template", ".env.dist")
_CODE = (".py", ".pyi", ".js", ".ts", ".tsx", ".jsx", ".go", ".rs", ".java", ".rb", ".c", ".h", ".cpp", ".cs", ".md")
_FOLDERS = (".ssh", ".aws", ".gnupg", ".kube")
_TOKENS = (
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60,}"
    r"|\bsk-(?:ant|proj|live)-[A-Za-z0-9_-]{20,}|\b[sr]k_live_[A-Za-z0-9]{20,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{20,}|\bAIza[0-9A-Za-z_-]{35}\b|\bglpat-[A-Za-z0-9_-]{20,}"
)
_KEY_BEGINS = r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"
_CONTENTS = re.compile(rf"{_KEY_BEGINS}\s+[A-Za-z0-9+/=\s:,-]{{64}}|{_TOKENS}".encode())
_KEY_GOES_ON = r"(?:(?:(?!-----BEGIN).)*?-----END [A-Z ]*PRIVATE KEY[A-Z ]*-----|[A-Za-z0-9+/=\s:,-]*)"
_SECRETS = re.compile(f"{_KEY_BEGINS}{_KEY_GOES_ON}|{_TOKENS}", re.DOTALL)
_MASK = "[secret]"
_LEAST = 8  # characters; local servers are asked with made-up keys, such as "none"


def has_secret_name(path: str) -> bool:
    """Tell whether a file's name or folder is one that keys and passwords are kept in."""
    *folders, name = path.lower().split("/")
    if any(folder in _FOLDERS for folder in folders):
        return True
    if name in _HARMLESS or name.endswith(_CODE):  # secrets.py is a module, not a secret
        return False
    return any(fnmatchcase(name, pattern) for pattern in _NAMES)


def has_secret_contents(data: bytes) -> bool:
    """Tell whether a file holds a private key, or a token of one of the forms that services give out."""
    return bool(_CONTENTS.search(data))


def masked(text: str) -> str:
    """Give a text with `[secret]` in place of private keys, tokens, and the key that the model is asked with."""
    key = os.environ.get(KEY, "").strip()
    return _SECRETS.sub(_MASK, text.replace(key, _MASK) if len(key) >= _LEAST else text)
