"""The emergency line: one line per opening that is not in the record yet, on a file system that a full disk spares."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from custodyd.model.entry import Actor


class Opening(msgspec.Struct, frozen=True, omit_defaults=True):
    """An emergency opening as it stands in the line."""

    place: str
    actor: Actor
    happened: int
    incident: str
    request: str | None = None


class EmergencyLine:
    """The file, usually /run/custodyd/emergency; kept over restarts of the daemon."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, opening: Opening) -> None:
        """Add a line before the bolt moves; raises OSError."""
        # a full file system may have left half a line of an earlier try
        torn = self._path.exists() and self._path.read_bytes()[-1:] not in (b"", b"\n")
        with self._path.open("ab") as file:
            file.write(b"\n" * torn + msgspec.json.encode(opening) + b"\n")

    def openings(self) -> Sequence[Opening]:
        """Every opening that is not in the record yet. Nothing was opened on a line that was not written whole."""
        if not self._path.exists():
            return ()
        found = (_read(line) for line in self._path.read_bytes().splitlines())
        return [opening for opening in found if opening is not None]

    def clear(self, entered: Opening) -> None:
        """Take a line away after its entry is durable."""
        rest = [opening for opening in self.openings() if opening != entered]
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(b"".join(msgspec.json.encode(opening) + b"\n" for opening in rest))
        fresh.replace(self._path)


def _read(line: bytes) -> Opening | None:
    try:
        return msgspec.json.decode(line, type=Opening)
    except msgspec.DecodeError:
        return None
