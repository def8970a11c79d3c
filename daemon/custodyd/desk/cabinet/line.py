"""The emergency line: one line per opening that is not in the record yet, on a file system that a full disk spares."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from custodyd.model.entry import Actor


class Opening(msgspec.Struct, frozen=True):
    """An emergency opening as it stands in the line."""

    place: str
    actor: Actor
    happened: int
    incident: str


class EmergencyLine:
    """The file, usually /run/custodyd/emergency; kept over restarts of the daemon."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, opening: Opening) -> None:
        """Add a line before the bolt moves; raises OSError."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(opening) + b"\n")

    def openings(self) -> Sequence[Opening]:
        """Every opening that is not in the record yet."""
        if not self._path.exists():
            return ()
        lines = self._path.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Opening) for line in lines if line]

    def clear(self, entered: Opening) -> None:
        """Take a line away after its entry is durable."""
        rest = [opening for opening in self.openings() if opening != entered]
        fresh = self._path.with_suffix(".new")
        fresh.write_bytes(b"".join(msgspec.json.encode(opening) + b"\n" for opening in rest))
        fresh.replace(self._path)
