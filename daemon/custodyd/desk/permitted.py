"""Whose finger opens in an emergency, in memory from the last state that could be read; it decides nothing."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from custodyd.desk.lookup import Lookup
from custodyd.desk.projections.people import PEOPLE
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Cause, Entry
from custodyd.model.station import Person

RETRY_S = 1.0  # while the record cannot be read


class Followed(Protocol):
    """What is followed of the ledger."""

    def head(self) -> Cause:
        """The newest entry's place; raises RecordUnavailable."""
        ...

    def follow(self, after: Cause) -> AsyncIterator[Entry]:
        """Entries beyond `after` as they become durable, until the record ends; raises RecordUnavailable."""
        ...


@dataclass(slots=True)
class EmergencyFingers:
    """Reader and slot → the permitted person; empty until a state was read in this run."""

    lookup: Lookup
    _known: Mapping[tuple[str, int], Person] = field(default_factory=dict[tuple[str, int], Person])

    def at(self, reader: str, slot: int) -> Person | None:
        """The permitted person whose finger is in this slot, as last read."""
        return self._known.get((reader, slot))

    def look(self) -> None:
        """Read them anew; raises RecordUnavailable, and then knows what it knew."""
        self._known = self.lookup.emergency_fingers()

    async def keep(self, record: Followed) -> None:
        """Look again whenever an entry changes people or fingers; ends with the record, or by cancellation."""
        while True:
            try:
                after = record.head()
                self.look()
                async for entry in record.follow(after):
                    if entry.kind in PEOPLE.folds:
                        self.look()
            except RecordUnavailable:
                await asyncio.sleep(RETRY_S)
            else:
                return
