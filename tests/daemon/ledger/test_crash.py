"""Killed at random instants under load: what was acknowledged stands, and everything still proves itself."""

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest
from tests.daemon.ledger.support import record

from custodyd.ledger import Ledger
from custodyd.ledger import note as notes
from custodyd.ledger.edge import Edge
from custodyd.ledger.suite import leaf_hash
from custodyd.ledger.tree import root

KILLS = 20
MOST = 700  # acknowledgements before a kill


@pytest.mark.crash
async def test_killed_at_random_instants_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    chance = random.Random(int(os.environ.get("SEED", "0")))
    acknowledged: dict[tuple[str, int], str] = {}
    for _ in range(KILLS):
        acknowledged |= await _killed(tmp_path, chance.randrange(MOST))
    assert acknowledged
    async with record(tmp_path) as ledger:
        assert not ledger.quarantined
        for segment, _, size in ledger.segments():
            _prove(ledger, segment, size)
        for at, salt in acknowledged.items():
            entry = ledger.entry(at)
            assert entry is not None
            assert entry.salt == salt
        assert all(kept == rebuilt for kept, rebuilt in (await ledger.rebuild()).values())


async def _killed(directory: Path, after: int) -> dict[tuple[str, int], str]:
    """Run the load in a process of its own, kill it when it has acknowledged `after` entries, and say which."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.daemon.ledger.load", str(directory)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    lines = [await process.stdout.readline() for _ in range(after)]
    process.kill()
    lines += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    told = [line.decode().split() for line in lines if line.endswith(b"\n")]
    return {(segment, int(seq)): salt for segment, seq, salt in told}


def _prove(ledger: Ledger, segment: str, size: int) -> None:
    edge = Edge()
    signed = notes.parse(ledger.note(segment) or "") if ledger.note(segment) else None
    for data in ledger.raw(segment, 0, size):
        edge, _ = edge.grown(leaf_hash(data))
        if signed is not None and edge.size == signed.size:
            assert edge.root() == signed.root
    assert edge.size == size
    assert root(size, ledger.hashes(segment)) == edge.root()
