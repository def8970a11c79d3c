"""Whether the receiver hears at all: a reference beacon, or anything; time is an argument, it knows no band."""

from dataclasses import dataclass

from custodyd_drivers.contract import ReceiverDeaf, ReceiverHears, Report


@dataclass(slots=True)
class Hearing:
    """One receiver since `began`, elapsed seconds. `deaf_s` is for the `reference` beacon, `silent_s` for anything."""

    began: float
    reference: bool
    deaf_s: float
    silent_s: float
    deaf: bool | None = None  # None = neither was proven yet
    _any: float = 0.0
    _beacon: float = 0.0
    _scan: float = 0.0

    def __post_init__(self) -> None:
        self._any = self._beacon = self._scan = self.began

    def heard(self, now: float) -> list[Report]:
        """An advert came, of whomever."""
        self._any = now
        return [] if self.reference or self.deaf is False else self._hears()

    def beacon(self, now: float) -> list[Report]:
        """The reference beacon came."""
        self._any = self._beacon = now
        return [] if self.deaf is False else self._hears()

    def _hears(self) -> list[Report]:
        self.deaf = False
        return [ReceiverHears()]

    def look(self, now: float) -> list[Report]:
        """What the silence until `now` means; told once."""
        silence = now - (self._beacon if self.reference else self._any)
        if self.deaf is True or silence < (self.deaf_s if self.reference else self.silent_s):
            return []
        self.deaf = True
        return [ReceiverDeaf(round(silence, 1))]

    def scan_is_stale(self, now: float) -> bool:
        """Whether nothing at all came for so long that a new scan must be tried; asked again after as long."""
        if now - max(self._any, self._scan) < self.silent_s:
            return False
        self._scan = now
        return True
