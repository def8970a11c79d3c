"""What a fingerprint module is and what hands do to it: glass, picture, buffers, flash; it knows no wire."""

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from custodyd_drivers.zfm.frames import BROADCAST, Code, Found

TEMPLATE_SIZE = 512
NOTEPAD_PAGE = 32
NOTEPAD_PAGES = 16

BAD_SKIN: Mapping[str, Code] = {
    "worn": Code.TOO_FEW_FEATURES,
    "messy": Code.MESSY,
    "dry": Code.TOO_DRY,
    "wet": Code.TOO_WET,
    "small": Code.AREA_TOO_SMALL,
}
"""What becomes of a finger whose name begins with such a word: `worn-li` gives no usable picture."""


def template(finger: str) -> bytes:
    """The 512 bytes that every reader sees in this finger."""
    return hashlib.shake_256(finger.encode()).digest(TEMPLATE_SIZE)


def _skin(finger: str) -> Code:
    word = finger.split("-")[0].split(" ")[0]
    return BAD_SKIN.get(word, Code.OK)


@dataclass
class Module:
    """The sensor. `library` is its flash: slot → template; `flash` a JSON file that keeps it, if any."""

    capacity: int = 200
    password: int = 0
    address: int = BROADCAST
    level: int = 3
    packet: int = 2
    speed: int = 6
    flash: Path | None = None
    quality: Code = Code.OK  # a dirty glass: spoils every picture while it is not OK
    finger: str | None = None
    library: dict[int, bytes] = field(default_factory=dict[int, bytes])
    notepad: dict[int, bytes] = field(default_factory=dict[int, bytes])
    lamp: bytes = b""  # the last light command, opcode first
    # volatile: gone with the power
    verified: bool = False
    matched: bool = False
    image: str | None = None
    buffers: dict[int, bytes] = field(default_factory=dict[int, bytes])
    _random: random.Random = field(default_factory=lambda: random.Random(0), repr=False)

    def __post_init__(self) -> None:
        if self.flash is not None and self.flash.exists():
            self.library = {int(slot): bytes.fromhex(kept) for slot, kept in json.loads(self.flash.read_text()).items()}

    def draw(self, size: int) -> bytes:
        """The next random bytes; the same sequence in every run."""
        return self._random.randbytes(size)

    def power_up(self) -> None:
        """What is left after the power was away."""
        self.verified = self.matched = False
        self.image = None
        self.buffers.clear()
        self.lamp = b""

    # --- pictures ---------------------------------------------------------------------------------------------------

    def look(self) -> Code:
        """Take a picture of the glass."""
        # the buffers stay: between the two pictures of an enrolment the glass is looked at until it is free
        self.image = self.finger
        return Code.NO_FINGER if self.finger is None else Code.OK

    def extract(self, buffer: int) -> Code:
        """Turn the picture into features."""
        if self.image is None:
            return Code.NO_IMAGE
        code = self.quality or _skin(self.image)
        if code == Code.OK:
            self.buffers[buffer] = template(self.image)
        else:
            self.buffers.pop(buffer, None)
        return code

    def merge(self) -> Code:
        """Make one template of both buffers."""
        first, second = self.buffers.get(1), self.buffers.get(2)
        if first is None or first != second:
            return Code.PRINTS_DIFFER
        return Code.OK

    def compare(self) -> int | None:
        """Score of buffer 1 against buffer 2; None when they differ."""
        self.matched = self.merge() == Code.OK
        return score(self.buffers[1]) if self.matched else None

    def search(self, buffer: int, start: int, count: int) -> Found | None:
        """The lowest slot from `start` that holds the features of `buffer`."""
        features = self.buffers.get(buffer)
        slots = sorted(slot for slot, kept in self.library.items() if kept == features)
        found = [slot for slot in slots if start <= slot < start + count]
        self.matched = bool(found)
        return Found(found[0], score(self.library[found[0]])) if found else None

    # --- templates --------------------------------------------------------------------------------------------------

    def store(self, slot: int, kept: bytes) -> None:
        """Write a template to the flash."""
        self.library[slot] = kept
        self._save()

    def delete(self, slot: int, count: int) -> None:
        """Erase slots; empty ones are no error."""
        for gone in range(slot, slot + count):
            self.library.pop(gone, None)
        self._save()

    def clear(self) -> None:
        """Erase all slots."""
        self.delete(0, self.capacity)

    def _save(self) -> None:
        if self.flash is not None:
            self.flash.write_text(json.dumps({slot: kept.hex() for slot, kept in sorted(self.library.items())}))


def score(kept: bytes) -> int:
    """A match's unit-less score: always the same for one finger."""
    return 60 + kept[0] % 140
