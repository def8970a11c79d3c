"""Breakers as pure rules over cycles."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.link.breaker import CYCLES, SILENCES, Breakers, BreakerState


def fallen(breakers: Breakers, unit: int) -> None:
    for _ in range(SILENCES):
        assert breakers.admits(unit, 0)
        breakers.silent(unit)


def turn(breakers: Breakers, now: float, times: int = 1) -> None:
    for _ in range(times):
        breakers.answered(1, now)


def test_one_silence_changes_nothing():
    breakers = Breakers()
    breakers.silent(2)
    assert breakers.admits(2, 0)
    assert breakers.states() == {2: BreakerState.CLOSED}


def test_two_silences_open_it_until_ten_cycles_have_passed():
    breakers = Breakers()
    turn(breakers, 0)
    fallen(breakers, 2)
    turn(breakers, 0, CYCLES - 1)
    assert not breakers.admits(2, 0)
    turn(breakers, 0)
    assert breakers.admits(2, 0)
    assert breakers.states()[2] is BreakerState.HALF_OPEN


def test_a_half_open_one_falls_back_at_one_silence_and_closes_at_one_answer():
    breakers = Breakers()
    turn(breakers, 0)
    fallen(breakers, 2)
    turn(breakers, 0, CYCLES)
    assert breakers.admits(2, 0)
    breakers.silent(2)
    assert not breakers.admits(2, 0)
    turn(breakers, 0, CYCLES)
    assert breakers.admits(2, 0)
    breakers.answered(2, 0)
    assert breakers.states()[2] is BreakerState.CLOSED


def test_with_nobody_to_protect_the_dead_may_be_asked_at_once():
    breakers = Breakers()
    fallen(breakers, 2)
    assert breakers.admits(2, 0)
    turn(breakers, 10)
    fallen(breakers, 3)
    assert not breakers.admits(3, 10.5)
    assert breakers.admits(3, 11)


@given(st.lists(st.integers(2, 4), max_size=200))
def test_the_dead_are_never_asked_more_often_than_every_tenth_cycle(order):
    breakers = Breakers()
    asked: dict[int, list[int]] = {2: [], 3: [], 4: []}
    for cycle, unit in enumerate(order):
        turn(breakers, 0)
        if breakers.admits(unit, 0):
            asked[unit].append(cycle)
            breakers.silent(unit)
    for cycles in asked.values():
        later = cycles[SILENCES - 1 :]
        assert all(after - before >= CYCLES for before, after in pairwise(later))
