"""Segments: each names the one before, none is numbered twice, and keys change only between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from tests.daemon.ledger.support import COUNT, KEYS, ORIGIN, blind, record

from custodyd.clock import CHINA, SimulatedClock
from custodyd.ledger import Ledger, Origin, WrongDirectory
from custodyd.ledger import note as notes
from custodyd.ledger.keys import PersonKeys, StationKeys
from custodyd.ledger.seals import Seals
from custodyd.model.entry import ClockState, Draft
from custodyd.model.facts.record import CheckpointLodged

OTHER_KEYS = StationKeys(bytes(32), bytes(range(32, 64)))


@asynccontextmanager
async def opened(
    directory: Path, keys: StationKeys = KEYS, clock: SimulatedClock | None = None
) -> AsyncIterator[Ledger]:
    seals = Seals(PersonKeys(directory / "keys", keys.wrap).key)
    ledger = await Ledger.open(directory, ORIGIN, keys, seals, clock or SimulatedClock(), (COUNT,))
    try:
        yield ledger
    finally:
        await ledger.close()


async def test_a_new_segment_names_the_old_ones_origin_size_and_root(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
        await ledger.begin_segment("demand")
        (entry,) = await ledger.append(blind("a"))
        assert entry.at == ("2", 1)
        old = notes.verify(ledger.note("1") or "", ledger.vkey_of("1"))
        first = ledger.entry(("2", 0))
        assert first is not None
        assert first.data["previous_origin"] == ORIGIN.of("1") == old.origin
        assert (first.data["previous_size"], first.data["previous_root"]) == (old.size, old.root.hex())
        assert [found.kind for found in ledger.entries(kind="segment.")] == [
            "segment.opened",
            "segment.closed",
            "segment.opened",
        ]
        assert ledger.segments() == [("1", ORIGIN.of("1"), 3), ("2", ORIGIN.of("2"), 2)]
        assert ledger.view.get("count", "a") == {"device": "a", "blinks": 2}
    async with record(tmp_path) as ledger:
        assert ledger.head() == ("2", 1)
        assert not ledger.quarantined


async def test_appends_during_the_change_stand_before_or_after_it_never_behind_the_end(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger, asyncio.TaskGroup() as group:
        for number in range(200):
            group.create_task(ledger.append(blind(f"d{number}")))
            if number % 50 == 25:
                group.create_task(ledger.begin_segment("demand"))
    async with record(tmp_path) as ledger:
        found = ledger.entries(limit=1000)
        assert sum(entry.kind == "device.blind.began" for entry in found) == 200
        for before, entry in pairwise(found):
            assert (before.kind == "segment.closed") == (entry.kind == "segment.opened")


async def test_the_year_turns_once_and_only_with_a_synchronised_clock(tmp_path: Path) -> None:
    clock = SimulatedClock()
    clock.jump_to(_civil(2026, 12, 31, 23))
    async with opened(tmp_path, clock=clock) as ledger:
        assert not await ledger.roll_over_if_due(_civil(2027, 1, 1, 0))  # the clock's state is unknown
        ledger.clock_state = ClockState(synced=True)
        assert not await ledger.roll_over_if_due(clock.civil())
        clock.jump_to(_civil(2027, 1, 1, 0))
        assert await ledger.roll_over_if_due(clock.civil())
        assert not await ledger.roll_over_if_due(clock.civil())
        assert not await ledger.roll_over_if_due(_civil(2025, 6, 1, 0))  # a clock set back makes no year
        assert ledger.head() == ("2", 0)
        (closed,) = ledger.entries(kind="segment.closed")
        assert closed.data["reason"] == "year"


def _civil(year: int, month: int, day: int, hour: int) -> int:
    return round(datetime(year, month, day, hour, tzinfo=CHINA).timestamp()) * 1_000_000


async def test_a_new_sign_key_begins_a_new_segment_after_a_close_for_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        await ledger.append(blind("a"))
        await ledger.stop("key change", closing="key")
        old = ledger.vkey_of
    async with opened(tmp_path, OTHER_KEYS) as ledger:
        assert ledger.clean
        assert not ledger.quarantined
        assert ledger.head() == ("2", 0)
        assert ledger.vkey != ledger.vkey_of("1")
        await ledger.checkpoint()
        assert notes.verify(ledger.note("2") or "", ledger.vkey).size == 1
    assert old is not None


async def test_another_key_or_station_is_refused_and_the_record_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as ledger:
        await ledger.append(blind("a"))
    for wrong in (lambda: opened(tmp_path, OTHER_KEYS), lambda: record(tmp_path, origin=Origin("b", "s", True))):
        with pytest.raises(WrongDirectory) as caught:
            async with wrong():
                pass
        assert caught.value.text == "start.other_identity"
        assert set(caught.value.texts) == {"zh-CN", "en"}
    async with opened(tmp_path) as ledger:
        assert ledger.head() == ("1", 1)


async def test_the_newest_lodging_is_told_for_the_start_entry(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        assert ledger.last_lodged is None
        fact = CheckpointLodged(of_segment="1", size=1, root="00", way="sms", to="p-x")
        await ledger.append(Draft(fact=fact, happened=0))
    async with record(tmp_path) as ledger:
        assert ledger.last_lodged == ("1", 1)


@pytest.mark.parametrize("part", ["", "Ж", "A", "a/b", "a b"])
def test_an_origin_takes_only_what_a_key_name_may_hold(part: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        Origin("b", part)
