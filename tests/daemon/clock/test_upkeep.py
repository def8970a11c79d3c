"""What systemd says of the clock is taken as it is said; what nobody says is unknown, within its deadline."""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface
from tests.daemon.clock import systemd_twin as twin
from tests.daemon.clock.conftest import PrivateBus

from custodyd.clock.upkeep import ask
from custodyd.model.entry import ClockState

pytestmark = pytest.mark.foreign
UNKNOWN = ClockState()


class Bus:
    """The private bus with services on it, all ended with the test."""

    def __init__(self, under: PrivateBus) -> None:
        self.address = under.address
        self.daemon = under.daemon
        self._open: list[MessageBus] = []

    async def serve(self, *interfaces: ServiceInterface) -> None:
        self._open.append(await twin.serve(self.address, *interfaces))

    async def serve_silence(self, name: str) -> asyncio.Event:
        asked = asyncio.Event()
        self._open.append(await twin.serve_silence(self.address, name, asked.set))
        return asked

    async def answer_with(self, name: str, signature: str, body: list[object]) -> None:
        self._open.append(await twin.answer_with(self.address, name, signature, body))

    async def close(self) -> None:
        for bus in self._open:
            bus.disconnect()
            with contextlib.suppress(EOFError, OSError):
                await bus.wait_for_disconnect()


@pytest.fixture
async def bus(system_bus: PrivateBus) -> AsyncGenerator[Bus]:
    made = Bus(system_bus)
    yield made
    await made.close()


async def test_server_synchronisation_and_offset_are_told(bus: Bus) -> None:
    await bus.serve(twin.Timedate(), twin.Timesync())
    assert await ask() == ClockState("ntp.bureau.example", True, 250)


async def test_without_timesyncd_only_the_synchronisation_is_known(bus: Bus) -> None:
    timedate = twin.Timedate()
    timedate.synced = False
    await bus.serve(timedate)
    assert await ask() == ClockState(synced=False)


async def test_an_error_instead_of_an_answer_is_unknown(bus: Bus) -> None:
    timedate = twin.Timedate()
    timedate.broken = True
    await bus.serve(timedate, twin.Timesync())
    assert await ask() == ClockState("ntp.bureau.example", None, 250)


async def test_a_server_without_a_name_is_told_by_its_address(bus: Bus) -> None:
    timesync = twin.Timesync()
    timesync.server = ""
    await bus.serve(timesync)
    assert (await ask()).source == "192.168.10.1"


async def test_before_the_first_exchange_nothing_is_known_but_what_is_configured(bus: Bus) -> None:
    timesync = twin.Timesync()
    timesync.server, timesync.address, timesync.packets = "", (0, b""), 0
    await bus.serve(timesync)
    assert await ask() == UNKNOWN


@pytest.mark.parametrize("name", ["a" * 254, "ntp\n.example", "\u202entp", "\x1b[31m"])
async def test_a_name_that_is_no_host_name_is_not_written_into_the_record(bus: Bus, name: str) -> None:
    timesync = twin.Timesync()
    timesync.server = name
    await bus.serve(timesync)
    assert (await ask()).source is None


async def test_an_absurd_offset_still_fits_an_entry(bus: Bus) -> None:
    timesync = twin.Timesync()
    timesync.times = (0, 2**64 - 1, 2**64 - 1, 0)
    await bus.serve(timesync)
    assert (await ask()).offset_ms == 2**53 - 1


@pytest.mark.parametrize(("signature", "body"), [("", []), ("s", ["yes"]), ("as", [["a"]])])
async def test_an_answer_of_another_shape_is_unknown(bus: Bus, signature: str, body: list[object]) -> None:
    for name in (twin.TIMEDATE, twin.TIMESYNC):
        await bus.answer_with(name, signature, body)
    assert await ask() == UNKNOWN


async def test_silence_ends_at_its_deadline(bus: Bus) -> None:
    for name in (twin.TIMEDATE, twin.TIMESYNC):
        await bus.serve_silence(name)
    began = time.monotonic()
    assert await ask(limit_s=0.3) == UNKNOWN
    assert time.monotonic() - began < 2.0


async def test_nobody_on_the_bus_is_unknown(bus: Bus) -> None:
    assert await ask() == UNKNOWN


async def test_no_bus_is_unknown(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={place}/none")
    assert await ask() == UNKNOWN


async def test_an_address_that_is_none_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "nonsense")
    assert await ask() == UNKNOWN


async def test_what_speaks_no_dbus_is_unknown_within_the_deadline(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={place}/bus")
    over = asyncio.Event()

    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\x00 220 mail.example ESMTP\r\n" * 5)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        over.set()

    async with await asyncio.start_unix_server(babble, f"{place}/bus"), asyncio.timeout(5):
        assert await ask(limit_s=1.0) == UNKNOWN
        await over.wait()


async def test_a_bus_that_accepts_nobody_is_unknown_within_the_deadline(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={place}/bus")
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(f"{place}/bus")
        deaf.listen()
        assert await ask(limit_s=0.3) == UNKNOWN


async def test_a_bus_that_dies_under_the_question_is_unknown(bus: Bus) -> None:
    asked = await bus.serve_silence(twin.TIMEDATE)
    asking = asyncio.create_task(ask(limit_s=30.0))
    async with asyncio.timeout(5):
        await asked.wait()
        bus.daemon.kill()
        assert await asking == UNKNOWN


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_asking_leaves_no_descriptor_behind(bus: Bus) -> None:
    await bus.serve(twin.Timedate())
    await ask()
    before = descriptors()
    for _ in range(5):
        await ask()
    assert descriptors() == before
