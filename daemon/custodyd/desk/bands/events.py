"""What can happen to wristbands and receivers, as the machine takes it; times are elapsed seconds, or named civil."""

from dataclasses import dataclass
from typing import Literal

from custodyd.model.facts.wristbands import Press


@dataclass(frozen=True, slots=True)
class Event:
    """Root of what the machine takes; `at` is elapsed seconds, `civil` microseconds UTC, both when it happened."""

    at: float
    civil: int


@dataclass(frozen=True, slots=True)
class OfBand(Event):
    """Something that `receiver` heard of `band`."""

    receiver: str
    band: str


@dataclass(frozen=True, slots=True)
class Heard(OfBand):
    """An advert was proven to be new; `battery` in percent, if known."""

    proof: Literal["counter", "advert", "connection"]
    battery: int | None = None


@dataclass(frozen=True, slots=True)
class Strap(OfBand):
    """The strap opened (`how`), or says that it is closed (None)."""

    how: Literal["cut", "state", "skin"] | None


@dataclass(frozen=True, slots=True)
class Sos(OfBand):
    """The button was pressed."""

    press: Press


@dataclass(frozen=True, slots=True)
class Repeated(OfBand):
    """Old adverts were played."""


@dataclass(frozen=True, slots=True)
class Ears(Event):
    """A receiver hears, or is deaf (for `seconds` when that is noticed)."""

    receiver: str
    hears: bool
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Gone(Event):
    """A receiver is seen no longer, or only just: whether it hears is not known."""

    receiver: str


@dataclass(frozen=True, slots=True)
class Explained(Event):
    """A person explained an incident."""

    incident: str


@dataclass(frozen=True, slots=True)
class Tick(Event):
    """Time passed."""
