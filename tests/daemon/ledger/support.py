"""A record in a temporary directory, with keys that belong to nobody."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from custodyd.clock import SystemClock
from custodyd.ledger import Ledger, Origin
from custodyd.ledger.keys import PersonKeys, StationKeys
from custodyd.ledger.seals import Seals
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.devices import BlindBegan, BlindEnded
from custodyd.model.projection import Projection, Rows, Table

KEYS = StationKeys(bytes(range(32)), bytes(range(32, 64)))
ORIGIN = Origin("test-bureau", "test-station", simulated=True)


def _count(rows: Rows, entry: Entry) -> None:
    before = rows.get("count", entry.device)
    rows.put("count", {"device": entry.device, "blinks": (int(before["blinks"] or 0) if before else 0) + 1})


COUNT = Projection(
    "count",
    1,
    (Table("count", {"device": "text", "blinks": "int"}, ("device",)),),
    {BlindBegan.kind: _count, BlindEnded.kind: _count},
)


def blind(device: str, reason: str = "silence") -> Draft:
    return Draft(fact=BlindBegan(reason=reason), happened=1_800_000_000_000_000, device=device)


@asynccontextmanager
async def record(
    directory: Path, projections: Sequence[Projection] = (COUNT,), *, origin: Origin = ORIGIN
) -> AsyncIterator[Ledger]:
    people = PersonKeys(directory / "keys", KEYS.wrap)
    ledger = await Ledger.open(directory, origin, KEYS, Seals(people.key), SystemClock(), projections)
    try:
        yield ledger
    finally:
        await ledger.close()
