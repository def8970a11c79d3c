"""A station in service asks its system bus about the clock, and a simulated one says that nobody keeps its time."""

import asyncio
from collections.abc import Callable

import pytest
from tests.daemon.clock import systemd_twin as twin
from tests.daemon.clock.conftest import PrivateBus
from tests.daemon.station.living import opened

from custodyd.model.entry import ClockState, Entry
from custodyd.station import timekeeping
from custodyd.station.run import Run
from custodyd.station.station import Station

pytestmark = pytest.mark.foreign


async def entry(station: Station, wanted: Callable[[Entry], bool]) -> Entry:
    async with asyncio.timeout(10):
        while True:
            for one in station.ledger.entries(None, limit=500):
                if wanted(one):
                    return one
            await asyncio.sleep(0.02)


async def test_what_systemd_says_stands_in_every_entry_and_a_loss_and_its_end_are_a_pair(
    system_bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeping, "ASK_S", 0.05)
    timedate, timesync = twin.Timedate(), twin.Timesync()
    systemd = await twin.serve(system_bus.address, timedate, timesync)
    async with opened(real=True) as (station, _):
        run = Run(station)
        running = asyncio.create_task(run.until_ended())
        held = ClockState(timesync.server, True, 250)
        await entry(station, lambda one: one.clock == held)
        timedate.synced = False
        lost = await entry(station, lambda one: one.kind == "clock.source.lost")
        assert lost.clock == ClockState(timesync.server, False, 250)
        assert lost.data == {"source": timesync.server, "synced": False}
        timedate.synced = True
        found = await entry(station, lambda one: one.kind == "clock.source.found")
        assert found.incident == lost.incident
        assert found.clock == held
        run.end()
        await running
    systemd.disconnect()
    await systemd.wait_for_disconnect()


async def test_a_simulated_station_names_the_simulation_as_its_source() -> None:
    async with opened() as (station, _):
        run = Run(station)
        running = asyncio.create_task(run.until_ended())
        started = await entry(station, lambda one: one.kind == "daemon.started")
        assert started.clock == ClockState("simulation")
        run.end()
        await running
