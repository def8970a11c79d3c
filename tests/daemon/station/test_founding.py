"""What waits in the state directory becomes entries at a start, once, and is gone then; what cannot be used stays."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.daemon.desk.support import KEYS, Room, room
from tests.daemon.desk.test_founding import paper

from custodyd.ledger import founding as file
from custodyd.ledger.founding import Founding, Named
from custodyd.station import founding


@asynccontextmanager
async def waiting(directory: Path, what: Founding, wrap: bytes = KEYS.wrap) -> AsyncIterator[tuple[Room, Path]]:
    async with room(directory) as at:
        path = directory / file.FILE
        file.write(path, what, wrap)
        yield at, path


async def started(at: Room, path: Path) -> None:
    await founding.enter(path, KEYS.wrap, at.disk.ledger, at.register.people, at.clock)


async def test_a_start_enters_the_founding_and_removes_its_file(tmp_path: Path) -> None:
    async with waiting(tmp_path, paper()) as (at, path):
        await started(at, path)
        await started(at, path)
        assert at.kinds().count("station.founded") == 1
        assert not path.exists()


async def test_a_start_killed_before_the_file_was_removed_enters_nothing_twice(tmp_path: Path) -> None:
    what = paper()
    async with waiting(tmp_path, what) as (at, path):
        await started(at, path)
        file.write(path, what, KEYS.wrap)
        await started(at, path)
        assert at.kinds().count("station.founded") == 1
        assert not path.exists()


@pytest.mark.parametrize(
    ("what", "wrap"), [(paper(), bytes(32)), (paper(clerk=Named("p-nobody", None), renewed=True), KEYS.wrap)]
)
async def test_what_cannot_be_used_is_told_in_both_languages_and_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, what: Founding, wrap: bytes
) -> None:
    async with waiting(tmp_path, what, wrap) as (at, path):
        await started(at, path)
        assert "station.founded" not in at.kinds()
        assert path.exists()
        chinese, english = [record.getMessage() for record in caplog.records]
        assert "custodyctl station init" in chinese
        assert "make it anew" in english


async def test_what_the_record_cannot_take_waits_for_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with waiting(tmp_path, paper()) as (at, path):
        await at.disk.ledger.close()
        await started(at, path)
        assert path.exists()
        assert "start again" in caplog.records[-1].getMessage()
