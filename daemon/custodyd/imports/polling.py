"""A polled source: its view read on a thread of its own, taken over when it changed; blind times are facts."""

import asyncio
import contextlib
import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from custodyd.clock import Clock
from custodyd.imports.importer import Importer, Source
from custodyd.imports.rows import Raw
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Actor, Draft
from custodyd.model.facts.imports import ImportBlindBegan, ImportBlindEnded
from custodyd.settings.shape import Import

log = logging.getLogger(__name__)

STEPS = 8  # bounded waits of one reading: connection, session, columns and rows of four views

Read = Callable[[], list[Raw]]


def read_view(settings: Import, password: str) -> list[Raw]:
    """Read a source's views; the library comes with the first reading. Raises Unread."""
    from custodyd.imports.view import read

    return read(settings, password)


@dataclass(slots=True)
class Poller:
    """Polls one source. `read` blocks, and raises view.Unread."""

    source: Source
    settings: Import
    importer: Importer
    clock: Clock
    read: Read
    _last: bytes = b""
    _reading: bool = False

    async def run(self) -> None:
        """Look again and again until cancelled; a record that refuses is met again at the next look."""
        while True:
            with contextlib.suppress(RecordUnavailable):
                await self.look()
            await asyncio.sleep(self.settings.interval_s)

    async def look(self) -> None:
        """Read once and take over what changed; raises RecordUnavailable."""
        found = await self._read()
        if isinstance(found, str):
            await self._blind(found)
            return
        await self._seen()
        digest = _digest(found)
        if digest != self._last:
            outcome = await self.importer.apply(found, self.source)
            self._last = digest
            if outcome.count("refused"):
                log.warning("import %s: %d rows were refused", self.source.id, outcome.count("refused"))

    async def _read(self) -> list[Raw] | str:
        """The rows, or why there are none. Beside a reading that will not end none begins."""
        if self._reading:
            return "too-slow"
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[Raw] | str] = loop.create_future()

        def deliver(found: list[Raw] | str) -> None:
            if not answer.done():
                answer.set_result(found)

        def work() -> None:
            found: list[Raw] | str = "failing"
            try:
                found = _rows_or_reason(self.read)
            finally:
                self._reading = False
                with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
                    loop.call_soon_threadsafe(deliver, found)

        self._reading = True
        threading.Thread(target=work, name=f"import {self.source.id}", daemon=True).start()
        try:
            async with asyncio.timeout(self.settings.timeout_s * STEPS):
                return await answer
        except TimeoutError:
            return "too-slow"

    async def _blind(self, reason: str) -> None:
        stands = self.importer.view.get("import_source", self.source.id)
        if stands is not None and stands["blind"] is not None:
            return
        log.warning("import %s: its view cannot be read: %s", self.source.id, reason)
        now = self.clock.civil()
        fact = ImportBlindBegan(source=self.source.id, reason=reason)  # type: ignore[arg-type]  # one of view.Reason
        await self._enter(fact, f"import-blind:{self.source.id}:{now}", now)

    async def _seen(self) -> None:
        stands = self.importer.view.get("import_source", self.source.id)
        if stands is None or stands["blind"] is None:
            return
        now = self.clock.civil()
        seconds = max(0, (now - int(stands["blind_since"] or now)) // 1_000_000)
        await self._enter(ImportBlindEnded(source=self.source.id, seconds=seconds), str(stands["incident"]), now)

    async def _enter(self, fact: ImportBlindBegan | ImportBlindEnded, incident: str, now: int) -> None:
        await self.importer.verbs.enter(Draft(fact=fact, happened=now, incident=incident))


def _rows_or_reason(read: Read) -> list[Raw] | str:
    from custodyd.imports.view import Unread

    try:
        return read()
    except Unread as exc:
        return exc.reason


def _digest(raws: Sequence[Raw]) -> bytes:
    """Of everything that was read; it never leaves the process."""
    told = hashlib.sha256()
    for raw in raws:
        told.update(repr((raw.kind, sorted(raw.fields.items()))).encode(errors="surrogatepass"))
    return told.digest()


def nobody(source: str) -> Actor:
    """As the record names a source that no person brings."""
    return Actor("none", 0, f"import:{source}")
