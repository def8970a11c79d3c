"""The judge of the quarter sees what must not be: a level early, twice, late, unmarked, lost or never asked for."""

from typing import Any

from tests.quarter.judge import TICK_US, judged

from custodyd.model.entry import Entry

AT = 1_000_000_000_000


def entry(kind: str, happened: int, **data: Any) -> Entry:
    return Entry(
        v=1, seq=0, salt="", station="s", segment="1", run="r", kind=kind, happened=happened, happened_by="daemon",
        recorded=happened, mono=0, data=data,
    )  # fmt: skip


def started(*moments: int) -> Entry:
    steps = [{"colour": "red", "at": moment} for moment in moments]
    return entry("clock.started", 0, id="c", steps=steps)


def reached(at: int, happened: int, *, late: bool = False) -> Entry:
    return entry("reminder.step.reached", happened, id="c", colour="red", at=at, late=late)


def test_what_is_right_is_not_blamed() -> None:
    down = [(2 * AT, 3 * AT)]
    record = [started(AT, 2 * AT, 9 * AT), reached(AT, AT + 5), reached(2 * AT, 3 * AT, late=True)]
    found = judged(record, down, 4 * AT)
    assert found.wrong == []
    assert (found.levels, found.late) == (2, 1)


def test_everything_wrong_is_named() -> None:
    assert judged([started(AT), reached(AT, AT - 1)], [], 2 * AT).early
    assert judged([started(AT), reached(AT, AT), reached(AT, AT)], [], 2 * AT).twice
    assert judged([started(AT), reached(AT, AT + TICK_US + 1, late=True)], [], 2 * AT).tardy
    assert judged([started(AT), reached(AT, 2 * AT)], [(AT, AT)], 2 * AT).unmarked
    assert judged([reached(AT, AT)], [], 2 * AT).unasked
    assert judged([started(AT)], [], 2 * AT).lost
    assert judged([started(AT), entry("clock.ended", 2 * AT, id="c", met=True)], [], 3 * AT).lost
