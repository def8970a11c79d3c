"""The power goes at any change of the files: what was acknowledged stands, and a quarantine is one whole quarantine."""

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import sys
from pathlib import Path

import pytest
from tests.daemon.ledger.support import blind, record
from tests.faultfs import FaultFs
from tests.faultfs.powercut import Disk

from custodyd.ledger.door import FILE

pytestmark = pytest.mark.crash
LEFT_OUT = ("-shm", "/reserve", "/lock")  # what a start makes anew
CUTS = 12


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "record").mkdir()
    return tmp_path / "record"


async def cut_short(root: Path, at_change: int, chance: random.Random) -> dict[tuple[str, int], str]:
    """A loaded record until a change of its files, then no power; returns what it acknowledged."""
    shim, disk = FaultFs(root.parent, root), Disk(root, LEFT_OUT)
    shim.knobs.kill_at = at_change
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.daemon.ledger.load", str(root)),
        env={**os.environ, **shim.environ(logged=True)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = [
        line.decode().split() for line in (await process.stdout.read()).splitlines(keepends=True) if line[-1:] == b"\n"
    ]
    assert await process.wait() == -signal.SIGKILL
    disk.follow(shim.log)
    disk.cut(chance)
    return {(segment, int(seq)): salt for segment, seq, salt in told}


async def test_what_was_acknowledged_outlives_every_power_cut(root: Path) -> None:
    chance = random.Random(int(os.environ.get("SEED", "0")))
    acknowledged: dict[tuple[str, int], str] = {}
    for _ in range(CUTS):
        acknowledged |= await cut_short(root, chance.randrange(1, 1500), chance)
    assert acknowledged
    async with record(root) as ledger:
        assert not ledger.quarantined
        for at, salt in acknowledged.items():
            entry = ledger.entry(at)
            assert entry is not None
            assert entry.salt == salt
        assert all(kept == rebuilt for kept, rebuilt in (await ledger.rebuild()).values())


async def test_a_quarantine_that_a_power_cut_interrupts_is_one_quarantine_in_the_end(root: Path) -> None:
    async with record(root) as ledger:
        await ledger.append(*(blind(f"d{number}") for number in range(5)))
        await ledger.begin_segment("demand")
        await ledger.append(blind("d0"))
    _damage(root / FILE)
    damaged = root.with_name("damaged")
    shutil.copytree(root, damaged)
    for change in range(1, 61, 3):
        shutil.rmtree(root)
        shutil.copytree(damaged, root)
        await cut_short(root, change, random.Random(change))
        async with record(root) as ledger:
            first = ledger.entries()[0]
            assert (first.segment, first.data["broken"], first.data["previous_size"]) == ("3", True, 2)
            assert ledger.view.get("count", "d0") == {"device": "d0", "blinks": 2}
        assert [path.name for path in (root / "quarantine").iterdir()] == ["0001"]


def _damage(path: Path) -> None:
    other = sqlite3.connect(path)
    for (name,) in other.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        other.execute(f"DROP TRIGGER {name}")
    other.execute("DELETE FROM node WHERE number = 2")
    other.commit()
    other.close()
