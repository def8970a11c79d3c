"""A ladder opened late stands at the highest level that was passed, and at no other."""

import pytest

from custodyd.reminders.ladder import HOUR_US, steps
from custodyd.settings import Rung

RUNGS = (
    Rung("green", None, ()),
    Rung("blue", 12, ("case-officer",)),
    Rung("yellow", 4, ()),
    Rung("orange", 1, ()),
    Rung("red", 0, ()),
)
DUE = 24


@pytest.mark.parametrize(
    ("opened", "found"),
    [
        (None, [("green", 0), ("blue", 12), ("yellow", 20), ("orange", 23), ("red", 24)]),
        (-5, [("green", 0), ("blue", 12), ("yellow", 20), ("orange", 23), ("red", 24)]),
        (11, [("green", 11), ("blue", 12), ("yellow", 20), ("orange", 23), ("red", 24)]),
        (12, [("blue", 12), ("yellow", 20), ("orange", 23), ("red", 24)]),
        (21, [("yellow", 21), ("orange", 23), ("red", 24)]),
        (30, [("red", 30)]),
    ],
)
def test_it_opens_at_the_highest_level_reached(opened: int | None, found: list[tuple[str, int]]) -> None:
    at = None if opened is None else opened * HOUR_US
    made = steps(RUNGS, 0, DUE * HOUR_US, at)
    assert [(step.colour, step.at) for step in made] == [(colour, hours * HOUR_US) for colour, hours in found]


def test_a_level_that_would_lie_before_the_start_is_none() -> None:
    made = steps(RUNGS, 0, 4 * HOUR_US)
    assert [(step.colour, step.at) for step in made] == [("green", 0), ("orange", 3 * HOUR_US), ("red", 4 * HOUR_US)]
    late = steps(RUNGS, 0, 4 * HOUR_US, 2 * HOUR_US)
    assert late[0].colour == "green"
