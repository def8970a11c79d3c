"""The wristbands of a station at work: events come one after another, what the machine decides is entered and told."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from custodyd.clock import Clock
from custodyd.desk.bands import machine
from custodyd.desk.bands.events import Event, Explained, Tick
from custodyd.desk.bands.machine import Step, Told
from custodyd.desk.bands.states import Band, Receiver, Standing, State
from custodyd.ledger import RecordUnavailable
from custodyd.model.entry import Cause, Draft, Entry
from custodyd.model.facts.cabinet import IncidentExplained
from custodyd.model.projection import Row, View

log = logging.getLogger(__name__)

TICK_S = 0.5
RETRY_S = 5.0  # while the record cannot be followed
_INCIDENTS = ("strap_incident", "sos_incident", "low_incident", "lost_incident", "repeated_incident")


class Record(Protocol):
    """What the desk needs of the ledger."""

    @property
    def view(self) -> View:
        """The projections; raises RecordUnavailable."""
        ...

    def head(self) -> Cause:
        """The newest durable entry's place; raises RecordUnavailable."""
        ...

    def follow(self, after: Cause) -> AsyncIterator[Entry]:
        """Entries beyond `after` as they become durable, until the record ends; raises RecordUnavailable."""
        ...

    async def happened(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make durable what happened by itself, now or at the first chance."""
        ...


class BandDesk:
    """All wristbands. `tell` makes the messages that a step causes, `refit` says which bands and receivers exist."""

    def __init__(self, record: Record, clock: Clock, tell: Callable[[Sequence[Told], int], Sequence[Draft]]) -> None:
        self.state = State()
        self._record = record
        self._clock = clock
        self._tell = tell
        self._turn = asyncio.Lock()

    def refit(self, intervals: Mapping[str, float], receivers: Collection[str]) -> None:
        """These bands (with the seconds between their adverts) and receivers from now on; new ones as recorded."""
        bands = {name: self._band(name, interval) for name, interval in intervals.items()}
        self.state = State(bands, {name: self._receiver(name) for name in receivers})

    def _band(self, name: str, interval_s: float) -> Band:
        known = self.state.bands.get(name)
        if known is not None:
            return replace(known, interval_s=interval_s)
        return _recorded(Band(name, interval_s, heard=self._clock.elapsed()), self._row("wristband", name))

    def _receiver(self, name: str) -> Receiver:
        row = self._row("receiver", name) or {}
        now = self._clock.elapsed()
        return self.state.receivers.get(name) or Receiver(name, None, now, _text(row, "deaf_incident"), now)

    def _row(self, table: str, key: str) -> Row | None:
        try:
            return self._record.view.get(table, key)
        except RecordUnavailable as exc:
            log.warning("%s begins without the record: %s", key, exc)
            return None

    async def start(self) -> None:
        """A run begins: what was heard in the one before is unknown."""
        civil = self._clock.civil()
        await self._take(machine.started(self.state, civil), civil)

    async def run(self) -> None:
        """Let time pass, and hear what people explain, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ticks())
            group.create_task(self._explanations())

    async def handle(self, event: Event) -> None:
        """Take one event to its end: entries durable or owed, messages intended."""
        async with self._turn:
            await self._take(machine.step(self.state, event), event.civil)

    async def _take(self, step: Step, civil: int) -> None:
        self.state = step.state
        drafts = [*step.entries, *self._messages(step, civil)]
        if drafts:
            await self._record.happened(*drafts)

    def _messages(self, step: Step, civil: int) -> Sequence[Draft]:
        try:
            return self._tell(step.told, civil) if step.told else ()
        except RecordUnavailable as exc:  # nobody knows whom to tell; what happened is entered all the same
            log.warning("nobody was told of %s: %s", step.told[0].about, exc)
            return ()

    async def _ticks(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self.handle(Tick(self._clock.elapsed(), self._clock.civil()))

    async def _catch_up(self) -> None:
        """What was explained while nobody followed; raises RecordUnavailable."""
        for incident in [one for band in self.state.bands.values() for one in _standing(band)]:
            row = self._record.view.get("incident", incident)
            if row is not None and row["closed"] is not None:
                await self.handle(Explained(self._clock.elapsed(), self._clock.civil(), incident))

    async def _explanations(self) -> None:
        while True:
            try:
                after = self._record.head()
                await self._catch_up()
                async for entry in self._record.follow(after):
                    if entry.kind == IncidentExplained.kind and entry.incident is not None:
                        now = self._clock.elapsed(), self._clock.civil()
                        await self.handle(Explained(*now, entry.incident))
            except RecordUnavailable as exc:
                log.warning("explanations of wristbands wait for the record: %s", exc)
                await asyncio.sleep(RETRY_S)
            else:
                return


def _standing(band: Band) -> Sequence[str]:
    return [incident for name in _INCIDENTS if (incident := getattr(band, name)) is not None]


def _recorded(band: Band, row: Row | None) -> Band:
    """The band as the record knows it; the rows hold what the machine entered."""
    if row is None:
        return band
    standings: Mapping[str, Standing] = {"heard": "heard", "unknown": "unknown", "lost": "lost"}
    return replace(
        band,
        standing=standings.get(str(row["standing"]), "unheard"),
        strap_open=row["strap"] == "open",
        strap_incident=_text(row, "strap_incident"),
        sos_incident=_text(row, "sos_incident"),
        low_incident=_text(row, "low_incident"),
        lost_incident=_text(row, "lost_incident"),
        repeated_incident=_text(row, "repeated_incident"),
    )


def _text(row: Row, column: str) -> str | None:
    value = row.get(column)
    return str(value) if value is not None else None
