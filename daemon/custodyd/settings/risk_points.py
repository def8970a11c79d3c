"""The catalogue of risk points and a unit's own file → RiskPoints, or every mistake in them; it opens no item.

The unit's file holds the same tables: what it names replaces the catalogue's keys one by one, a new id is a new point.
"""

from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from msgspec import Meta, field

from custodyd.law.limit import Mark
from custodyd.law.risk_openings import dead
from custodyd.law.risk_points import COLOURS, Area, Counts, Opens, RiskLadder, RiskPoint, RiskPoints, RiskRung
from custodyd.model.facts.clocks import Colour
from custodyd.settings.convert import Good, as_table, table
from custodyd.settings.defaults import ROLES
from custodyd.settings.lawbook.lawbook import DATA
from custodyd.settings.mistakes import ABSENT, Findings, Mistakes
from custodyd.settings.scanner import KeyPath
from custodyd.settings.shape import Table
from custodyd.settings.source import Document, read
from custodyd.settings.wording import listed, nearest

OWN = "risk_points.toml"
"""A unit's file, beside devices.toml; a unit without one works by the catalogue."""

PointId = Annotated[str, Meta(pattern=r"^[A-Z]{2}-[0-9]{2,3}$", extra={"expect": "settings.expected.point-id"})]
LadderId = Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{1,7}$", extra={"expect": "settings.expected.ladder-id"})]
Title = Annotated[str, Meta(min_length=1, max_length=120)]
Tell = dict[Colour, tuple[str, ...]]


class Ladder(Table, frozen=True, kw_only=True):
    """Seconds by colour, and the roles told."""

    counts: Counts
    seconds: dict[Colour, Annotated[int, Meta(ge=0, le=400 * 86400)]]
    tell: Tell = field(default_factory=dict[Colour, tuple[str, ...]])


class Point(Table, frozen=True, kw_only=True):
    """One point as it is written; `tell` replaces the ladder's recipients by colour."""

    zh: Title
    en: Title
    area: Area
    opens: Opens
    trigger: Annotated[str, Meta(max_length=300)]
    limits: tuple[str, ...] = ()
    ladder: str
    basis: Annotated[str, Meta(max_length=300)]
    status: Mark
    evidence: Annotated[str, Meta(max_length=200)] = ""
    debounce_s: Annotated[int, Meta(ge=0, le=3600)] = 0
    enabled: bool = True
    by_hand: bool = True
    tell: Tell = field(default_factory=dict[Colour, tuple[str, ...]])


class Catalogue(Table, frozen=True, kw_only=True):
    """The whole file."""

    ladder: dict[LadderId, Ladder] = field(default_factory=dict[str, Ladder])
    point: dict[PointId, Point] = field(default_factory=dict[str, Point])


def catalogue() -> RiskPoints:
    """The points as they are shipped."""
    return risk_points(None)


def beside(settings: Path) -> Path | None:
    """A unit's file beside its devices.toml, if there is one."""
    own = settings.with_name(OWN)
    return own if own.exists() else None


def risk_points(
    own: Path | None,
    roles: Collection[str] = tuple(ROLES),
    limits: Collection[str] | None = None,
    *,
    check_dead: bool = True,
) -> RiskPoints:
    """The catalogue with a unit's changes; raises Mistakes, which holds all of them.

    `roles` are the ids that may be told, `limits` those that may be named (None = any). `check_dead` = an enabled
    point that nothing opens is a mistake.
    """
    base = read(DATA / OWN)
    findings = Findings(own or base.file, base.places)
    if own is not None:
        _lay_over(base, read(own))
    good = table(findings, (), base.data, Catalogue)
    found = _Check(findings, roles, limits, good.get("ladder", {})).points(good.get("point", {}))
    if check_dead and not findings.mistakes:
        for id in dead(found):
            findings.add(("point", id), "settings.point-dead", point=id)
    if findings.mistakes:
        raise Mistakes(findings.in_order())
    return found


def _lay_over(base: Document, own: Document) -> None:
    """Put a unit's keys over the catalogue's, table by table, each with its own place."""
    _merge(base.data, own.data)
    base.places.update(own.places)


def _merge(into: Good, own: Mapping[str, Any]) -> None:
    for name, value in own.items():
        below, over = as_table(into.get(name)), as_table(value)
        if below is not None and over is not None:
            _merge(below, over)
        else:
            into[name] = value


class _Check:
    """Looks at ladders and points; what is wrong is left out of what comes back."""

    def __init__(
        self, findings: Findings, roles: Collection[str], limits: Collection[str] | None, ladders: Mapping[str, Good]
    ) -> None:
        self._findings = findings
        self._roles = roles
        self._limits = limits
        self._ladders = {name: self._ladder(name, good) for name, good in ladders.items()}

    def points(self, points: Mapping[str, Good]) -> RiskPoints:
        """Every point that is right."""
        made = {id: point for id, good in points.items() if (point := self._point(id, good)) is not None}
        known = {name: ladder for name, ladder in self._ladders.items() if ladder is not None}
        return RiskPoints(MappingProxyType(made), MappingProxyType(known))

    def _ladder(self, name: str, good: Good) -> RiskLadder | None:
        path: KeyPath = ("ladder", name)
        counts: Counts | None = good.get("counts")
        seconds: dict[Colour, int] = good.get("seconds", {})
        colours: list[Colour] = [colour for colour in COLOURS if colour in seconds]
        self._climbs(path, counts, [(colour, seconds[colour]) for colour in colours])
        if "red" not in seconds and "seconds" in good:
            self._findings.add((*path, "seconds"), "settings.ladder-no-red")
        tell = self._told((*path, "tell"), good.get("tell", {}), colours)
        if "red" in seconds and not tell.get("red"):  # red is never silent
            self._findings.add((*path, "tell"), "settings.red-untold")
        if counts is None:
            return None
        return RiskLadder(name, counts, tuple(RiskRung(one, seconds[one], tell.get(one, ())) for one in colours))

    def _climbs(self, path: KeyPath, counts: Counts | None, rungs: list[tuple[Colour, int]]) -> None:
        for (_, before), (colour, seconds) in pairwise(rungs):
            if (seconds >= before) if counts == "left" else (seconds <= before):
                self._findings.add((*path, "seconds", colour), "settings.rung-order", found=seconds, before=before)

    def _told(self, path: KeyPath, tell: Mapping[Colour, list[Any]], colours: Collection[Colour]) -> Tell:
        for colour, names in tell.items():
            if colour not in colours:
                self._findings.add((*path, colour), "settings.no-such-rung", expected=listed(colours), found=colour)
            for index, name in enumerate(names):
                if name is not ABSENT and name not in self._roles:
                    known, close = listed(self._roles), nearest(name, self._roles)
                    self._findings.add(
                        (*path, colour, index), "settings.unknown-role", expected=known, found=name, nearest=close
                    )
        return {colour: tuple(names) for colour, names in tell.items()}

    def _point(self, id: str, good: Good) -> RiskPoint | None:
        path: KeyPath = ("point", id)
        self._known_limits(path, good.get("limits", []))
        ladder = self._chosen(path, good)
        if ladder is None or any(name not in good for name in ("zh", "en", "area", "opens", "trigger", "basis")):
            return None
        if "status" not in good:
            return None
        rest = {name: value for name, value in good.items() if name not in ("ladder", "tell", "limits")}
        return RiskPoint(id=id, ladder=ladder, limits=tuple(good.get("limits", ())), **rest)

    def _known_limits(self, path: KeyPath, limits: list[Any]) -> None:
        for index, limit in enumerate(limits):
            if self._limits is not None and limit is not ABSENT and limit not in self._limits:
                close = nearest(limit, self._limits)
                self._findings.add((*path, "limits", index), "settings.unknown-limit", found=limit, nearest=close)

    def _chosen(self, path: KeyPath, good: Good) -> RiskLadder | None:
        """The ladder of a point with the point's own recipients; a mistake where it cannot be climbed."""
        if "ladder" not in good:
            return None
        if good["ladder"] not in self._ladders:
            known, close = listed(self._ladders), nearest(good["ladder"], self._ladders)
            self._findings.add(
                (*path, "ladder"), "settings.unknown-ladder", expected=known, found=good["ladder"], nearest=close
            )
            return None
        ladder = self._ladders[good["ladder"]]
        if ladder is None or "opens" not in good:
            return None
        if (ladder.counts == "left") != (good["opens"] == "deadline"):
            self._findings.add((*path, "ladder"), "settings.ladder-misfits", found=ladder.id, opens=good["opens"])
        return self._own_recipients(path, ladder, good.get("tell", {}))

    def _own_recipients(self, path: KeyPath, ladder: RiskLadder, tell: Mapping[Colour, list[Any]]) -> RiskLadder:
        told = self._told((*path, "tell"), tell, [rung.colour for rung in ladder.rungs])
        if "red" in told and not told["red"]:
            self._findings.add((*path, "tell", "red"), "settings.red-untold")
        rungs = (RiskRung(one.colour, one.seconds, told.get(one.colour, one.tell)) for one in ladder.rungs)
        return RiskLadder(ladder.id, ladder.counts, tuple(rungs))
