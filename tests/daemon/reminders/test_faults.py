"""What reminders do when the disk, the network or time play against them."""

import asyncio
from pathlib import Path

import pytest
from tests.daemon.desk.support import HOUR_US, Disk, Room, room
from tests.daemon.reminders.networks import freely

from custodyd.clock import from_rfc3339
from custodyd.model.entry import Draft
from custodyd.model.facts.clocks import ClockStarted, Step
from custodyd.reminders.outbox import PAUSES_S, Outbox
from custodyd.reminders.rounds import Rounds, hours_left, intend, moment
from custodyd.texts import Locale, say
from custodyd_drivers.contract import MessageDelivered
from custodyd_drivers.errors import LinkLost, Refused


class Gateway:
    """Takes a message of one part as reference 7, after `before` happened."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.sent = 0
        self.refuse_after = False
        self.failure: Exception | None = None
        self.before = asyncio.Event()
        self.before.set()
        self.begun = asyncio.Event()

    async def send(self, recipient: str, text: str) -> tuple[int, ...]:
        self.sent += 1
        self.begun.set()
        await self.before.wait()
        self.disk.refuses = self.refuse_after
        if self.failure is not None:
            raise self.failure
        return (7,)


def message(at: Room) -> Draft:
    return intend(at.people["officer"], "text", 1, "clock:1", "red", at.clock.civil(), "A1", None)


async def made(at: Room, gateway: Gateway | None) -> Outbox:
    await at.disk.append(message(at))
    gateways = [("sms", gateway)] if gateway is not None else []
    return Outbox(at.disk, at.clock, lambda: gateways, lambda person: "+8613800138000", freely(at))  # type: ignore[arg-type,return-value]  # the one verb used


def state(at: Room) -> str:
    (row,) = at.disk.view.select("message")
    return str(row["state"])


async def test_what_became_of_a_message_is_kept_though_the_disk_refuses_after_it_left(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        gateway.refuse_after = True
        box = await made(at, gateway)
        await box.send_due()
        assert state(at) == "handed"
        at.disk.refuses = False
        await at.finger("officer")
        assert state(at) == "accepted"
        assert gateway.sent == 1


async def test_a_delivery_report_does_not_overtake_the_acceptance(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        gateway.before.clear()
        box = await made(at, gateway)
        async with asyncio.TaskGroup() as group:
            group.create_task(box.send_due())
            await gateway.begun.wait()
            group.create_task(box.reported("sms", MessageDelivered(7, "", 0)))
            gateway.before.set()
        assert state(at) == "delivered"


async def test_the_networks_last_word_may_be_that_it_never_arrived(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box = await made(at, Gateway(at.disk))
        await box.send_due()
        await box.reported("sms", MessageDelivered(7, "", 0x30))  # the service centre still tries
        await box.reported("sms", MessageDelivered(8, "", 0))  # of another message
        assert state(at) == "accepted"
        await box.reported("sms", MessageDelivered(7, "", 0x46))
        assert state(at) == "failed"
        assert at.last("message.failed").data["reason"] == "status 0x46"


async def test_a_message_that_left_in_part_is_unknown(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        gateway.failure = LinkLost("the port is gone")
        gateway.failure.handed = (7,)  # type: ignore[attr-defined]  # as the gateway's own error says it
        box = await made(at, gateway)
        await box.send_due()
        assert state(at) == "unknown"


async def test_a_passing_refusal_is_tried_again_after_the_first_pause_and_not_before(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        gateway.failure = Refused("network busy", 332)
        box = await made(at, gateway)
        await box.send_due()
        at.clock.pass_time(PAUSES_S[0] - 1)
        assert await box.send_due() == 0
        gateway.failure = None
        at.clock.pass_time(1)
        assert await box.send_due() == 1
        assert state(at) == "accepted"


async def test_without_a_gateway_messages_wait(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box = await made(at, None)
        assert await box.send_due() == 0
        assert state(at) == "intended"


async def test_a_message_is_meant_once_per_thing_colour_and_person(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        box = await made(at, Gateway(at.disk))
        await box.send_due()
        await at.disk.append(message(at))
        assert state(at) == "accepted"
        assert await box.send_due() == 0


@pytest.mark.parametrize(("left_min", "hours"), [(0, 0), (1, 1), (60, 1), (61, 2), (240, 4), (-30, 0)])
def test_a_started_hour_still_counts(left_min: int, hours: int) -> None:
    assert hours_left(left_min * HOUR_US // 60, 0) == hours


@pytest.mark.parametrize("what", ["deposit", "loan"])
def test_a_red_message_names_the_moment_in_chinas_time(what: str) -> None:
    due = moment(from_rfc3339("2026-11-24T04:07:59+00:00"))
    assert due == "11-24 12:07"
    for locale in Locale:
        assert due in say(f"sms.{what}.red", locale, case="A1", item="0000000A", due=due)


async def test_of_two_rungs_at_the_same_moment_each_person_is_told_the_redder_one(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        now = at.clock.civil()
        steps = (Step("yellow", now, ("unit-leader",)), Step("red", now, ("clerk",)))
        fact = ClockStarted(id="loan:1", name="dossier-loan", due=now, steps=steps)
        await at.disk.append(Draft(fact=fact, happened=now, case="A1", object="0000000A"))
        rounds = Rounds(at.disk.view, at.lookup.recipients, lambda text, **facts: (f"{text} {facts['due']}", 1))
        before = at.disk.ledger.head()
        assert await rounds.hold(at.disk, now) == 2
        yellow, red, clerk, leader = at.disk.ledger.entries(before)
        assert [entry.data["colour"] for entry in (yellow, red, clerk, leader)] == ["yellow", "red", "red", "yellow"]
        assert (clerk.subject, leader.subject) == (at.people["clerk"], at.people["leader"])
        assert clerk.data["text"] == f"sms.loan.red {moment(now)}"
