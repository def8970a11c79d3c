"""Bands and beacons as things: strap, button, battery, pulse, near or far; it must not know how they speak."""

import random
from dataclasses import dataclass, field

from custodyd_drivers.wristband.frames.reading import Event, Press

EVENT_S = 10.0  # how long a band tells an event, as KBeacon bands leave the factory
NEAR_DBM = -58
FULL_MV, EMPTY_MV = 3000, 2000


@dataclass(slots=True)
class Body:
    """The wearer, as far as a band feels one."""

    bpm: int = 72
    skin: bool = True  # the band lies on it
    temperature: int = 3350  # hundredths of °C at the wrist


@dataclass(slots=True)
class Worn:
    """One band. Events last some seconds, or one advert where `seconds` is 0."""

    battery: int = 90
    strap_open: bool = False
    moving: bool = False
    body: Body = field(default_factory=Body)
    near: bool = True
    counter: int = 0
    _event: Event | None = None
    _left_s: float = 0.0

    @property
    def event(self) -> Event | None:
        """What is told now."""
        return self._event

    @property
    def millivolts(self) -> int:
        """What the cell still gives."""
        return EMPTY_MV + (FULL_MV - EMPTY_MV) * self.battery // 100

    def cut(self, seconds: float = EVENT_S) -> None:
        """Cut the strap."""
        self.strap_open = True
        self._tell("cut", seconds)

    def press(self, how: Press, seconds: float = EVENT_S) -> None:
        """Press the button."""
        self._tell(how, seconds)

    def _tell(self, event: Event, seconds: float) -> None:
        self._event, self._left_s = event, seconds

    def pass_time(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        if self._event is not None and self._left_s > 0:
            self._left_s -= dt
            if self._left_s <= 0:
                self._event = None

    def sent(self) -> None:
        """One advert left: it was counted, and an event that lasts one advert is over."""
        self.counter += 1
        if self._event is not None and self._left_s <= 0:
            self._event = None


def strength(chance: random.Random) -> int:
    """The signal strength of one advert from across the room, dBm."""
    return NEAR_DBM + round(chance.gauss(0, 3))
