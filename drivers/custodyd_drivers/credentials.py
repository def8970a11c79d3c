"""Secrets that devices.toml only names: each a file that systemd put into one folder; it knows no device.

A credential is a name of letters, digits, `_` and `-`; its file holds the secret as text.
"""

import os
from pathlib import Path

PATTERN = "^[A-Za-z0-9_-]{1,64}$"


class NoCredential(Exception):
    """The credential is not there, or is no text; the message says which, never what it holds."""


def folder() -> Path:
    """Where systemd put them: CREDENTIALS_DIRECTORY, else the usual path."""
    return Path(os.environ.get("CREDENTIALS_DIRECTORY", "/run/credentials/custodyd.service"))


def read(name: str, where: Path | None = None) -> str:
    """The text of a credential in `where`, else in `folder()`, without white space around it; raises NoCredential."""
    try:
        text = ((where or folder()) / name).read_text("utf-8").strip()
    except (OSError, ValueError) as exc:
        raise NoCredential(f"credential {name} cannot be read") from exc
    if not text:
        raise NoCredential(f"credential {name} is empty")
    return text
