"""What happens behind a lock board: coils, bolts, doors and contacts in real seconds; it knows no byte."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import RLock

SPRING_S = 0.1
BURNS_AFTER_S = 10.0
_COOLING = 0.2  # a coil takes five times as long to cool as to heat


@dataclass(slots=True)
class Lock:
    """One channel: a coil that pulls a bolt, and a door on a spring with a contact."""

    coil: bool = False
    left_s: float | None = None  # until the board's timer turns the coil over; None: it stays
    heat_s: float = 0.0
    burnt: bool = False
    jammed: bool = False
    open: bool = False
    forced: int = 0
    pulses: int = 0
    spring_s: float = SPRING_S  # until a released door stands open

    @property
    def bolt_back(self) -> bool:
        """Whether the door is free: pulled by the coil, or standing open, where the bolt cannot latch."""
        return self.open or (self.coil and not self.jammed and not self.burnt)

    def drive(self, on: bool, seconds: float | None = None) -> None:
        """Switch the coil; after `seconds` the board turns it over by itself."""
        if on:
            self.pulses += 1
            self.spring_s = SPRING_S
        self.coil, self.left_s = on, seconds

    def tick(self, dt: float, spring: bool) -> None:
        """Let `dt` seconds pass."""
        self.heat_s = self.heat_s + dt if self.coil else max(0.0, self.heat_s - dt * _COOLING)
        self.burnt = self.burnt or self.heat_s > BURNS_AFTER_S
        moving = self.bolt_back or self.spring_s < SPRING_S
        if spring and moving and not self.open:
            self.spring_s -= dt
            self.open = self.spring_s <= 0
        if self.left_s is not None:
            self.left_s -= dt
            if self.left_s <= 0:
                self.coil, self.left_s = not self.coil, None


@dataclass(slots=True)
class Bank:
    """All locks of one board, and what a hand can do to them; fulfils `hands.Doors`. Doors count from 1.

    `spring`: a released door pops open by itself, as dossier compartments do. `open_when_high`: the contact's polarity.
    """

    channels: int
    open_when_high: bool = True
    spring: bool = True
    lock: RLock = field(default_factory=RLock)
    locks: list[Lock] = field(init=False)

    def __post_init__(self) -> None:
        self.locks = [Lock() for _ in range(self.channels)]

    def open(self, door: int) -> None:
        """Pull the door open: succeeds when the bolt is back, else it is forced (see `forced`)."""
        with self.lock:
            one = self.locks[door - 1]
            one.forced += not one.bolt_back
            one.open = True

    def shut(self, door: int) -> None:
        """Push the door shut; the bolt latches unless the coil still pulls it."""
        with self.lock:
            one = self.locks[door - 1]
            one.open, one.spring_s = False, SPRING_S

    def jam(self, door: int, jammed: bool) -> None:
        """Make a bolt stick, or free it."""
        with self.lock:
            self.locks[door - 1].jammed = jammed

    @property
    def pulses(self) -> Mapping[int, int]:
        """How many unlock pulses each door's coil has felt."""
        with self.lock:
            return {door: one.pulses for door, one in enumerate(self.locks, start=1)}

    @property
    def standing_open(self) -> frozenset[int]:
        """Doors that stand open now."""
        return self._which("open")

    @property
    def energised(self) -> frozenset[int]:
        """Doors whose coil is on now."""
        return self._which("coil")

    @property
    def forced(self) -> frozenset[int]:
        """Doors that were pulled open against their bolt."""
        return self._which("forced")

    @property
    def burnt(self) -> frozenset[int]:
        """Doors whose coil was on for so long that it is gone."""
        return self._which("burnt")

    def _which(self, fact: str) -> frozenset[int]:
        with self.lock:
            return frozenset(door for door, one in enumerate(self.locks, start=1) if getattr(one, fact))

    def levels(self) -> list[bool]:
        """The level at each input."""
        return [one.open == self.open_when_high for one in self.locks]

    def tick(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        for one in self.locks:
            one.tick(dt, self.spring)

    def power_cycle(self) -> None:
        """Relays fall off and timers are forgotten; bolts and doors stay where they are."""
        for one in self.locks:
            one.coil, one.left_s = False, None
