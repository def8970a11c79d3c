"""Gaps paired from marks: each tells its segment, both ends by number and time, and what was blind."""

from custodyd.ledger.gaps import Mark, pair
from custodyd.ledger.verdict import Gap


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
