"""Gaps that the record itself tells of, paired from the entries that begin and end them; it must not know hashing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from custodyd.ledger.verdict import Gap, GapKind
from custodyd.model.entry import Entry

_TOLD = frozenset(
    {
        "daemon.started",
        "daemon.stopped",
        "device.blind.began",
        "device.blind.ended",
        "device.identified",
        "segment.opened",
        "clock.jumped",
        "clock.source.lost",
        "clock.source.found",
        "storage.failed",
    }
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What of an entry matters for gaps; `before` = when the entry before it was recorded, if that was seen."""

    kind: str
    segment: str
    seq: int
    at: int
    before: int | None
    what: str = ""
    unclean: bool = False
    since: int | None = None


def mark(entry: Entry, before: int | None) -> Mark | None:
    """The mark of an entry that begins, ends or is a gap."""
    if entry.kind not in _TOLD:
        return None
    what = entry.device or str(entry.data.get("by_ms", entry.data.get("reason", "")))
    unclean = entry.data.get("clean") is False or entry.data.get("broken") is True
    since = entry.data.get("since")
    since = since if isinstance(since, int) else None
    return Mark(entry.kind, entry.segment, entry.seq, entry.recorded, before, what, unclean, since)


_BEGINS: Mapping[str, GapKind] = {
    "daemon.stopped": "stopped",
    "device.blind.began": "blind",
    "clock.source.lost": "clock",
}
_ENDS: Mapping[str, GapKind] = {"device.blind.ended": "blind", "clock.source.found": "clock"}


def pair(marks: Iterable[Mark]) -> tuple[Gap, ...]:
    """The gaps, in the order in which they end; those that never end come last.

    A device that was blind at a stop is blind until it proves itself again; the clock is asked anew at every start.
    """
    gaps: list[Gap] = []
    begun: dict[tuple[GapKind, str], Gap] = {}
    for each in marks:
        if each.kind in _BEGINS:
            begun.setdefault(_key(_BEGINS[each.kind], each), _began(_BEGINS[each.kind], each))
        elif each.kind in _ENDS:
            kind = _ENDS[each.kind]
            unseen = Gap(kind, each.segment, None, None, None, None, each.what)
            gaps += _ended(begun.pop(_key(kind, each), unseen), each)
        elif each.kind == "device.identified":
            gaps += _ended(begun.pop(_key("blind", each), None), each)
        elif each.kind == "daemon.started":
            gaps += _ended(begun.pop(_key("clock", each), None), each)
            gaps += _restart(begun.pop(_key("stopped", each), None), each)
        else:
            gaps += _point(each)
    return (*gaps, *begun.values())


def _key(kind: GapKind, each: Mark) -> tuple[GapKind, str]:
    return kind, each.what if kind == "blind" else ""


def _restart(stopped: Gap | None, start: Mark) -> list[Gap]:
    if stopped is None and start.unclean:
        return [Gap("unclean", start.segment, None, start.seq, start.before, start.at)]
    return _ended(stopped, start)


def _point(each: Mark) -> list[Gap]:
    if each.kind == "segment.opened":
        return [Gap("quarantine", each.segment, None, each.seq, None, each.at)] if each.unclean else []
    kind: GapKind = "storage" if each.kind == "storage.failed" else "clock"
    return [Gap(kind, each.segment, each.seq, each.seq, each.since, each.at, each.what)]


def _began(kind: GapKind, each: Mark) -> Gap:
    return Gap(kind, each.segment, each.seq, None, each.at, None, each.what)


def _ended(gap: Gap | None, each: Mark) -> list[Gap]:
    return [] if gap is None else [replace(gap, ended=each.seq, until=each.at)]
