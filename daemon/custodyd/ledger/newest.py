"""Which segment is the newest, told outside the database too, so that a lost file never makes a number serve twice."""

import os
from pathlib import Path

from custodyd.ledger.door import sync_directory

_MARK = "segment"


def read(directory: Path) -> int:
    """The highest number that a segment of this directory ever had; 0 = none. Raises OSError."""
    try:
        text = (directory / _MARK).read_text("ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return 0
    return int(text) if text.isdecimal() else 0


def keep(directory: Path, number: int) -> None:
    """Make `number` known durably, before anything in that segment is signed; raises OSError."""
    fresh = directory / f"{_MARK}.new"
    with fresh.open("w", encoding="ascii") as file:
        file.write(f"{number}\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(directory / _MARK)
    sync_directory(directory)
