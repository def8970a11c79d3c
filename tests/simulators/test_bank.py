"""Bolts, doors and coils, with time as an argument."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_simulators.bank import BURNS_AFTER_S, Bank
from custodyd_simulators.hands import Doors


def passes(bank: Bank, seconds: float, step: float = 0.01) -> None:
    for _ in range(round(seconds / step)):
        bank.tick(step)


def test_a_pulse_frees_the_door_and_the_spring_opens_it():
    bank = Bank(8)
    assert isinstance(bank, Doors)
    bank.locks[1].drive(True, 0.5)
    passes(bank, 0.05)
    assert bank.standing_open == frozenset()
    passes(bank, 0.07)
    assert bank.standing_open == {2}
    assert bank.energised == {2}
    passes(bank, 0.5)
    assert bank.energised == frozenset()
    assert bank.standing_open == {2}


def test_a_door_pushed_shut_after_the_pulse_stays_shut():
    bank = Bank(8)
    bank.locks[0].drive(True, 0.3)
    passes(bank, 0.5)
    bank.shut(1)
    passes(bank, 1)
    assert bank.standing_open == frozenset()


def test_without_a_spring_only_a_hand_opens_and_only_during_the_pulse():
    bank = Bank(8, spring=False)
    bank.locks[0].drive(True, 0.3)
    passes(bank, 0.2)
    assert bank.standing_open == frozenset()
    bank.open(1)
    assert bank.forced == frozenset()
    bank.locks[1].drive(True, 0.3)
    passes(bank, 0.5)
    bank.open(2)
    assert bank.forced == {2}


def test_a_jammed_bolt_holds_although_the_coil_pulls():
    bank = Bank(8)
    bank.jam(3, True)
    bank.locks[2].drive(True, 0.5)
    passes(bank, 1)
    assert bank.standing_open == frozenset()
    assert bank.pulses[3] == 1
    bank.jam(3, False)
    bank.locks[2].drive(True, 0.5)
    passes(bank, 1)
    assert bank.standing_open == {3}


def test_a_coil_left_energised_burns_and_pulls_no_more():
    bank = Bank(8)
    bank.locks[0].drive(True)
    passes(bank, BURNS_AFTER_S + 0.1)
    assert bank.burnt == {1}
    bank.shut(1)
    passes(bank, 1)
    assert bank.standing_open == frozenset()


def test_a_power_cut_drops_the_relays_and_leaves_the_doors():
    bank = Bank(8)
    bank.open(4)
    bank.locks[0].drive(True, 2.0)
    bank.power_cycle()
    passes(bank, 1)
    assert bank.energised == frozenset()
    assert bank.standing_open == {4}


@pytest.mark.parametrize("high", [True, False])
def test_levels_follow_the_contacts_polarity(high: bool):
    bank = Bank(3, open_when_high=high)
    bank.open(2)
    assert bank.levels() == [not high, high, not high]


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["pulse", "open", "shut", "tick"])), max_size=60))
def test_no_coil_outlives_its_pulse(acts):
    bank = Bank(4)
    for index, act in acts:
        match act:
            case "pulse":
                bank.locks[index].drive(True, 0.3)
            case "open":
                bank.open(index + 1)
            case "shut":
                bank.shut(index + 1)
            case _:
                bank.tick(0.1)
    passes(bank, 0.4)
    assert bank.energised == frozenset()
    assert bank.burnt == frozenset()
