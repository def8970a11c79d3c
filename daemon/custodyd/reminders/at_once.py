"""Messages leave as soon as their intention is durable: the record is followed, the outbox woken; nothing more."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Cause, Entry
from custodyd.model.facts.messages import MessageIntended
from custodyd.reminders.wakeups import ROUND_S

log = logging.getLogger(__name__)


class Followed(Protocol):
    """The record as somebody who follows it sees it."""

    def head(self) -> Cause:
        """The newest durable entry's place; raises RecordUnavailable."""
        ...

    def follow(self, after: Cause) -> AsyncIterator[Entry]:
        """Entries beyond `after` as they become durable, until the record ends; raises RecordUnavailable."""
        ...


async def wake_at_once(wake: Callable[[], None], record: Followed) -> None:
    """Call `wake` for each entry that intends a message, until the record ends; rounds wake for what this misses."""
    while True:
        try:
            async for entry in record.follow(record.head()):
                if entry.kind == MessageIntended.kind:
                    wake()
        except RecordUnavailable as exc:
            log.warning("messages wait for the next round: %s", exc.reason)
            await asyncio.sleep(ROUND_S)
        else:
            return
