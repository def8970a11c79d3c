"""An answer that comes after it was given up: the real driver, the twin's network, and an outbox between them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.networks import freely
from tests.drivers.gsm_modem.conftest import Bench, stand

from custodyd.reminders.outbox import Outbox
from custodyd.reminders.rounds import intend
from custodyd_drivers import contract
from custodyd_drivers.gsm_modem.driver import Modem
from custodyd_simulators.gsm_modem import Silence

__all__ = ["stand"]
TO = "+8613800138000"
LATE_S = 0.6  # beyond the modem's 0.3 s for an answer
SHORT, LONG, LONGER = "案卷", "案卷" * 60, "案卷" * 90


@dataclass
class Post:
    """One room, one modem, and the outbox between them."""

    at: Room
    bench: Bench
    modem: Modem
    box: Outbox
    attended: asyncio.Event = field(default_factory=asyncio.Event)

    async def intend(self, text: str, about: str = "clock:1") -> None:
        who = self.at.people["officer"]
        await self.at.disk.append(intend(who, text, 1, about, "red", self.at.clock.civil(), "A1", None))

    def states(self) -> list[str]:
        return [str(row["state"]) for row in self.at.disk.view.select("message")]

    async def becomes(self, *states: str) -> None:
        await self.bench.until(lambda: self.states() == list(states))

    async def attend(self) -> None:
        """Pass the driver's reports on, as the station does."""
        async for report in self.modem.reports():
            self.bench.reports.append(report)
            await self.attended.wait()
            match report:
                case contract.MessageDelivered():
                    await self.box.reported("sms", report)
                case contract.MessageAcceptedLate():
                    await self.box.accepted_late("sms", report)
                case _:
                    pass


@asynccontextmanager
async def post(tmp_path: Path, stand: Callable[..., Bench]) -> AsyncIterator[Post]:
    bench = stand(submit_timeout_s=0.3)
    async with room(tmp_path / "record") as at:
        modem = await bench.started()
        made = Outbox(at.disk, at.clock, lambda: [("sms", modem)], lambda person: TO, freely(at))
        found = Post(at, bench, modem, made)
        found.attended.set()
        attending = asyncio.create_task(found.attend())
        try:
            await bench.until(lambda: bool(bench.reports))
            yield found
        finally:
            attending.cancel()
            await asyncio.gather(attending, return_exceptions=True)
            await bench.close()


async def test_a_message_given_up_is_accepted_when_its_answer_comes_and_then_delivered(
    tmp_path: Path, stand: Any
) -> None:
    async with post(tmp_path, stand) as at:
        at.bench.hand.knobs.accept_s = LATE_S
        await at.intend(SHORT)
        await at.box.send_due()
        assert at.states() == ["unknown"]
        await at.becomes("delivered")
        kinds = [kind for kind in at.at.kinds() if kind.startswith("message.")]
        assert kinds[2:] == ["message.became_unknown", "message.accepted_late", "message.delivered"]
        await at.box.send_due()
        assert len(at.bench.hand.taken) == 1


async def test_the_last_part_of_a_longer_message_may_be_accepted_late(tmp_path: Path, stand: Any) -> None:
    async with post(tmp_path, stand) as at:
        hand = at.bench.hand
        hand.knobs.accept_s, hand.knobs.deliver_s = 0.1, 1.0
        await at.intend(LONG)
        sending = asyncio.create_task(at.box.send_due())
        await at.bench.until(lambda: bool(hand.taken))
        hand.knobs.silences.append(Silence.TAKEN)
        await sending
        assert at.states() == ["unknown"]
        assert at.at.last("message.became_unknown").data["references"] == [1]
        at.bench.wire.inject(b"\r\n+CMGS: 2\r\n\r\nOK\r\n")
        await at.becomes("delivered")
        late = at.at.last("message.accepted_late").data
        assert (late["reference"], late["missing"]) == (2, 0)
        assert [sms.parts for sms in hand.inbox] == [2]
        await at.at.disk.ledger.rebuild()
        assert at.states() == ["delivered"]


async def test_a_message_whose_later_parts_never_left_stays_unknown(tmp_path: Path, stand: Any) -> None:
    async with post(tmp_path, stand) as at:
        at.bench.hand.knobs.accept_s = LATE_S
        await at.intend(LONGER)
        await at.box.send_due()
        await at.bench.until(lambda: "message.part.arrived" in at.at.kinds())
        assert at.at.last("message.accepted_late").data["missing"] == 2
        assert at.states() == ["unknown"]
        at.bench.hand.knobs.accept_s = 0.0
        await at.box.send_due()
        assert len(at.bench.hand.taken) == 1


async def test_of_two_messages_to_one_person_each_late_answer_is_the_right_ones(tmp_path: Path, stand: Any) -> None:
    async with post(tmp_path, stand) as at:
        at.attended.clear()
        for about in ("clock:1", "clock:2"):
            await at.intend(SHORT, about)
        at.bench.hand.knobs.accept_s = LATE_S
        await at.box.send_due()
        assert at.states() == ["unknown", "unknown"]
        at.attended.set()  # only now somebody hears of the first answer
        await at.becomes("delivered", "delivered")
        late = [entry.data for entry in at.at.disk.ledger.entries(kind="message.accepted_late")]
        assert [(one["id"][:7], one["reference"]) for one in late] == [("clock:1", 1), ("clock:2", 2)]


async def test_an_answer_to_nothing_that_is_owed_changes_nothing(tmp_path: Path, stand: Any) -> None:
    async with post(tmp_path, stand) as at:
        await at.intend(SHORT)
        await at.box.send_due()
        before = at.at.disk.ledger.head()
        await at.box.accepted_late("sms", contract.MessageAcceptedLate(7, -1))
        assert at.at.disk.ledger.head()[1] - before[1] <= 1  # the delivery report may have come meanwhile
        assert "message.accepted_late" not in at.at.kinds()


@pytest.mark.parametrize("silence", list(Silence))
async def test_without_any_answer_it_stays_unknown_and_is_not_sent_again(
    tmp_path: Path, stand: Any, silence: Silence
) -> None:
    async with post(tmp_path, stand) as at:
        at.bench.hand.knobs.silences.append(silence)
        await at.intend(SHORT)
        await at.box.send_due()
        await at.box.send_due()
        assert at.states() == ["unknown"]
        assert len(at.bench.hand.taken) == (silence is Silence.TAKEN)
