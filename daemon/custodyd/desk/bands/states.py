"""How wristbands and receivers stand; values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

UNKNOWN_S = 10.0
INTERVALS = 5  # adverts that may be missed before a band is unknown, where that is longer
LOST_S = 30.0
LOW_PERCENT, GOOD_PERCENT = 20, 25
Standing = Literal["unheard", "heard", "unknown", "lost"]


@dataclass(frozen=True, slots=True)
class Band:
    """One wristband. `heard` = elapsed, when last; while it was not in this run, when the run began.

    `unheard` = not watched. Each `…_incident` is that of a condition that nobody explained, and that did not end.
    """

    id: str
    interval_s: float
    standing: Standing = "unheard"
    heard: float = 0.0
    heard_civil: int | None = None
    strap_open: bool = False
    strap_incident: str | None = None
    sos_incident: str | None = None
    sos_at: float = float("-inf")
    low_incident: str | None = None
    lost_incident: str | None = None
    repeated_incident: str | None = None

    @property
    def unknown_at(self) -> float:
        """When it is unknown if it is not heard."""
        return self.heard + max(UNKNOWN_S, INTERVALS * self.interval_s)


@dataclass(frozen=True, slots=True)
class Receiver:
    """One receiver. `hears` is proven, False, or None = not known; `since` and `deaf_at` are elapsed.

    `deaf_incident` stands from when it was found deaf until it hears, also while nobody sees the receiver.
    """

    id: str
    hears: bool | None = None
    since: float = 0.0
    deaf_incident: str | None = None
    deaf_at: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """All bands and receivers of a station."""

    bands: Mapping[str, Band] = field(default_factory=lambda: MappingProxyType[str, Band]({}))
    receivers: Mapping[str, Receiver] = field(default_factory=lambda: MappingProxyType[str, Receiver]({}))

    def with_band(self, band: Band) -> "State":
        """The same station with this band standing so."""
        return replace(self, bands={**self.bands, band.id: band})

    def with_receiver(self, receiver: Receiver) -> "State":
        """The same station with this receiver standing so."""
        return replace(self, receivers={**self.receivers, receiver.id: receiver})

    @property
    def hearing_since(self) -> float | None:
        """Since when (elapsed) at least one receiver hears without a break; None while none does."""
        return min((one.since for one in self.receivers.values() if one.hears), default=None)
