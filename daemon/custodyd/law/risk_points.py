"""Risk points: what may go wrong, what opens an item of it, how its colour climbs and who is told; pure, it reads none.

The catalogue is ours; a unit's own file changes it. Ladders of deadlines count back from the end of a limit, those of
events from the moment from which the event counts.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

import msgspec

from custodyd.law.limit import Mark
from custodyd.model.facts.clocks import Colour

Area = Literal["calls", "cases", "premises", "property", "dossiers"]  # 警情 案件 场所 财物 卷宗
Opens = Literal["deadline", "event"]
Counts = Literal["left", "after"]
What = Literal["added", "removed", "changed"]
COLOURS: tuple[Colour, ...] = ("green", "blue", "yellow", "orange", "red")
"""From the lowest to the highest."""


@dataclass(frozen=True, slots=True)
class RiskRung:
    """At `seconds` (before the end, or after the event counts) an item shows `colour`, and these roles are told."""

    colour: Colour
    seconds: int
    tell: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RiskLadder:
    """Rungs from the lowest colour to red; `counts` = seconds left of a limit, or seconds after an event."""

    id: str
    counts: Counts
    rungs: tuple[RiskRung, ...]


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """One row. `limits` are ids of time limits, the main one first; `ladder` has the point's own recipients in it.

    `debounce_s` = how long the condition lasts before it counts; `by_hand` = a person or the case platform may open
    an item; `status` = how surely the source is known.
    """

    id: str
    zh: str
    en: str
    area: Area
    opens: Opens
    trigger: str
    limits: tuple[str, ...]
    ladder: RiskLadder
    basis: str
    status: Mark
    evidence: str = ""
    debounce_s: int = 0
    enabled: bool = True
    by_hand: bool = True


@dataclass(frozen=True, slots=True)
class RiskPoints:
    """The points of a unit by id, in the order of the catalogue, and every ladder by its name."""

    points: Mapping[str, RiskPoint]
    ladders: Mapping[str, RiskLadder]

    @property
    def enabled(self) -> tuple[RiskPoint, ...]:
        """Those of which items are opened."""
        return tuple(point for point in self.points.values() if point.enabled)

    @property
    def digest(self) -> str:
        """SHA-256 of what the points say, hex: comments and the order of a file do not count."""
        rows = {point.id: msgspec.to_builtins(point) for point in self.points.values()}
        return hashlib.sha256(msgspec.json.encode(rows, order="sorted")).hexdigest()

    def waiting_for(self, limit: str) -> tuple[RiskPoint, ...]:
        """The enabled points that the clock of `limit` opens."""
        return tuple(point for point in self.enabled if point.opens == "deadline" and limit in point.limits)


@dataclass(frozen=True, slots=True)
class PointChange:
    """What became of one point, and which of its fields differ."""

    id: str
    what: What
    keys: tuple[str, ...] = ()


def differences(old: RiskPoints, new: RiskPoints) -> tuple[PointChange, ...]:
    """From `old` to `new`, in the order of the ids."""
    return tuple(found for id in sorted({*old.points, *new.points}) if (found := _difference(id, old, new)) is not None)


def _difference(id: str, old: RiskPoints, new: RiskPoints) -> PointChange | None:
    before, after = old.points.get(id), new.points.get(id)
    if before is None:
        return PointChange(id, "added")
    if after is None:
        return PointChange(id, "removed")
    keys = tuple(one.name for one in fields(RiskPoint) if getattr(before, one.name) != getattr(after, one.name))
    return PointChange(id, "changed", keys) if keys else None
