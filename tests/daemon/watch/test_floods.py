"""A driver or a port that leaks or floods is ended in time, and the others keep theirs."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.daemon.watch.bad import Bad, Neighbour, bad, keeps_its_time, left
from tests.daemon.watch.support import House, bus, reader, watching

from custodyd_drivers.contract import Answered, CodeScanned, Report
from custodyd_drivers.errors import LinkLost
from custodyd_simulators.wires import Wire

pytestmark = pytest.mark.timeout(120)


async def test_a_driver_that_leaves_its_port_open_stays_blind_and_says_so(tmp_path: Path) -> None:
    port, held = tmp_path / "port", list[int]()
    port.touch()

    async def leak() -> None:
        held.append(os.open(port, os.O_RDONLY))
        raise LinkLost("nobody answers")

    async with watching(bad(lambda: Bad(starting=leak), path=str(port))) as house:
        await left(house, 3, within=20)
        await asyncio.sleep(2)
        assert len(held) == 3
        for number in held:
            os.close(number)
        async with asyncio.timeout(30):
            while len(held) == 3:  # noqa: ASYNC110 - tried again, and leaking
                await asyncio.sleep(0.05)
    for number in held[3:]:
        os.close(number)


# --- flooding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", [Answered(), CodeScanned("x")])
async def test_a_driver_that_floods_is_recycled_within_ten_seconds(neighbour: Neighbour, report: Report) -> None:
    async def flood() -> AsyncIterator[Report]:
        while True:
            yield report

    async with watching(bad(lambda: Bad(telling=flood)), neighbour.target) as house:
        await house.record.until("good", "device.identified", within=10)
        took = await house.record.until("bad", "device.recycled", "device.blind.began", within=10)
        print(f"a flood of {type(report).__name__} was ended after {took:.1f} s")
        await keeps_its_time(neighbour, f"beside a flood of {type(report).__name__}")


async def _noise(wire: Wire, stop: asyncio.Event) -> int:
    """10,000 bytes a second of what means nothing, until told to stop; how many."""
    began, sent = time.monotonic(), 0
    while not stop.is_set():
        due = int((time.monotonic() - began) * 10_000)
        wire.inject(os.urandom(due - sent))
        sent = due
        await asyncio.sleep(0.01)
    return sent


class Heard:
    """When each device said something sound last; one that cannot be heard any more is blind ten seconds later.

    A sound answer amid the noise counts: the device is served as long as it is understood.
    """

    def __init__(self) -> None:
        self.last: dict[str, float] = {}

    async def report(self, device: str, _: Report) -> None:
        self.last[device] = time.monotonic()

    async def blind_in_time(self, house: House, device: str) -> None:
        await house.record.until(device, "device.blind.began", within=30)
        after = time.monotonic() - self.last[device]
        print(f"{device} is blind {after:.1f} s after it was last heard")
        assert after <= 10


async def test_ten_thousand_garbage_bytes_a_second_on_one_port_cost_the_others_nothing(
    tmp_path: Path, neighbour: Neighbour
) -> None:
    noisy, stop, heard = reader(tmp_path / "noisy"), asyncio.Event(), Heard()
    try:
        async with watching(noisy.target("noisy", report=heard.report), neighbour.target) as house:
            for name in ("good", "noisy"):
                await house.record.until(name, "device.identified", within=10)
            noise = asyncio.create_task(_noise(noisy.wire, stop))
            await keeps_its_time(neighbour, "beside a port full of noise")
            await heard.blind_in_time(house, "noisy")
            await keeps_its_time(neighbour, "beside a port full of noise, blind")
            stop.set()
            assert await noise > 10_000
            await house.record.until("noisy", "device.blind.ended", "device.identified", within=12)
    finally:
        noisy.wire.close()


async def test_ten_thousand_garbage_bytes_a_second_on_a_shared_wire_blind_its_banks_alone(
    tmp_path: Path, neighbour: Neighbour
) -> None:
    wired, stop, heard = bus(tmp_path / "locks"), asyncio.Event(), Heard()
    try:
        banks = [wired.target(name, unit, report=heard.report) for unit, name in ((1, "one"), (2, "two"))]
        async with watching(*banks, neighbour.target, buses=wired.buses()) as house:
            for name in ("good", "one", "two"):
                await house.record.until(name, "device.identified", within=10)
            noise = asyncio.create_task(_noise(wired.wire, stop))
            for name in ("one", "two"):
                await heard.blind_in_time(house, name)
            await keeps_its_time(neighbour, "beside a shared wire full of noise")
            stop.set()
            await noise
            for name in ("one", "two"):
                await house.record.until(name, "device.blind.ended", "device.identified", within=12)
    finally:
        wired.wire.close()
