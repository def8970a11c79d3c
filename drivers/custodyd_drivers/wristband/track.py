"""What a band's readings add up to: facts told once, sightings told seldom; time is an argument, it knows no radio."""

from dataclasses import dataclass, field
from typing import Literal

from custodyd_drivers.contract import (
    BandHeard,
    BandRepeated,
    HeartRate,
    Report,
    SkinTemperature,
    SosPressed,
    StrapClosed,
    StrapOpened,
)
from custodyd_drivers.wristband.frames.reading import Event, Reading

Proof = Literal["counter", "advert", "connection"]
EVENT_S = (
    5.0  # an event that is told again after so long is a new one; while it lasts, bands repeat it each half second
)
CLOSED_S = 3.0  # how long a strap must say closed, so that one that flickers is told as open
REPEATED_S = 60.0  # between two reports of adverts that are played again


class Counters:
    """The highest counter of each sealed band. It outlives drivers: a reconnection must not let old adverts in."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}


@dataclass(slots=True)
class _Strap:
    """One thing that tells open from closed: a state needs `CLOSED_S` to be believed closed, none to be open."""

    open: bool | None = None
    closing: float | None = None

    def take(self, is_open: bool, now: float) -> bool:
        """Whether this changed what is believed."""
        if is_open:
            self.closing = None
            changed, self.open = self.open is not True, True
            return changed
        if self.closing is None:
            self.closing = now
        if self.open is False or now - self.closing < CLOSED_S:
            return False
        self.open = False
        return True


@dataclass(slots=True)
class Track:
    """One band at one receiver, as long as one driver lives. `report_s` = seconds between two BandHeard."""

    band: str
    counters: Counters
    report_s: float = 1.0
    battery: int | None = None
    counter: int | None = None
    rssi: int = -127
    taken: int = 0  # adverts that counted
    _strap: _Strap = field(default_factory=_Strap)
    _skin: _Strap = field(default_factory=_Strap)
    _told: dict[str, float] = field(default_factory=dict[str, float])
    _events: dict[Event, float] = field(default_factory=dict[Event, float])

    def take(self, reading: Reading, rssi: int, now: float, *, received: bool = True) -> list[Report]:
        """The reports that an advert causes; `now` in elapsed seconds.

        One that was not `received` just now, but kept somewhere, tells what happened and is no sighting.
        """
        found = list[Report]()
        self.rssi = rssi
        if reading.sealed and self._went_back(reading):
            return [BandRepeated(self.band)] if self._due("repeated", REPEATED_S, now) else found
        if reading.battery is not None:
            self.battery = reading.battery
        if reading.event is not None:
            found += self._event(reading.event, now)
        if reading.strap_open is not None:
            found += self._state(self._strap, reading.strap_open, now)
        if received and self._is_fresh(reading):
            found += self._heard("advert" if reading.counter is None else "counter", now)
        if reading.heart_rate is not None:
            found += self.pulse(reading.heart_rate, reading.contact, now)
        return found

    def answered(self, now: float) -> list[Report]:
        """The report that a value over a connection causes, whatever it is."""
        return self._heard("connection", now)

    def pulse(self, bpm: int, contact: bool | None, now: float) -> list[Report]:
        """The reports that a heart rate causes, whether it came in an advert or over a connection."""
        found = list[Report]()
        if contact is not None:
            found += self._state(self._skin, not contact, now)
        if self._due("pulse", self.report_s, now):
            found.append(HeartRate(self.band, bpm, contact))
        return found

    def warmth(self, hundredths: int, now: float) -> list[Report]:
        """The reports that a temperature over a connection causes."""
        return [SkinTemperature(self.band, hundredths)] if self._due("warmth", self.report_s, now) else []

    def _heard(self, proof: Proof, now: float) -> list[Report]:
        self.taken += 1
        return [BandHeard(self.band, self.rssi, proof, self.battery)] if self._due("heard", self.report_s, now) else []

    def _went_back(self, reading: Reading) -> bool:
        last = self.counters.last.get(self.band)
        return reading.counter is not None and last is not None and reading.counter < last

    def _is_fresh(self, reading: Reading) -> bool:
        """Whether the advert is another one than the last: by its counter, where it has one."""
        if reading.counter is None:
            return True
        last = self.counters.last.get(self.band) if reading.sealed else self.counter
        self.counter = reading.counter
        if reading.sealed:
            self.counters.last[self.band] = reading.counter
        return reading.counter != last

    def _event(self, event: Event, now: float) -> list[Report]:
        last = self._events.get(event)
        self._events[event] = now
        if last is not None and now - last <= EVENT_S:
            return []
        return [StrapOpened(self.band, "cut") if event == "cut" else SosPressed(self.band, event)]

    def _state(self, strap: _Strap, is_open: bool, now: float) -> list[Report]:
        if not strap.take(is_open, now):
            return []
        if is_open:
            return [StrapOpened(self.band, "state" if strap is self._strap else "skin")]
        return [] if self._strap.open or self._skin.open else [StrapClosed(self.band)]

    def _due(self, what: str, pause_s: float, now: float) -> bool:
        last = self._told.get(what)
        if last is not None and now - last < pause_s:
            return False
        self._told[what] = now
        return True
