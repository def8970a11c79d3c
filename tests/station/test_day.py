"""A day of civil time in seconds of real time, while the wires stay in real time."""

import time
from datetime import datetime, timedelta

import pytest
from tests.station.support import DEVICES, all_entries, place, quiet, to_the_next_due
from tests.station.test_faults import seen

from custodyd_simulators.minute import Minute
from custodyd_simulators.running import Running, simulation

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(180)]
FASTER = 600  # civil seconds per real second, over the whole day


async def test_a_days_deposit_clock_climbs_every_colour_once_and_six_hundred_times_faster() -> None:
    with place() as state:
        async with simulation(DEVICES, state) as running:
            await running.ready()
            minute = Minute(running, quiet)
            await minute.enrol()
            await minute.open_case()
            began, start = time.monotonic(), await _now(running)
            while await _now(running) < start + timedelta(hours=25):
                await _to_the_next(running, start + timedelta(hours=25))
            faster = (await _now(running) - start).total_seconds() / (time.monotonic() - began)
            reached = [entry for entry in await all_entries(running) if entry["kind"] == "reminder.step.reached"]
            assert [entry["data"]["colour"] for entry in reached] == ["green", "blue", "yellow", "orange", "red"]
            assert not any(entry["data"]["late"] for entry in reached)
            assert faster >= FASTER
            assert await seen(running, "reader-a", "seen", 1) < 1


async def _now(running: Running) -> datetime:
    return datetime.fromisoformat((await running.civil())["now"])


async def _to_the_next(running: Running, end: datetime) -> None:
    """Jump to the next due moment, or to the end of the day, and wait until its round was held."""
    target = await to_the_next_due(running, end)

    async def held() -> bool:
        later = (await running.civil())["next_due"]
        return later is None or datetime.fromisoformat(later) > target or target >= end

    await Minute(running, quiet).until(held)
