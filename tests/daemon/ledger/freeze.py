"""Makes the frozen record of the current format, once, when it is released: `python -m tests.daemon.ledger.freeze`.

What lies in frozen/ is never made again: every later version must open and verify it as it is.
"""

import asyncio
import json
from pathlib import Path

from tests.daemon.ledger.support import KEYS, blind, record

from custodyd.ledger import Ledger
from custodyd.ledger.keys import Card, PersonKeys
from custodyd.ledger.scribe import FORMAT
from custodyd.model.entry import Actor, ClockState, Draft, Label, Rule
from custodyd.model.facts.people import PersonRegistered

FROZEN = Path(__file__).parent / "frozen" / str(FORMAT)
PERSON = "p-aaaaaaaaaaaaaaaaaaaaaaaaaa"
NAME = "模拟民警甲"


async def live(ledger: Ledger) -> None:
    """One of everything that the format knows."""
    ledger.clock_state = ClockState(source="ntp", synced=True, offset_ms=-3)
    for number in range(5):
        await ledger.append(blind(f"reader-{number % 2}", "静默"))
    named = Draft(
        fact=PersonRegistered(roles=("clerk",)),
        happened=1_800_000_000_000_000,
        happened_by="person",
        received=1_800_000_000_000_001,
        actor=Actor(by="fingerprint", strength=2, person=PERSON, role="clerk", reader="reader-0", slot=3, score=140),
        second=Actor(by="named", strength=1, person=PERSON),
        subject=PERSON,
        place="cabinet-a.07",
        case="case-1",
        object="dossier-1",
        rule=Rule(id="registration", version=1, law="2026-01"),
        incident="incident-1",
        request="request-1",
        causes=(("1", 0), ("1", 1)),
        labels=(Label("/data/name", PERSON, NAME),),
    )
    await ledger.append(named, blind("reader-0"))
    await ledger.begin_segment("demand")
    await ledger.append(blind("reader-1"))
    await ledger.stop("frozen")


async def main() -> None:
    """Write the files and what must be found in them."""
    FROZEN.mkdir(parents=True)
    people = PersonKeys(FROZEN / "keys", KEYS.wrap)
    people.create(PERSON, Card(NAME, "+8613800138000"))
    async with record(FROZEN) as ledger:
        await live(ledger)
    async with record(FROZEN) as ledger:
        expected = {
            "vkeys": [ledger.vkey_of(segment) for segment, _, _ in ledger.segments()],
            "notes": [ledger.note(segment) for segment, _, _ in ledger.segments()],
            "kinds": [entry.kind for entry in ledger.entries()],
        }
    (FROZEN / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")
    for name in ("reserve", "lock"):
        (FROZEN / name).unlink()


if __name__ == "__main__":
    asyncio.run(main())
