"""Alarms: shown at once, entered and told once while they stand, also over a restart and a refusing disk."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.daemon.api.conftest import opened
from tests.daemon.desk.support import BY, SETTINGS, Room, room
from tests.station.support import place

from custodyd.law import Calendar, YearPlan
from custodyd.ledger import Health
from custodyd.ledger.keys import Card
from custodyd.model.alarm import Alarm, AlarmName
from custodyd.model.civil import micros
from custodyd.model.entry import Draft
from custodyd.model.facts.devices import BlindBegan
from custodyd.station.alarms import TELLINGS, Alarms
from custodyd.station.conditions import Eyes, Seen, alarms, calendar_alarms, sentence
from custodyd.station.words import MessageWords
from custodyd.texts import known

WELL = Seen(Health("1", 9, None, 1 << 40, False, False, False, 1.0, 2.0), False, False, {}, 1_800_000_000_000_000, True)


def seen(**changed: Any) -> Seen:
    ours = {name: value for name, value in changed.items() if hasattr(WELL, name)}
    health: Any = {name: value for name, value in changed.items() if name not in ours}
    return replace(WELL, health=replace(WELL.health, **health), **ours)


@pytest.mark.parametrize(
    ("changed", "names"),
    [
        ({}, []),
        ({"trouble": "closed"}, []),
        ({"trouble": "full", "low": True}, ["storage-full"]),
        ({"trouble": "read-only"}, ["storage-read-only"]),
        ({"trouble": "failing"}, ["storage-failing"]),
        ({"trouble": "failing", "broken": True}, ["record-broken"]),
        ({"low": True}, ["disk-low"]),
        ({"quarantined": True, "unconfirmed": True}, ["record-quarantined"]),
        ({"quarantined": True}, []),
        ({"owes_openings": True, "trouble": "failing"}, ["emergency-owed", "storage-failing"]),
        ({"civil": 1000}, ["clock-impossible"]),
        ({"synced": False}, ["clock-unsynced"]),
        ({"synced": None}, []),
        ({"blind": {"reader-a": "gone", "sms": ""}}, ["device-blind", "device-blind"]),
    ],
)
def test_every_condition_has_its_alarm_and_the_graver_one_stands_for_the_lesser(
    changed: dict[str, Any], names: list[str]
) -> None:
    assert [alarm.name for alarm in alarms(seen(**changed))] == names


@pytest.mark.parametrize("name", get_args(AlarmName))
def test_every_alarm_says_what_stands_and_is_told_without_a_person_or_a_place(name: AlarmName) -> None:
    said = sentence(Alarm(name, "reader-a", "silence"))
    assert known(said.id)
    assert "{" not in said.zh + said.en
    if name in TELLINGS:
        text, parts = MessageWords(SETTINGS)(f"sms.alarm.{name}", item="locks-property-12", count=12)
        assert "报警" in text
        assert parts == 1


@dataclass
class Watch:
    """Alarms over a room's record, with conditions that a test sets."""

    at: Room
    holds: tuple[Alarm, ...] = ()
    shown: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def __post_init__(self) -> None:
        words = MessageWords(SETTINGS)
        self.alarms = Alarms(
            lambda: self.holds, self.show, self.at.disk, self.at.clock, words, self.at.lookup.holding
        )  # fmt: skip

    def show(self, standing: Sequence[Alarm]) -> None:
        self.shown.append(tuple(alarm.name for alarm in standing))

    async def look(self, *holds: Alarm, after: float = 1.0) -> None:
        self.holds = holds
        self.at.clock.pass_time(after)
        await self.alarms.look()

    def told(self) -> list[str | None]:
        return [entry.subject for entry in self.at.disk.ledger.entries(kind="message.intended")]

    def entered(self) -> list[str]:
        return [entry.kind for entry in self.at.disk.ledger.entries(kind="alarm.")]


QUARANTINED, LOW, FULL = Alarm("record-quarantined"), Alarm("disk-low"), Alarm("storage-full")
READER, MODEM = Alarm("device-blind", "reader-a", "silence"), Alarm("device-blind", "sms", "silence")


async def test_an_alarm_is_told_once_to_whoever_may_mend_it_while_it_stands(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        technician = await at.register.person(Card("模拟技术员"), ("technician",), BY, emergency=False, request=None)
        watch = Watch(at)
        for _ in range(5):
            await watch.look(FULL)
        assert sorted(watch.told(), key=str) == sorted([at.people["leader"], technician.subject], key=str)
        assert watch.entered() == ["alarm.raised"]
        assert watch.shown == [("storage-full",)]
        assert watch.alarms.standing[0].since == at.last("alarm.raised").happened


async def test_an_alarm_that_stands_over_a_restart_is_not_told_again_and_a_new_one_is(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await Watch(at).look(FULL)
    async with room(tmp_path, fresh=False) as at:
        watch = Watch(at)
        await watch.look(FULL, after=100)
        assert (watch.entered(), len(watch.told())) == (["alarm.raised"], 1)
        await watch.look(after=100)
        await watch.look(FULL, after=100)
        assert watch.entered() == ["alarm.raised", "alarm.cleared", "alarm.raised"]
        assert len(watch.told()) == 2
        first, cleared, _ = at.disk.ledger.entries(kind="alarm.")
        assert first.incident == cleared.incident


async def test_an_alarm_that_is_over_at_the_restart_is_cleared(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await Watch(at).look(FULL)
    async with room(tmp_path, fresh=False) as at:
        watch = Watch(at)
        await watch.look()
        assert watch.entered() == ["alarm.raised", "alarm.cleared"]
        assert at.disk.view.select("alarm") == []


async def test_a_device_that_is_away_for_a_moment_is_shown_and_not_told(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        watch = Watch(at)
        await watch.look(READER)
        assert watch.shown == [("device-blind",)]
        await watch.look(READER, after=59)
        await watch.look()
        assert watch.shown[-1] == ()
        assert watch.entered() == []


async def test_a_device_that_comes_and_goes_is_told_once(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        watch = Watch(at)
        await watch.look(READER)
        for _ in range(4):
            await watch.look(READER, after=61)
            await watch.look(after=5)
        assert len(watch.told()) == 1


async def test_devices_that_go_together_are_one_message(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        watch = Watch(at)
        await watch.look(READER, MODEM)
        await watch.look(READER, MODEM, after=60)
        assert watch.entered() == ["alarm.raised", "alarm.raised"]
        (message,) = at.disk.ledger.entries(kind="message.intended")
        assert "reader-a等2台" in message.data["text"]
        assert [entry.device for entry in at.disk.ledger.entries(kind="alarm.")] == ["reader-a", "sms"]


async def test_what_a_refusing_disk_kept_back_is_told_once_it_writes_though_it_is_over(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        watch = Watch(at)
        at.disk.refuses = True
        for _ in range(3):
            await watch.look(Alarm("storage-read-only"))
        assert watch.shown == [("storage-read-only",)]
        at.disk.refuses = False
        for _ in range(3):
            await watch.look()
        assert watch.entered() == ["alarm.raised", "alarm.cleared"]
        assert len(watch.told()) == 1


async def test_a_broken_record_and_an_opening_that_it_owes_are_shown_and_not_told(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        watch = Watch(at)
        for _ in range(3):
            await watch.look(Alarm("record-broken"), Alarm("emergency-owed"), after=1000)
        assert watch.shown == [("record-broken", "emergency-owed")]
        assert watch.entered() == []


async def test_what_was_kept_equals_what_is_rebuilt(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        watch = Watch(at)
        await watch.look(FULL, LOW, QUARANTINED)
        await watch.look(QUARANTINED, after=100)
        assert at.disk.view.select("alarm")
        assert all(kept == rebuilt for kept, rebuilt in (await at.disk.ledger.rebuild()).values())


async def test_a_device_is_blind_once_it_was_found_so_and_unknown_while_the_record_is_not_read() -> None:
    with place() as folder:
        station = await opened(folder)
        ledger = station.ledger
        devices = list(station.settings.devices)
        eyes = Eyes(ledger, station.desks.values(), lambda: devices, lambda: devices[2:])
        assert eyes.seen().blind == {}  # nobody has looked yet
        await ledger.append(Draft(fact=BlindBegan(reason="gone"), happened=1, device=devices[0]))
        assert eyes.seen().blind == {devices[0]: "gone"}
        assert [alarm.device for alarm in eyes.alarms()] == [devices[0]]
        await ledger.close()
        assert set(eyes.seen().blind) == set(devices[:2])


@pytest.mark.parametrize(
    ("day", "name", "year"),
    [("2026-09-02", None, ""), ("2026-09-03", "calendar-short", "2027"), ("2026-11-02", "calendar-ending", "2027"),
     ("2027-03-01", "calendar-ending", "2027")],
)  # fmt: skip
def test_a_calendar_that_ends_is_an_alarm_months_before(day: str, name: str | None, year: str) -> None:
    calendar = Calendar.of([YearPlan(2026, frozenset(), frozenset(), "试验")])
    found = calendar_alarms(calendar, micros(datetime.fromisoformat(f"{day}T08:00:00+08:00")))
    assert [(alarm.name, alarm.why) for alarm in found] == ([(name, year)] if name else [])
    assert all(year in sentence(alarm).zh and name in TELLINGS for alarm in found)
