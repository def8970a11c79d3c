"""The alarms that stand: looked for each second, shown at once, entered and told once; it mends nothing."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from custodyd.clock import Clock
from custodyd.ledger import RecordUnavailable
from custodyd.model.alarm import Alarm
from custodyd.model.entry import Draft, Entry
from custodyd.model.facts.clocks import Colour
from custodyd.model.facts.record import AlarmCleared, AlarmRaised
from custodyd.model.projection import Row, View
from custodyd.model.station import Right
from custodyd.reminders.rounds import Words, intend
from custodyd.station.conditions import sentence

log = logging.getLogger(__name__)

LOOK_S = 1.0
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Telling:
    """How an alarm is told: its colour, and how long (elapsed seconds) it must last, or be over, to count as such."""

    colour: Colour
    lasting_s: float = 0.0


TELLINGS: Mapping[str, Telling] = {
    "storage-full": Telling("red"),
    "storage-read-only": Telling("red"),
    "storage-failing": Telling("red"),
    "record-quarantined": Telling("red"),
    "disk-low": Telling("orange", 60.0),
    "device-blind": Telling("orange", 60.0),  # a cable that moves to another socket is no alarm
    "clock-impossible": Telling("red"),
    "clock-unsynced": Telling("orange", 600.0),  # a clock may look for its source some minutes after a start
    "calendar-short": Telling("yellow", 3_600.0),  # nothing to mend within the hour
    "calendar-ending": Telling("orange", 3_600.0),
}
"""What is entered and told. A broken record and an opening it does not know are only shown: no message without entry,
and the opening's own entry tells of it."""


class Record(Protocol):
    """What alarms need of the ledger."""

    @property
    def view(self) -> View:
        """The projections; raises RecordUnavailable."""
        ...

    async def append(self, *drafts: Draft) -> tuple[Entry, ...]:
        """Make drafts durable; raises RecordUnavailable."""
        ...


@dataclass(slots=True)
class Alarms:
    """`find` gives what holds now, `show` takes what stands when it changed, `holding` tells who holds a right."""

    find: Callable[[], Sequence[Alarm]]
    show: Callable[[Sequence[Alarm]], None]
    record: Record
    clock: Clock
    words: Words
    holding: Callable[[Right], Sequence[str]]
    standing: tuple[Alarm, ...] = ()
    _turned: dict[Key, float] = field(default_factory=dict[Key, float])  # elapsed: when it came, or went
    _untold: dict[Key, Alarm] = field(default_factory=dict[Key, Alarm])

    async def run(self) -> None:
        """Look each second until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """See what holds now, show it if it changed, enter and tell what is due."""
        self._see()
        try:
            await self._enter()
        except RecordUnavailable as exc:
            log.debug("alarms wait for the record: %s", exc)

    def _see(self) -> None:
        before = {alarm.key: alarm for alarm in self.standing}
        found = {alarm.key: replace(alarm, since=self.clock.civil()) for alarm in self.find()}
        self.standing = tuple(before.get(key, alarm) for key, alarm in found.items())
        changed = before.keys() ^ found.keys()
        self._turned.update(dict.fromkeys(changed, self.clock.elapsed()))
        for key in changed & found.keys():
            said = sentence(found[key])
            log.warning("%s / %s", said.zh, said.en)
        if changed:
            self.show(self.standing)

    async def _enter(self) -> None:
        rows = {(str(row["name"]), str(row["device"])): row for row in self.record.view.select("alarm")}
        here = {alarm.key: alarm for alarm in self.standing}
        # what is due is told once, also where it is over before the record takes it
        self._untold.update({key: alarm for key, alarm in here.items() if key not in rows and self._lasted(key)})
        over = [key for key in rows if key not in here and self._lasted(key)]
        drafts = [*self._raised(), *(self._cleared(rows[key]) for key in over)]
        if drafts:
            await self.record.append(*drafts)
            self._untold.clear()

    def _lasted(self, key: Key) -> bool:
        telling, now = TELLINGS.get(key[0]), self.clock.elapsed()
        return telling is not None and now - self._turned.setdefault(key, now) >= telling.lasting_s

    def _raised(self) -> Sequence[Draft]:
        """The entries, and for each kind of alarm one message to everyone who may mend it."""
        drafts: list[Draft] = []
        for name in dict.fromkeys(name for name, _ in self._untold):
            alike = [alarm for alarm in self._untold.values() if alarm.name == name]
            drafts += [_raising(alarm) for alarm in alike]
            text, parts = self.words(f"sms.alarm.{name}", item=alike[0].device, count=len(alike))
            colour, about, now = TELLINGS[name].colour, _incident(alike[0]), self.clock.civil()
            people = self.holding(Right.CONFIGURE)
            drafts += [intend(person, text, parts, about, colour, now, None, None) for person in people]
        return drafts

    def _cleared(self, row: Row) -> Draft:
        fact = AlarmCleared(name=row["name"])  # type: ignore[arg-type]  # as the fold took it from an AlarmRaised
        device = str(row["device"]) or None
        return Draft(fact=fact, happened=self.clock.civil(), device=device, incident=str(row["incident"]))


def _raising(alarm: Alarm) -> Draft:
    fact = AlarmRaised(name=alarm.name)
    return Draft(fact=fact, happened=alarm.since, device=alarm.device or None, incident=_incident(alarm))


def _incident(alarm: Alarm) -> str:
    return f"alarm:{alarm.name}:{alarm.device}:{alarm.since}"
