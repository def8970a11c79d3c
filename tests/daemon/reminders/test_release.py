"""What may wait, waits: quiet hours, digests, a budget a person and day. What is urgent never does."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd.clock import CHINA
from custodyd.reminders.plain import plain
from custodyd.reminders.quiet import civil_day, next_digest, quiet_until
from custodyd.reminders.release import hold
from custodyd.settings import Holding

NOON = int(datetime(2026, 11, 25, 12, tzinfo=CHINA).timestamp()) * 1_000_000
moments = st.integers(NOON, NOON + 40 * 86_400_000_000)
minutes = st.integers(0, 1439)
quiets = st.none() | st.tuples(minutes, minutes).filter(lambda two: two[0] != two[1])
rules = st.builds(
    Holding,
    budget=st.none() | st.integers(1, 5),
    digest=st.lists(minutes, max_size=3).map(lambda found: tuple(sorted(set(found)))),
    quiet=quiets,
)
calm, urgent = st.sampled_from(["green", "blue", "yellow"]), st.sampled_from(["orange", "red"])


@given(urgent, st.booleans(), st.integers(0, 500), moments, rules)
def test_what_is_urgent_is_never_held(colour: str, waited: bool, used: int, now: int, found: Holding) -> None:
    assert hold(colour, waited=waited, used=used, now=now, rules=found) is None


@given(calm, st.booleans(), st.integers(0, 9), moments, rules)
def test_whatever_is_held_leaves_within_three_days(
    colour: str, waited: bool, used: int, now: int, found: Holding
) -> None:
    held = hold(colour, waited=waited, used=used, now=now, rules=found)
    if held is not None:
        assert now < held.until <= now + 3 * 86_400_000_000
        assert hold(colour, waited=True, used=0, now=held.until, rules=found) is None


@given(calm, st.booleans(), st.integers(0, 9), moments, rules)
def test_nothing_leaves_beyond_the_budget_or_green_and_blue_in_quiet_hours(
    colour: str, waited: bool, used: int, now: int, found: Holding
) -> None:
    if hold(colour, waited=waited, used=used, now=now, rules=found) is None:
        assert found.budget is None or used < found.budget
        assert colour == "yellow" or quiet_until(now, found.quiet) == now


@given(moments, quiets)
def test_quiet_hours_end_within_a_day_and_then_are_over(now: int, quiet: tuple[int, int] | None) -> None:
    until = quiet_until(now, quiet)
    assert now <= until <= now + 86_400_000_000
    assert quiet_until(until, quiet) == until


def test_a_night_is_quiet_over_midnight() -> None:
    night = (21 * 60, 7 * 60)
    assert quiet_until(NOON, night) == NOON
    for hours in (9, 13, 18):
        assert quiet_until(NOON + hours * 3_600_000_000, night) == NOON + 19 * 3_600_000_000


def test_a_digest_is_the_next_of_its_times() -> None:
    assert next_digest(NOON, ()) == NOON
    assert next_digest(NOON, (720,)) == NOON
    assert next_digest(NOON + 1, (720,)) == NOON + 86_400_000_000
    assert civil_day(NOON).isoformat() == "2026-11-25"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("11010519491231002X", "…2X"),
        ("A 13800138000", "A …00"),
        ("A4403016500002026010012", "A4403016500002026010012"),
        ("110105194912310021", "110105194912310021"),
        ("A2026-0142", "A2026-0142"),
    ],
)
def test_a_number_of_a_person_is_cut_and_a_number_of_a_case_is_not(said: str, left: str) -> None:
    assert plain(said) == left
