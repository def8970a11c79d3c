"""Doors as a lock bank's contacts tell them: as found, each change, a sign of life; it knows no board and no wire."""

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping

from custodyd_drivers.contract import Answered, DoorClosed, DoorOpened, Report

Contacts = Mapping[int, bool]
"""Door → open?"""


async def reports(found: Contacts, told: AsyncIterable[Contacts]) -> AsyncIterator[Report]:
    """Every door as `found`, then what changes from one state in `told` to the next; Answered where nothing does.

    Raises what `told` raises. A door that opens and shuts again between two looks at the contacts is not seen.
    """
    for door, is_open in found.items():
        yield DoorOpened(door, found=True) if is_open else DoorClosed(door, found=True)
    async for now_open in told:
        for report in _changes(found, now_open) or (Answered(),):
            yield report
        found = now_open


def _changes(before: Contacts, after: Contacts) -> tuple[Report, ...]:
    return tuple(_moves(before, after))


def _moves(before: Contacts, after: Contacts) -> Iterator[Report]:
    for door, is_open in after.items():
        if before.get(door) != is_open:
            yield DoorOpened(door) if is_open else DoorClosed(door)
