"""Doors as a lock bank's contacts tell them: as found, each change, a sign of life; it knows no board and no wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

from custodyd_drivers.contract import Answered, DoorClosed, DoorOpened, Report

_ANSWERED_S = 1.0

Contacts = Mapping[int, bool]
"""Door → open?"""


async def reports(found: Contacts, read: Callable[[], Awaitable[Contacts]], poll_s: float) -> AsyncIterator[Report]:
    """Every door as `found`, then what changes from one `read` to the next, every `poll_s`; Answered each second.

    Raises what `read` raises. A door that opens and shuts again between two reads is not seen.
    """
    for door, is_open in found.items():
        yield DoorOpened(door, found=True) if is_open else DoorClosed(door, found=True)
    loop = asyncio.get_running_loop()
    due = said = loop.time()
    while True:
        now_open = await read()
        for report in _changes(found, now_open):
            yield report
        found = now_open
        now = loop.time()
        if now - said >= _ANSWERED_S:
            said = now
            yield Answered()
        due = max(due + poll_s, now)
        await asyncio.sleep(due - now)


def _changes(before: Contacts, after: Contacts) -> Iterator[Report]:
    for door, is_open in after.items():
        if before.get(door) != is_open:
            yield DoorOpened(door) if is_open else DoorClosed(door)
