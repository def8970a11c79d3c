"""Room kept for the day the disk is full: a file that can be given back; it must not know the database."""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FILE = "reserve"
SIZE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reserve:
    """The reserve file of a directory; `free` tells the bytes left on its disk."""

    directory: Path
    free: Callable[[], int]

    @property
    def kept(self) -> bool:
        """Whether the reserve is there, whole."""
        try:
            return self._path.stat().st_size >= SIZE
        except OSError:
            return False

    def give(self) -> bool:
        """Give the room back to the disk; False if there was nothing to give."""
        if not self.kept:
            return False
        try:
            self._path.unlink()
        except OSError:
            return False
        return True

    def keep(self) -> bool:
        """Have it, making it anew where as much again stays free; tells whether it is there."""
        if self.kept:
            return True
        if self.free() < 2 * SIZE:
            return False
        try:
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, SIZE)
        except OSError:
            with contextlib.suppress(OSError):  # a part of it is in nobody's way
                self._path.unlink()
            return False
        return True

    @property
    def _path(self) -> Path:
        return self.directory / FILE
