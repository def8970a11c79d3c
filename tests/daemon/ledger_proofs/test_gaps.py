"""Gaps paired from marks: each tells its segment, both ends by number and time, and what was blind."""

from typing import Any

import msgspec
import pytest
from tests.daemon.ledger_proofs.sample import raw_entry

from custodyd.ledger.gaps import Mark, mark, pair
from custodyd.ledger.verdict import Gap
from custodyd.model.entry import Entry


def test_what_never_ends_tells_where_and_when_it_began() -> None:
    marks = [Mark("device.blind.began", "3", 7, 70, 60, "lock-1"), Mark("daemon.stopped", "3", 8, 80, 70)]
    assert pair(marks) == (Gap("blind", "3", 7, None, 70, None, "lock-1"), Gap("stopped", "3", 8, None, 80, None, ""))


def test_a_start_after_a_kill_tells_the_last_sign_of_life_and_the_start() -> None:
    assert pair([Mark("daemon.started", "3", 7, 70, 60, unclean=True)]) == (Gap("unclean", "3", None, 7, 60, 70),)


def test_a_start_after_a_stop_ends_that_stop_and_a_clean_first_start_ends_nothing() -> None:
    start = Mark("daemon.started", "3", 9, 90, 80)
    assert pair([Mark("daemon.stopped", "3", 8, 80, 70), start]) == (Gap("stopped", "3", 8, 9, 80, 90),)
    assert pair([start]) == ()


def test_what_ends_ends_by_number_and_time_even_if_nobody_saw_it_begin() -> None:
    began = Mark("device.blind.began", "3", 7, 70, 60, "lock-1")
    for kind in ("device.blind.ended", "device.identified"):
        assert pair([began, Mark(kind, "3", 9, 90, 80, "lock-1")]) == (Gap("blind", "3", 7, 9, 70, 90, "lock-1"),)
    assert pair([Mark("device.blind.ended", "3", 9, 90, 80, "lock-1")]) == (
        Gap("blind", "3", None, 9, None, 90, "lock-1"),
    )
    assert pair([Mark("device.identified", "3", 9, 90, 80, "lock-1")]) == ()


def test_the_clock_is_asked_anew_at_every_start() -> None:
    lost, start = Mark("clock.source.lost", "3", 7, 70, 60, "gps"), Mark("daemon.started", "3", 9, 90, 80)
    assert pair([lost, start]) == (Gap("clock", "3", 7, 9, 70, 90, "gps"),)


def test_a_segment_after_a_broken_one_is_a_gap_and_one_in_turn_is_none() -> None:
    assert pair([Mark("segment.opened", "4", 0, 70, None, unclean=True)]) == (
        Gap("quarantine", "4", None, 0, None, 70),
    )
    assert pair([Mark("segment.opened", "4", 0, 70, 60)]) == ()


def test_a_refusing_disk_and_a_jump_of_the_clock_are_gaps_told_by_one_entry() -> None:
    failed = Mark("storage.failed", "3", 7, 70, 60, "full", since=50)
    jumped = Mark("clock.jumped", "3", 8, 80, 70, "-3000")
    assert pair([failed, jumped]) == (
        Gap("storage", "3", 7, 7, 50, 70, "full"),
        Gap("clock", "3", 8, 8, None, 80, "-3000"),
    )


def entry(kind: str, data: dict[str, Any], **more: Any) -> Entry:
    return msgspec.convert(raw_entry(7, kind, data, segment="3", **more), Entry)


@pytest.mark.parametrize(
    ("found", "what", "unclean", "since"),
    [
        (entry("device.blind.began", {"reason": "silence"}, device="lock-1"), "lock-1", False, None),
        (entry("daemon.stopped", {"reason": "asked"}), "asked", False, None),
        (entry("clock.jumped", {"by_ms": -3000, "reason": "x"}), "-3000", False, None),
        (entry("daemon.started", {"clean": False}), "", True, None),
        (entry("daemon.started", {"clean": True}), "", False, None),
        (entry("segment.opened", {"broken": True}), "", True, None),
        (entry("segment.opened", {"broken": False}), "", False, None),
        (entry("storage.failed", {"reason": "full", "since": 50}), "full", False, 50),
        (entry("storage.failed", {"reason": "full", "since": "50"}), "full", False, None),
        (entry("device.blind.ended", {}, device="lock-1"), "lock-1", False, None),
        (entry("device.identified", {}, device="lock-1"), "lock-1", False, None),
        (entry("clock.source.lost", {}), "", False, None),
        (entry("clock.source.found", {}), "", False, None),
    ],
)
def test_an_entry_that_tells_of_a_gap_is_marked(found: Entry, what: str, unclean: bool, since: int | None) -> None:
    assert mark(found, 60) == Mark(found.kind, "3", 7, found.recorded, 60, what, unclean, since)


def test_an_entry_of_daily_work_is_not_marked() -> None:
    assert mark(entry("door.opened", {"clean": False}), 60) is None


def test_gaps_of_several_devices_stay_apart_and_none_drops_another() -> None:
    marks = [
        Mark("device.blind.began", "3", 1, 10, 0, "a"),
        Mark("device.blind.began", "3", 2, 20, 10, "b"),
        Mark("clock.source.lost", "3", 3, 30, 20, "gps"),
        Mark("daemon.stopped", "3", 4, 40, 30, "asked"),
        Mark("daemon.started", "3", 5, 50, 40),
        Mark("device.identified", "3", 6, 60, 50, "b"),
        Mark("device.blind.ended", "3", 7, 70, 60, "a"),
        Mark("clock.source.lost", "3", 8, 80, 70, "gps"),
        Mark("daemon.started", "3", 9, 90, 80),
    ]
    assert pair(marks) == (
        Gap("clock", "3", 3, 5, 30, 50, "gps"),
        Gap("stopped", "3", 4, 5, 40, 50, "asked"),
        Gap("blind", "3", 2, 6, 20, 60, "b"),
        Gap("blind", "3", 1, 7, 10, 70, "a"),
        Gap("clock", "3", 8, 9, 80, 90, "gps"),
    )
