"""Gaps that the record itself tells of, paired from the entries that begin and end them; it must not know hashing."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from custodyd.ledger.verdict import Gap, GapKind
from custodyd.model.entry import Entry

_TOLD = frozenset(
    {
        "daemon.started",
        "daemon.stopped",
        "device.blind.began",
        "device.blind.ended",
        "segment.opened",
        "clock.jumped",
        "clock.source.changed",
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


def pair(marks: Iterable[Mark]) -> tuple[Gap, ...]:
    """The gaps, in the order in which they end; those that never end come last."""
    gaps: list[Gap] = []
    blind: dict[str, Gap] = {}
    stopped: Gap | None = None
    for each in marks:
        match each.kind:
            case "daemon.stopped":
                stopped = _began("stopped", each)
            case "daemon.started":
                gaps.extend(_restart(stopped, each))
                stopped = None
            case "device.blind.began":
                blind[each.what] = _began("blind", each)
            case "device.blind.ended":
                gaps.append(
                    _close(blind.pop(each.what, Gap("blind", each.segment, None, None, None, None, each.what)), each)
                )
            case _:
                gaps.extend(_point(each))
    return (*gaps, *blind.values(), *([stopped] if stopped else []))


def _restart(stopped: Gap | None, start: Mark) -> list[Gap]:
    if stopped is not None:
        return [_close(stopped, start)]
    if start.unclean:
        return [Gap("unclean", start.segment, None, start.seq, start.before, start.at)]
    return []


def _point(each: Mark) -> list[Gap]:
    if each.kind == "segment.opened":
        return [Gap("quarantine", each.segment, None, each.seq, None, each.at)] if each.unclean else []
    kind: GapKind = "storage" if each.kind == "storage.failed" else "clock"
    return [Gap(kind, each.segment, each.seq, each.seq, each.since, each.at, each.what)]


def _began(kind: GapKind, each: Mark) -> Gap:
    return Gap(kind, each.segment, each.seq, None, each.at, None, each.what)


def _close(gap: Gap, each: Mark) -> Gap:
    return replace(gap, ended=each.seq, until=each.at)
