"""The short form of both campaigns: nothing acknowledged is lost, no unlock pulse lacks its durable entry."""

import os

import pytest
from tests.crash.campaign import campaign
from tests.crash.disk import disk_campaign

pytestmark = [pytest.mark.crash, pytest.mark.xdist_group("station"), pytest.mark.timeout(240)]
SEED = int(os.environ.get("SEED", "0")) or 20_261_124


async def test_twenty_kills_lose_nothing_and_open_nothing_unwritten() -> None:
    counts = await campaign(20, SEED)
    print(counts)
    assert counts.kills == 20
    assert counts.acknowledged
    assert counts.pulses
    assert counts.emergencies
    assert counts.good, str(counts)


async def test_twelve_lives_on_bad_disks_lose_nothing_or_say_so() -> None:
    counts = await disk_campaign(12, SEED)
    print(counts)
    assert counts.kills == 12
    assert counts.cuts
    assert counts.troubles
    assert counts.acknowledged
    assert counts.good, str(counts)
