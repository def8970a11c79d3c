"""A message is handed over once, after its entry; what became of it is known, or said to be unknown."""

from pathlib import Path

import pytest
from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.networks import freely

from custodyd.reminders.outbox import MOST_ROUNDS, Outbox
from custodyd.reminders.rounds import intend
from custodyd_drivers.contract import MessageDelivered
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused


class Gateway:
    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failure: DeviceError | None = None

    async def send(self, recipient: str, text: str) -> tuple[int, ...]:
        self.sent.append(recipient)
        if self.failure is not None:
            raise self.failure
        return (len(self.sent), len(self.sent) + 100)


async def made(at: Room, gateway: Gateway, phone: str = "+8613800138000") -> Outbox:
    await at.disk.append(intend(at.people["officer"], "text", 2, "clock:1", "red", at.clock.civil(), "A1", None))
    return Outbox(at.disk, at.clock, lambda: [("sms", gateway)], lambda person: phone, freely(at))  # type: ignore[list-item,return-value]  # the one verb used


def state(at: Room) -> str:
    (row,) = at.disk.view.select("message")
    return str(row["state"])


async def test_a_message_is_delivered_once_every_part_is(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway()
        box = await made(at, gateway)
        assert await box.send_due() == 1
        assert state(at) == "accepted"
        await box.reported("sms", MessageDelivered(1, "", 0))
        assert state(at) == "accepted"
        await box.reported("sms", MessageDelivered(101, "", 0))
        assert state(at) == "delivered"
        await box.reported("sms", MessageDelivered(101, "", 0))
        assert await box.send_due() == 0
        assert len(gateway.sent) == 1


@pytest.mark.parametrize("failure", [NoReply("silence after hand-over", 120.0), DeviceError("noise")])
async def test_an_answer_that_never_came_is_unknown_and_never_sent_again(tmp_path: Path, failure: DeviceError) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway()
        gateway.failure = failure
        box = await made(at, gateway)
        await box.send_due()
        at.clock.pass_time(86_400)
        await box.send_due()
        assert state(at) == "unknown"
        assert len(gateway.sent) == 1


async def test_what_surely_failed_is_tried_again_with_pauses_and_then_given_up(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway()
        gateway.failure = LinkLost("the port is gone")
        box = await made(at, gateway)
        await box.send_due()
        assert await box.send_due() == 0
        for _ in range(10):
            at.clock.pass_time(7200)
            await box.send_due()
        assert len(gateway.sent) == MOST_ROUNDS
        assert state(at) == "failed"


async def test_a_lasting_refusal_ends_it_at_once(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway()
        gateway.failure = Refused("bad number", 21, lasting=True)
        box = await made(at, gateway)
        await box.send_due()
        assert state(at) == "failed"


async def test_a_person_without_a_number_is_told_to_nobody(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway()
        box = await made(at, gateway, phone="")
        await box.send_due()
        assert gateway.sent == []
        assert state(at) == "failed"


async def test_a_run_that_ended_while_handing_over_leaves_it_unknown(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway()
        gateway.failure = NoReply("silence", 1.0)
        box = await made(at, gateway)
        at.disk.view.select("message")
        try:
            gateway.failure = KeyboardInterrupt()  # type: ignore[assignment]  # the process ends here
            await box.send_due()
        except KeyboardInterrupt:
            assert state(at) == "handed"
        await box.recover()
        assert state(at) == "unknown"
