"""What a modem keeps: the SIM with its PIN, the memories with their slots; it knows no network and no AT."""

from dataclasses import dataclass, field
from enum import IntEnum

PUK = "87654321"
_PIN_TRIES = 3


class Stored(IntEnum):
    """The state of a slot, as CMGL numbers it."""

    UNREAD = 0
    READ = 1


@dataclass(slots=True)
class Slot:
    """One stored TPDU."""

    tpdu: bytes
    state: Stored = Stored.UNREAD


@dataclass(slots=True)
class Memory:
    """Numbered slots, from 1."""

    capacity: int
    slots: dict[int, Slot] = field(default_factory=dict[int, Slot])

    def store(self, tpdu: bytes) -> int | None:
        """Put a TPDU into the lowest free slot; None when there is none."""
        free = (index for index in range(1, self.capacity + 1) if index not in self.slots)
        index = next(free, None)
        if index is not None:
            self.slots[index] = Slot(tpdu)
        return index


@dataclass(slots=True)
class Sim:
    """A card: `pin` None = it asks for none. `busy`: so many more questions are answered with +CME ERROR 14."""

    pin: str | None = None
    present: bool = True
    open: bool = False
    tries: int = _PIN_TRIES
    busy: int = 0
    busy_on_entry: int = 0  # so many PINs are answered so, and not looked at
    entered: int = 0  # how often a PIN was tried

    @property
    def state(self) -> str:
        """READY, SIM PIN or SIM PUK."""
        if self.tries == 0:
            return "SIM PUK"
        return "READY" if self.open or self.pin is None else "SIM PIN"

    def enter(self, pin: str) -> bool:
        """Try a PIN; three wrong ones lock the card."""
        self.entered += 1
        if pin == self.pin:
            self.open, self.tries = True, _PIN_TRIES
            return True
        self.tries -= 1
        return False

    def unblock(self, puk: str, pin: str) -> bool:
        """Enter the PUK with a new PIN."""
        if puk != PUK:
            return False
        self.pin, self.open, self.tries = pin, True, _PIN_TRIES
        return True
