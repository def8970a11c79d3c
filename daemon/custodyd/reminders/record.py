"""What reminders need of the ledger; it must not know how entries are kept."""

from typing import Protocol

from custodyd.model.entry import Draft, Entry
from custodyd.model.projection import View


class Record(Protocol):
    """Appends and reads."""

    @property
    def view(self) -> View:
        """The projections."""
        ...

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make drafts durable; raises RecordUnavailable."""
        ...

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself, now or at the first chance."""
        ...
