"""Held messages are not lost: they leave alone, or together as one, and each is told once."""

from pathlib import Path

from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.networks import Network, freely

from custodyd.model.entry import Draft
from custodyd.model.facts.clocks import ClockEnded
from custodyd.reminders.outbox import Outbox
from custodyd.reminders.rounds import intend

TO = "+8613800138000"


async def intended(at: Room, colour: str, *numbers: int) -> None:
    for number in numbers:
        now, who = at.clock.civil(), at.people["officer"]
        await at.disk.append(intend(who, "text", 1, f"clock:{number}", colour, now, f"A{number}", None))  # type: ignore[arg-type]  # a colour


def states(at: Room) -> dict[str, str]:
    return {str(row["about"]): str(row["state"]) for row in at.disk.view.select("message", purpose="reminder")}


async def days(at: Room, box: Outbox, count: int) -> None:
    for _ in range(count * 24):
        at.clock.pass_time(3600)
        await box.send_due()
        await box.send_due()  # a digest leaves at the look after the one that gathered it


async def test_what_waits_for_a_digest_leaves_as_one_message(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        network = Network(at.disk)
        box = Outbox(at.disk, at.clock, lambda: [("sms", network)], lambda person: TO, freely(at, digest=(600,)))  # type: ignore[list-item,return-value]  # the one verb used
        await intended(at, "blue", 1, 2, 3)
        await box.send_due()
        assert network.asked == []
        await days(at, box, 2)
        assert len(network.asked) == 1
        assert "'cases': 'A1、A2、A3'" in network.asked[0]
        assert set(states(at).values()) == {"gathered"}


async def test_beyond_the_budget_yellow_waits_for_the_next_day_and_red_does_not(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        network = Network(at.disk)
        box = Outbox(at.disk, at.clock, lambda: [("sms", network)], lambda person: TO, freely(at, budget=1))  # type: ignore[list-item,return-value]  # the one verb used
        await intended(at, "yellow", 1, 2, 3)
        await intended(at, "red", 4, 5)
        await box.send_due()
        assert len(network.asked) == 3
        await days(at, box, 2)
        assert len(network.asked) == 4
        assert sorted(states(at).values()) == ["accepted", "accepted", "accepted", "gathered", "gathered"]


async def test_what_is_over_before_it_left_is_withdrawn(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        network = Network(at.disk)
        box = Outbox(at.disk, at.clock, lambda: [("sms", network)], lambda person: TO, freely(at, digest=(600,)))  # type: ignore[list-item,return-value]  # the one verb used
        await intended(at, "blue", 1)
        await box.send_due()
        await at.disk.append(Draft(fact=ClockEnded(id="clock:1", met=True), happened=at.clock.civil()))
        await days(at, box, 2)
        assert (network.asked, states(at)) == ([], {"clock:1": "withdrawn"})
