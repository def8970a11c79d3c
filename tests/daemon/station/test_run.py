"""However a run ends, its last entry says how, and the record is closed in good order."""

import asyncio
import contextlib
import signal
import socket
import sqlite3
from pathlib import Path

import pytest
from tests.daemon.station.living import opened

from custodyd.station.run import Run
from custodyd.station.station import Station


def last(station: Station) -> str:
    """The last entry of the closed record, as its file holds it."""
    (file,) = Path(station.places.state).glob("*.db")
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as reading:
        (entry,) = reading.execute("SELECT bytes FROM entry ORDER BY number DESC, seq DESC LIMIT 1").fetchone()
    return bytes(entry).decode()


async def at_work(station: Station) -> None:
    async with asyncio.timeout(10):
        while not station.live():  # noqa: ASYNC110 - the twins live on threads of their own
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_run_that_was_told_to_end_says_so(number: signal.Signals) -> None:
    async with opened() as (station, _):
        running = asyncio.create_task(Run(station).until_ended())
        await at_work(station)
        signal.raise_signal(number)
        async with asyncio.timeout(10):
            await running
        assert '"reason":"asked"' in last(station)


async def test_a_run_whose_part_failed_ends_with_all_others_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as (station, _):

        async def fail() -> None:
            await at_work(station)
            raise ValueError("a part that failed")

        monkeypatch.setattr(type(station.permitted), "keep", lambda *_: fail())
        with pytest.raises(ExceptionGroup):
            await Run(station).until_ended()
        assert '"reason":"failed"' in last(station)


async def test_a_run_whose_socket_is_taken_leaves_its_record_in_good_order() -> None:
    async with opened() as (station, _):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(station.places.runtime / "api.sock"))
            other.listen()
            with pytest.raises(OSError, match="another daemon"):
                await Run(station).until_ended()
        assert '"daemon.stopped"' in last(station)
