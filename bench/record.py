"""A record to measure with: one projection, entries of the usual size; and what its disk allows a lone writer."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from custodyd.clock import SystemClock
from custodyd.ledger import Ledger, Origin
from custodyd.ledger.keys import PersonKeys, StationKeys
from custodyd.ledger.seals import Seals
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.devices import BlindBegan
from custodyd.model.projection import Projection, Rows, Table

KEYS = StationKeys(bytes(32), bytes(32))


def _stands(rows: Rows, entry: Entry) -> None:
    rows.put("stands", {"device": entry.device, "reason": entry.data["reason"], "at": entry.recorded})


STANDS = Projection(
    "stands",
    1,
    (Table("stands", {"device": "text", "reason": "text", "at": "int"}, ("device",)),),
    {BlindBegan.kind: _stands},
)


def draft(number: int) -> Draft:
    """A short entry that changes a row."""
    return Draft(
        fact=BlindBegan(reason="silence"), happened=0, device=f"d{number % 200}", place=f"cabinet.{number % 7}"
    )


@asynccontextmanager
async def record(directory: Path) -> AsyncIterator[Ledger]:
    """A ledger in `directory`, opened or made."""
    seals = Seals(PersonKeys(directory / "keys", KEYS.wrap).key)
    ledger = await Ledger.open(directory, Origin("bench", "bench", True), KEYS, seals, SystemClock(), (STANDS,))
    try:
        yield ledger
    finally:
        await ledger.close()


def flushes(directory: Path, seconds: float, *, in_place: bool = False) -> float:
    """Flushes a second of 4 KiB each, appended to a file or written over it: what the disk allows a lone writer."""
    path = directory / "flush"
    if in_place:
        path.write_bytes(bytes(4096))
        os.sync()
    count, begun = 0, time.perf_counter()
    with path.open("r+b" if in_place else "wb", buffering=0) as file:
        while (passed := time.perf_counter() - begun) < seconds:
            file.seek(0 if in_place else 4096 * count)
            file.write(bytes(4096))
            os.fdatasync(file.fileno())
            count += 1
    return count / passed
