"""Twenty kills of the real process: nothing acknowledged is lost, no unlock pulse lacks its durable entry."""

import os

import pytest
from tests.crash.campaign import campaign


@pytest.mark.crash
@pytest.mark.xdist_group("station")
@pytest.mark.timeout(240)
async def test_twenty_kills_lose_nothing_and_open_nothing_unwritten() -> None:
    counts = await campaign(20, int(os.environ.get("SEED", "0")) or 20_261_124)
    print(counts)
    assert counts.kills == 20
    assert counts.acknowledged
    assert counts.pulses
    assert counts.emergencies
    assert counts.good, str(counts)
