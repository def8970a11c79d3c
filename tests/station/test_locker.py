"""The property locker of the whole station: KERONG board behind a serial server, keyboard scanner, no workflow yet."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.station.support import DEVICES, all_entries, place
from tests.station.test_faults import hand, seen

from custodyd_simulators.running import Refused, Running, simulation

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]


@asynccontextmanager
async def station() -> AsyncGenerator[Running]:
    with place() as state:
        async with simulation(DEVICES, state) as running:
            await running.ready()
            yield running


async def entered(running: Running, fits: Callable[[dict[str, Any]], bool], within: float = 10.0) -> dict[str, Any]:
    """The first entry that fits, waited for."""
    async with asyncio.timeout(within):
        while True:
            for entry in await all_entries(running):
                if fits(entry):
                    return entry
            await asyncio.sleep(0.05)


def at(kind: str, where: str) -> Callable[[dict[str, Any]], bool]:
    return lambda entry: entry["kind"] == kind and entry.get("place") == where


async def test_a_locker_door_forced_by_hand_is_an_incident_and_its_closing_is_entered() -> None:
    async with station() as running:
        await hand(running, "door", "property/47", "open")
        opened = await entered(running, at("door.opened", "property/47"))
        assert opened["data"]["why"] == "forced"
        incidents = (await running.get("/v1/incidents"))["items"]
        assert [one["place"] for one in incidents if one["incident"] == opened["incident"]] == ["property/47"]
        await hand(running, "door", "property/47", "shut")
        await entered(running, at("door.closed", "property/47"))


async def test_the_lockers_board_is_noticed_when_its_wire_goes_and_usable_when_it_returns() -> None:
    async with station() as running:
        await hand(running, "fault", "property", "unplug")
        assert await seen(running, "locks-p1", "blind", 5) <= 1.0
        await hand(running, "door", "property/3", "open")
        await hand(running, "fault", "property", "plug")
        assert await seen(running, "locks-p1", "seen", 10) <= 2.5  # a TCP device has no hot-plug: at most every 2 s
        opened = await entered(running, at("door.opened", "property/3"))
        assert opened["data"]["why"] == "found"


async def test_an_emergency_opens_the_locker_once_and_nothing_else_does() -> None:
    async with station() as running:
        await _enrolled(running)
        await hand(running, "finger", "reader-p", "leader")
        await entered(running, lambda entry: entry["kind"] == "person.identified" and entry["device"] == "reader-p")
        await hand(running, "scan", "scanner-p", "C1-D-7K2M9QXA-1-O56ERF6IJQBBC57Z")
        async with asyncio.timeout(5):
            while (await _screen(running))["texts"]["en"].startswith("Hello"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)
        with pytest.raises(Refused, match="no-workflow"):
            await running.post("/v1/cabinets/property/count", pages=3)
        await running.post("/v1/cabinets/property/emergency", compartment=5)
        opened = await entered(running, at("door.opened", "property/5"))
        assert opened["data"]["why"] == "emergency"
        assert await hand(running, "pulses", "property/5") == 1
        told = [entry["kind"] for entry in await all_entries(running) if entry.get("place") == "property/5"]
        assert told[0] == "emergency.opened"
        assert "door.unlock.accepted" in told


async def _screen(running: Running) -> dict[str, Any]:
    screen: dict[str, Any] = await running.get("/v1/cabinets/property/screen")
    return screen


async def _enrolled(running: Running) -> None:
    """The first clerk and the leader, each with a finger in the locker's reader."""
    known = (await running.get("/v1/people"))["items"]
    for name, role in (("clerk", "clerk"), ("leader", "unit-leader")):
        person = next(one["person"] for one in known if one["roles"] == role)
        if name == "leader":
            await hand(running, "finger", "reader-p", "clerk")
        async with asyncio.TaskGroup() as group:
            done = group.create_task(running.post("/v1/readers/reader-p/enrol", person=person))
            group.create_task(_touches(running, name, done))
    await running.post("/v1/cabinets/property/leave")


async def _touches(running: Running, name: str, done: "asyncio.Task[Any]") -> None:
    while not done.done():
        await hand(running, "finger", "reader-p", name, "0.7")
        await asyncio.sleep(0.5)
