"""Which entries stand for items of which risk points, and which end their cause; a table, by which no item opens yet.

Device and desk entries stand in EVENTS; the clock of a limit stands for the deadline points that name the limit; every
other way is a person or the case platform, who name the point.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from custodyd.law.risk_points import RiskPoint, RiskPoints

Way = Literal["event", "clock", "hand"]
EXPLAINED = "incident.explained"


@dataclass(frozen=True, slots=True)
class Opening:
    """An entry of `kind` opens an item of `point`.

    `data` = what its data must say (field → values); `rule` = the rule it must name; `incident` = only with an
    incident; `cabinet` = only at a cabinet of this kind; `capability` = only of such a device. `over` = the kinds that
    end the cause: of the same incident where the entry has one, else of the same device. `ladder` replaces the
    point's. `lasted` = the reporter has waited out the debounce already. `since` = the day it began to be wired.
    """

    kind: str
    point: str
    since: str
    data: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    rule: str | None = None
    incident: bool = False
    cabinet: Literal["dossier", "property"] | None = None
    capability: str | None = None
    over: tuple[str, ...] = ()
    ladder: str | None = None
    lasted: bool = True


_FIRST = "2026-11-25"
_DOORS = {"dossier": "JZ-04", "property": "CW-12"}
_RECEIVER = "WristbandReceiver"


def _doors(cabinet: Literal["dossier", "property"]) -> tuple[Opening, ...]:
    point = _DOORS[cabinet]
    return (
        Opening("door.opened", point, _FIRST, incident=True, cabinet=cabinet, over=(EXPLAINED,)),
        Opening(
            "door.left_open.began", point, _FIRST, cabinet=cabinet, over=("door.left_open.ended", EXPLAINED)
        ),
    )  # fmt: skip


EVENTS: tuple[Opening, ...] = (
    Opening("wristband.strap.opened", "CS-18", _FIRST, over=(EXPLAINED,)),
    Opening("wristband.lost.began", "CS-18", _FIRST, over=("wristband.lost.ended", EXPLAINED)),
    Opening("wristband.adverts.repeated", "CS-18", _FIRST, over=(EXPLAINED,)),
    Opening("wristband.sos.pressed", "CS-19", _FIRST, over=(EXPLAINED,)),
    Opening("wristband.battery.low.began", "CS-19", _FIRST, ladder="EVC", over=("wristband.battery.low.ended",)),
    Opening("receiver.deaf.began", "CS-17", _FIRST, over=("receiver.deaf.ended",)),
    Opening("device.blind.began", "CS-17", _FIRST, capability=_RECEIVER, over=("device.blind.ended",), lasted=False),
    Opening("clock.source.lost", "CS-17", _FIRST, over=("clock.source.found",)),
    *_doors("dossier"),
    *_doors("property"),
    Opening("finger.rejected", "JZ-03", _FIRST),
    Opening("finger.slot.found_unknown", "JZ-03", _FIRST, over=(EXPLAINED,)),
    Opening("dossier.act.refused", "JZ-03", _FIRST, rule="officer-of-case"),
    Opening("code.rejected", "JZ-05", _FIRST, data={"reason": ("forged", "void")}),
    Opening("dossier.discrepancy.found", "JZ-05", _FIRST, data={"what": ("pages", "seal")}, over=(EXPLAINED,)),
    Opening("dossier.discrepancy.found", "JZ-08", _FIRST, data={"what": ("content",)}, over=(EXPLAINED,)),
    Opening("dossier.motion.interrupted", "JZ-08", _FIRST, over=(EXPLAINED,)),
)
"""An entry `finger.rejected` counts at its third time within FAILURES_US at one device."""

FAILURES, FAILURES_US = 3, 300 * 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One way in which items of a point open: by an entry of a kind, by the clock of a limit, or by naming it."""

    way: Way
    name: str
    since: str


def sources(point: RiskPoint) -> tuple[Source, ...]:
    """Every way that is foreseen for items of `point`, entries and clocks first."""
    wired = {one.kind: Source("event", one.kind, one.since) for one in EVENTS if one.point == point.id}
    clocks = [Source("clock", limit, _FIRST) for limit in point.limits if point.opens == "deadline"]
    named = [Source("hand", "risks open", _FIRST)] if point.by_hand else []
    return (*wired.values(), *clocks, *named)


def dead(points: RiskPoints) -> tuple[str, ...]:
    """The enabled points that nothing at all opens."""
    return tuple(point.id for point in points.enabled if not sources(point))
