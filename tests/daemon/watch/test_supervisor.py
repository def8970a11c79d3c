"""Devices are begun and ended one by one: others keep their driver, nothing escapes, what is not seen is said."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from tests.daemon.watch.support import Reader, Record, Wired, bus, nothing, reader, watching

from custodyd.watch import Target, device
from custodyd_drivers.contract import Answered, Driver, Identity, Proof, Report
from custodyd_drivers.errors import LinkLost
from custodyd_drivers.link.modbus import open_bus


@pytest.fixture
def two(tmp_path: Path) -> Generator[tuple[Reader, Reader]]:
    made = reader(tmp_path / "a"), reader(tmp_path / "b")
    yield made
    for each in made:
        each.wire.close()


@pytest.fixture
def wired(tmp_path: Path) -> Generator[Wired]:
    made = bus(tmp_path / "locks")
    yield made
    made.wire.close()


def opened(path: str) -> int:
    """How often this process holds the port."""
    port, held = os.path.realpath(path), 0
    for number in os.listdir("/proc/self/fd"):
        try:
            held += os.readlink(f"/proc/self/fd/{number}") == port
        except FileNotFoundError:  # of the listing itself
            continue
    return held


async def test_a_device_that_is_stopped_lets_go_of_its_port_and_the_others_keep_theirs(
    two: tuple[Reader, Reader],
) -> None:
    first, second = two
    free = opened(first.path)  # the twin's own end
    async with watching(first.target("a"), second.target("b")) as house:
        await house.record.until("a", "device.identified", within=10)
        await house.record.until("b", "device.identified", within=10)
        assert opened(first.path) == free + 1
        kept = house.supervisor.driver("b")
        await house.supervisor.stop(["a"], "taken out")
        assert opened(first.path) == free
        assert house.supervisor.driver("a") is None
        assert house.supervisor.driver("b") is kept
        assert house.record.of("a")[-1] == "device.blind.began"
        assert house.record.of("b") == ["device.identified"]


async def test_a_device_with_other_settings_is_a_new_driver_and_its_blindness_ends(two: tuple[Reader, Reader]) -> None:
    first, second = two
    async with watching(first.target("a"), second.target("b")) as house:
        for name in ("a", "b"):
            await house.record.until(name, "device.identified", within=10)
        before, kept = house.supervisor.driver("a"), house.supervisor.driver("b")
        await house.supervisor.stop(["a"], "other settings")
        house.supervisor.watch([first.target("a")])
        await house.record.until("a", "device.blind.ended", "device.identified", within=10)
        assert house.supervisor.driver("a") not in (None, before)
        assert house.supervisor.driver("b") is kept


async def test_a_device_may_be_added_to_a_station_that_had_none(two: tuple[Reader, Reader]) -> None:
    async with watching() as house:
        await asyncio.sleep(0)
        house.supervisor.watch([two[0].target("a")])
        await house.record.until("a", "device.identified", within=10)
        assert house.supervisor.looked(house.clock.elapsed() - 5) == []


async def test_a_bank_that_is_stopped_leaves_the_bus_to_the_others(wired: Wired) -> None:
    async with watching(wired.target("one", 1), wired.target("two", 2), buses=wired.buses()) as house:
        for name in ("one", "two"):
            await house.record.until(name, "device.identified", within=10)
        kept, held = house.supervisor.driver("two"), opened(str(wired.settings.port))
        await house.supervisor.stop(["one"], "taken out")
        assert opened(str(wired.settings.port)) == held
        assert house.supervisor.driver("two") is kept
        assert house.record.of("two") == ["device.identified"]


async def test_a_bus_with_other_settings_is_opened_anew(wired: Wired) -> None:
    buses = wired.buses()
    async with watching(wired.target("one", 1), wired.target("two", 2), buses=buses) as house:
        for name in ("one", "two"):
            await house.record.until(name, "device.identified", within=10)
        old = await buses.get("locks")
        await house.supervisor.stop(["one", "two"], "other settings of the bus")
        await buses.change({"locks": lambda: open_bus(wired.settings)}, ["locks"])
        house.supervisor.watch([wired.target("one", 1), wired.target("two", 2)])
        for name in ("one", "two"):
            await house.record.until(name, "device.blind.ended", "device.identified", within=10)
        assert await buses.get("locks") is not old


class Odd:
    """A driver that does what no driver should."""

    def __init__(self, closing: Callable[[], Any] = nothing, starting: Callable[[], Any] = nothing) -> None:
        self._closing = closing
        self._starting = starting

    async def start(self) -> Identity:
        await self._starting()
        return Identity(Proof.PATH, "odd")

    async def reports(self) -> AsyncIterator[Report]:
        yield Answered()
        await asyncio.Event().wait()

    async def close(self) -> None:
        await self._closing()


def odd(make: Callable[[], Driver], **more: Any) -> Target:
    told: dict[str, Any] = {"seen": nothing, "report": nothing, "blind": nothing, **more}
    return Target("odd", "CodeScanner", lambda _: make(), **told)


class Hang:
    """Takes no notice of being cancelled, as a thread would, until the test lets it."""

    def __init__(self) -> None:
        self.over = False

    async def __call__(self) -> None:
        while not self.over:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)


async def test_a_driver_that_does_not_close_is_left_behind_within_its_bound() -> None:
    hang = Hang()
    async with watching(odd(lambda: Odd(closing=hang))) as house:
        await house.record.until("odd", "device.identified", within=5)
        began = time.monotonic()
        await house.supervisor.stop(["odd"], "taken out")
        assert time.monotonic() - began < 3.0
        assert house.record.of("odd")[-1] == "device.blind.began"
        hang.over = True


async def test_a_device_may_be_stopped_while_it_still_tries_to_start() -> None:
    async with watching(odd(lambda: Odd(starting=asyncio.Event().wait))) as house:
        await asyncio.sleep(0.05)
        began = time.monotonic()
        await house.supervisor.stop(["odd"], "taken out")
        assert time.monotonic() - began < 3.0
        assert house.record.of("odd") == ["device.blind.began"]


async def test_stopping_what_is_not_watched_changes_nothing() -> None:
    async with watching() as house:
        await house.supervisor.stop(["nobody"], "taken out")
        assert house.record.drafts == []


async def test_a_device_that_hangs_while_it_is_greeted_is_recycled_and_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(device, "START_S", 0.3)

    async def greet(*_: object) -> None:
        await asyncio.Event().wait()

    async with watching(odd(Odd, seen=greet)) as house:
        await house.record.until("odd", "device.recycled", "device.blind.began", within=5)
        assert house.supervisor.looked(house.clock.elapsed()) == []


async def test_a_report_that_nobody_takes_ends_in_blindness_not_in_a_task_that_nobody_looks_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(device, "TAKE_S", 0.3)

    async def take(*_: object) -> None:
        await asyncio.Event().wait()

    async with watching(odd(Odd, report=take)) as house:
        await house.record.until("odd", "device.blind.began", within=5)
        fact = house.record.drafts[-1].fact
        assert "RuntimeError" in getattr(fact, "reason", "")


async def test_a_lost_device_behind_a_report_does_not_make_this_one_lost() -> None:
    async def take(*_: object) -> None:
        raise LinkLost("the bank is away")

    async with watching(odd(Odd, report=take)) as house:
        await house.record.until("odd", "device.blind.began", within=5)
        assert house.record.of("odd") == ["device.identified", "device.blind.began"]


class Refusing(Record):
    """A record that takes nothing any more."""

    async def happened(self, *drafts: Any) -> tuple[Any, ...]:
        await super().happened(*drafts)
        raise RuntimeError("the record is closed")


async def test_a_device_whose_end_cannot_be_told_is_tried_again_and_stops_nobody() -> None:
    async with watching(odd(Odd), record=Refusing()) as house:
        tried = ["device.blind.ended", "device.identified"] * 2
        await house.record.until("odd", *tried, within=5)
        assert house.record.of("odd").count("device.blind.began") == 1
