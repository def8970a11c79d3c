"""A settings file as bytes: read with bounds, parsed by tomllib, every key with its place; no key has a meaning."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from custodyd.settings.mistakes import Findings, Mistakes, Place
from custodyd.settings.scanner import KeyPath, scan
from custodyd.settings.wording import printable

LARGEST = 1 << 20
"""Bytes; a station of a thousand compartments needs a tenth of it."""

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_KINDS = {
    "Cannot overwrite": "settings.syntax.twice",
    "Cannot declare": "settings.syntax.twice",
    "Cannot mutate": "settings.syntax.twice",
    "Cannot redefine": "settings.syntax.twice",
    "Duplicate inline table key": "settings.syntax.twice",
    "Unterminated string": "settings.syntax.unterminated",
    "Illegal character": "settings.syntax.unterminated",
    "Invalid statement": "settings.syntax.statement",
    "Invalid initial character": "settings.syntax.statement",
    "Unclosed array": "settings.syntax.unclosed",
    "Unclosed inline table": "settings.syntax.unclosed",
    "Expected '=' after a key": "settings.syntax.equals",
    "Expected ']'": "settings.syntax.bracket",
    "Invalid value": "settings.syntax.value",
    "Invalid date": "settings.syntax.value",
    "Expected newline or end of document": "settings.syntax.rest",
    "Unescaped": "settings.syntax.escape",
    "Invalid hex value": "settings.syntax.escape",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its values as tomllib gives them and the place of each key."""

    file: Path
    digest: str
    data: dict[str, Any]
    places: dict[KeyPath, Place]


def digest(path: Path) -> str:
    """SHA-256 of the file, hex, as the entry of a start names it; raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(file: Path) -> Document:
    """The file's values and places; raises Mistakes."""
    raw = _bytes(file)
    try:
        text = raw.decode("utf-8-sig")  # editors on Windows put a mark in front
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        column = exc.start - (raw.rfind(b"\n", 0, exc.start) + 1) + 1
        raise _one(file, "settings.file.not-utf8", Place(file, line, column)) from exc
    data, places = _parse(file, text)
    return Document(file, hashlib.sha256(raw).hexdigest(), data, places)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise _one(file, "settings.file.missing") from exc
    except IsADirectoryError as exc:
        raise _one(file, "settings.file.directory") from exc
    except (OSError, ValueError) as exc:  # ValueError: a NUL in the name
        raise _one(file, "settings.file.unreadable", reason=str(getattr(exc, "strerror", None) or "?")) from exc
    if len(raw) > LARGEST:
        raise _one(file, "settings.file.too-large", reason=f"{LARGEST >> 20} MiB")
    return raw


def _parse(file: Path, text: str) -> tuple[dict[str, Any], dict[KeyPath, Place]]:
    try:
        data = tomllib.loads(text)
        places = {path: Place(file, line, column) for path, (line, column) in scan(text).items()}
    except RecursionError as exc:
        raise _one(file, "settings.syntax.deep") from exc
    except ValueError as exc:  # TOMLDecodeError, and int() on thousands of digits
        raise _syntax(file, text, str(exc)) from exc
    return data, places


def _syntax(file: Path, text: str, message: str) -> Mistakes:
    where = _WHERE.search(message)
    lines = text.replace("\r\n", "\n").split("\n")
    place = Place(file, len(lines), len(lines[-1]) + 1)
    if where is None:
        place = Place(file)
    elif where.group(1):
        place = Place(file, int(where.group(1)), int(where.group(2)))
    said = _WHERE.sub("", message)
    kind = next((kind for start, kind in _KINDS.items() if said.startswith(start)), "settings.syntax.other")
    return _one(file, kind, place, reason=printable(said))


def _one(file: Path, identifier: str, place: Place | None = None, reason: str = "") -> Mistakes:
    findings = Findings(file, {(): place or Place(file)})
    findings.add((), identifier, named=printable(str(file)), reason=reason)
    return Mistakes(findings.in_order())
