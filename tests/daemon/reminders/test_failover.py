"""Several gateways in a stated order: the next where one surely did not send, never where one may have."""

from pathlib import Path
from typing import Any

import pytest
from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.networks import SURELY_NOT, UNKNOWN, Mood, Network, freely

from custodyd.reminders.outbox import PAUSES_S, Outbox
from custodyd.reminders.rounds import intend
from custodyd_drivers.contract import MessageAcceptedLate, MessageDelivered

TO = "+8613800138000"


async def intended(at: Room, about: str = "clock:1", colour: Any = "yellow") -> None:
    await at.disk.append(intend(at.people["officer"], "text", 1, about, colour, at.clock.civil(), "A1", None))


def box(at: Room, *networks: tuple[str, Network]) -> Outbox:
    return Outbox(at.disk, at.clock, lambda: networks, lambda person: TO, freely(at))  # type: ignore[arg-type,return-value]  # the one verb used


def row(at: Room) -> dict[str, Any]:
    (found,) = at.disk.view.select("message")
    return dict(found)


@pytest.mark.parametrize("mood", SURELY_NOT)
async def test_what_the_first_gateway_surely_did_not_send_the_next_one_sends(tmp_path: Path, mood: Mood) -> None:
    async with room(tmp_path) as at:
        first, second = Network(at.disk, mood=mood), Network(at.disk)
        await intended(at)
        await box(at, ("modem", first), ("smpp", second)).send_due()
        assert (row(at)["state"], row(at)["device"], row(at)["attempts"]) == ("accepted", "smpp", 2)
        assert (len(first.asked), len(second.asked)) == (1, 1)


@pytest.mark.parametrize("mood", UNKNOWN)
async def test_what_one_gateway_may_have_sent_no_other_sends(tmp_path: Path, mood: Mood) -> None:
    async with room(tmp_path) as at:
        first, second = Network(at.disk, mood=mood), Network(at.disk)
        await intended(at)
        outbox = box(at, ("modem", first), ("smpp", second))
        for _ in range(3):
            await outbox.send_due()
            at.clock.pass_time(7200)
        assert row(at)["state"] == "unknown"
        assert (len(first.asked), second.asked) == (1, [])


async def test_only_the_stated_order_counts(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        first, second = Network(at.disk), Network(at.disk)
        await intended(at)
        await box(at, ("smpp", second), ("modem", first)).send_due()
        assert (first.asked, len(second.asked)) == ([], 1)


async def test_after_every_gateway_refused_all_are_tried_again_after_a_pause(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        first, second = Network(at.disk, mood="busy"), Network(at.disk, mood="never")
        await intended(at)
        outbox = box(at, ("modem", first), ("smpp", second))
        await outbox.send_due()
        assert await outbox.send_due() == 0
        at.clock.pass_time(PAUSES_S[0])
        first.mood = "takes"
        await outbox.send_due()
        assert (row(at)["state"], row(at)["device"]) == ("accepted", "modem")


async def test_a_message_that_no_gateway_will_ever_take_has_failed(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        networks = Network(at.disk, mood="never"), Network(at.disk, mood="never")
        await intended(at)
        await box(at, ("modem", networks[0]), ("smpp", networks[1])).send_due()
        assert (row(at)["state"], row(at)["again"]) == ("failed", None)


async def test_a_gateway_that_just_failed_comes_last_for_a_while(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        first, second = Network(at.disk, mood="busy"), Network(at.disk)
        outbox = box(at, ("modem", first), ("smpp", second))
        for about in ("clock:1", "clock:2"):
            await intended(at, about)
        await outbox.send_due()
        assert (len(first.asked), len(second.asked)) == (1, 2)
        at.clock.pass_time(61)
        first.mood = "takes"
        await intended(at, "clock:3")
        await outbox.send_due()
        assert (len(first.asked), len(second.asked)) == (2, 2)


async def test_a_report_counts_for_the_gateway_that_gave_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        outbox = box(at, ("modem", Network(at.disk)))
        await intended(at)
        await outbox.send_due()
        await outbox.reported("smpp", MessageDelivered(0, "", 0))
        assert row(at)["state"] == "accepted"
        await outbox.reported("modem", MessageDelivered(0, "", 0))
        assert row(at)["state"] == "delivered"


async def test_a_late_answer_counts_for_the_gateway_that_owed_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        network = Network(at.disk, mood="takes in silence")
        outbox = box(at, ("modem", network))
        await intended(at)
        await outbox.send_due()
        ((reference, handover),) = network.late
        await outbox.accepted_late("smpp", MessageAcceptedLate(reference, handover))
        assert row(at)["state"] == "unknown"
        await outbox.accepted_late("modem", MessageAcceptedLate(reference, handover))
        assert row(at)["state"] == "accepted"


async def test_a_reference_that_came_round_proves_nothing_of_the_older_message(tmp_path: Path) -> None:
    class Short(Network):
        async def send(self, recipient: str, text: str) -> tuple[int, ...]:
            self.asked.append(text)
            return (7, 8) if len(self.asked) == 1 else (7,)

    async with room(tmp_path) as at:
        outbox = box(at, ("modem", Short(at.disk)))
        for about in ("clock:1", "clock:2"):
            await intended(at, about)
            await outbox.send_due()
        for reference in (7, 8):
            await outbox.reported("modem", MessageDelivered(reference, "", 0))
        states = {row["about"]: row["state"] for row in at.disk.view.select("message")}
        assert states == {"clock:1": "accepted", "clock:2": "delivered"}


async def test_the_reddest_leaves_first(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        network = Network(at.disk)
        for about, colour in (("clock:1", "blue"), ("clock:2", "red"), ("clock:3", "yellow")):
            await at.disk.append(
                intend(at.people["officer"], colour, 1, about, colour, at.clock.civil(), "A1", None)  # type: ignore[arg-type]  # a colour
            )
        await box(at, ("modem", network)).send_due()
        assert [text.partition("回复")[0] for text in network.asked] == ["red", "yellow", "blue"]
