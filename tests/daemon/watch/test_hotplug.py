"""A device that returns is taken at once, however long the pauses have grown: on a port of its own and on a bus."""

import asyncio
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from tests.daemon.watch.support import Record, Wired, bus, reader, watching

from custodyd.watch import backoff
from custodyd.watch.backoff import Backoff

BACK = ("device.blind.ended", "device.identified")
GONE = ("device.blind.began",)


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pause is as long as pauses get."""
    monkeypatch.setattr(backoff, "FIRST_S", backoff.LONGEST_S)


@pytest.fixture
def wired(tmp_path: Path) -> Generator[Wired]:
    made = bus(tmp_path / "locks")
    yield made
    made.wire.close()


async def present(record: Record, *devices: str) -> None:
    for device in devices:
        await record.until(device, "device.identified", within=10)


@pytest.mark.usefixtures("longest")
async def test_a_reader_is_missed_within_a_second_and_usable_two_seconds_after_its_return(tmp_path: Path) -> None:
    made = reader(tmp_path / "reader")
    async with watching(made.target("reader")) as house:
        await present(house.record, "reader")
        made.wire.unplug()
        assert await house.record.until("reader", *GONE, within=10) <= 1.0
        made.wire.plug()
        assert await house.record.until("reader", *BACK, within=15) <= 2.0
    made.wire.close()


@pytest.mark.usefixtures("longest")
async def test_a_bus_and_all_its_banks_are_missed_within_a_second_and_usable_two_seconds_after_its_return(
    wired: Wired,
) -> None:
    banks = {"bank-1": 1, "bank-2": 2}
    targets = [wired.target(name, unit) for name, unit in banks.items()]
    async with watching(*targets, buses=wired.buses()) as house:
        await present(house.record, *banks)
        wired.wire.unplug()
        gone = [await house.record.until(name, *GONE, within=10) for name in banks]
        assert max(gone) <= 1.0
        wired.wire.plug()
        back = [await house.record.until(name, *BACK, within=15) for name in banks]
        assert sum(back) <= 2.0


@pytest.mark.usefixtures("longest")
async def test_a_port_whose_name_leads_to_another_node_is_tried_at_once_though_the_name_never_went(
    tmp_path: Path,
) -> None:
    first, second = reader(tmp_path / "first"), reader(tmp_path / "second")
    name = tmp_path / "by-id"
    name.symlink_to(first.path)
    settings = type(first.settings)(port=str(name))
    first.settings = settings
    async with watching(first.target("reader")) as house:
        await present(house.record, "reader")
        fresh = tmp_path / "fresh"
        fresh.symlink_to(second.path)
        fresh.replace(name)
        first.wire.unplug()
        assert await house.record.until("reader", *BACK, within=15) <= 2.0
    first.wire.close()
    second.wire.close()


@pytest.mark.usefixtures("longest")
async def test_a_node_made_anew_under_its_old_name_between_two_looks_is_tried_at_once(tmp_path: Path) -> None:
    made = reader(tmp_path / "reader")
    async with watching(made.target("reader")) as house:
        await present(house.record, "reader")
        made.wire.unplug()
        made.wire.plug()
        assert await house.record.until("reader", *BACK, within=15) <= 2.0
    made.wire.close()


async def waited(pauses: Backoff) -> float:
    began = time.monotonic()
    async with asyncio.timeout(15):
        await pauses.wait()
    return time.monotonic() - began


@pytest.mark.usefixtures("longest")
async def test_what_came_while_the_attempt_was_still_failing_is_not_waited_for(tmp_path: Path) -> None:
    port = tmp_path / "port"
    pauses = Backoff(str(port))
    pauses.look()
    port.touch()
    assert await waited(pauses) <= 1.0


async def test_a_return_begins_the_pauses_anew(tmp_path: Path) -> None:
    port = tmp_path / "port"
    pauses = Backoff(str(port), chance=lambda: 1.0)
    for _ in range(10):
        pauses.next()
    pauses.look()
    port.touch()
    await waited(pauses)
    assert pauses.next() == backoff.FIRST_S


async def test_a_port_that_stays_as_it_was_is_waited_for(tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.touch()
    pauses = Backoff(str(port), chance=lambda: 1.0)
    for _ in range(3):
        pauses.next()
    pauses.look()
    assert await waited(pauses) >= 8 * backoff.FIRST_S * 0.9
    assert pauses.next() > backoff.FIRST_S


async def test_a_port_that_only_goes_does_not_end_the_pause(tmp_path: Path) -> None:
    port = tmp_path / "port"
    port.touch()
    pauses = Backoff(str(port), chance=lambda: 1.0)
    pauses.next()
    pauses.look()
    port.unlink()
    assert await waited(pauses) >= 2 * backoff.FIRST_S * 0.9


def test_pauses_double_to_ten_seconds_or_to_less_than_two_where_nothing_tells_of_a_return() -> None:
    def pauses(path: str | None) -> list[float]:
        made = Backoff(path, chance=lambda: 1.0)
        return [made.next() for _ in range(8)]

    assert pauses("/dev/x") == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]
    assert pauses(None) == [0.2, 0.4, 0.8, 1.5, 1.5, 1.5, 1.5, 1.5]
