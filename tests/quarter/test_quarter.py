"""One day of the quarter: each level once, none early, none lost over kills."""

import os

import pytest
from tests.quarter.campaign import Plan, quarter

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]
SEED = int(os.environ.get("SEED", "0")) or 20_261_125


async def test_a_day_of_a_county_loses_no_level_over_kills() -> None:
    found, table = await quarter(Plan(days=1, clocks=200, kills=4, seed=SEED))
    print(table)
    assert found.clocks
    assert found.levels
    assert found.wrong == [], table
