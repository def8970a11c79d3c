"""A message leaves when its intention is durable: no round is waited for, and nothing waits for a slow modem."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.test_faults import Gateway, made, message, state

from custodyd.model.entry import Cause, Entry
from custodyd.reminders import at_once
from custodyd.reminders.at_once import wake_at_once
from custodyd.reminders.outbox import Outbox
from custodyd.reminders.rounds import intend


@asynccontextmanager
async def running(box: Outbox) -> AsyncIterator[None]:
    task = asyncio.create_task(box.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def becomes(at: Room, gateway: Gateway, count: int, told: str) -> None:
    async with asyncio.timeout(10):
        while (gateway.sent, state(at)) != (count, told):  # noqa: ASYNC110 - a row of a table tells nobody
            await asyncio.sleep(0.01)


async def test_an_intended_message_wakes_the_outbox_and_nothing_else_does(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        woken: list[None] = []
        arrived = asyncio.Event()

        def wake() -> None:
            woken.append(None)
            arrived.set()

        task = asyncio.create_task(wake_at_once(wake, at.disk.ledger))
        await asyncio.sleep(0)
        await at.case()
        await at.disk.append(message(at))
        await asyncio.wait_for(arrived.wait(), 10)
        await at.disk.ledger.close()
        await asyncio.wait_for(task, 10)
        assert len(woken) == 1


async def test_a_woken_outbox_sends_what_is_due_once(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        box = await made(at, gateway)
        async with running(box):
            for _ in range(3):
                box.wake()
                await becomes(at, gateway, 1, "accepted")


async def test_what_is_intended_while_a_modem_is_slow_leaves_after_it(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        gateway.before.clear()
        box = await made(at, gateway)
        async with running(box):
            box.wake()
            await asyncio.wait_for(gateway.begun.wait(), 10)
            who = at.people["officer"]
            await at.disk.append(intend(who, "text", 1, "clock:2", "red", at.clock.civil(), "A1", None))
            box.wake()
            gateway.before.set()
            async with asyncio.timeout(10):
                while gateway.sent < 2:  # noqa: ASYNC110 - the gateway is a plain object
                    await asyncio.sleep(0.01)


async def test_an_outbox_goes_on_after_a_disk_that_refused(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        box = await made(at, gateway)
        async with running(box):
            at.disk.refuses = True
            box.wake()
            async with asyncio.timeout(10):
                while box._woken.is_set():  # noqa: ASYNC110 - set means not looked yet
                    await asyncio.sleep(0.01)
            assert (gateway.sent, state(at)) == (0, "intended")
            at.disk.refuses = False
            box.wake()
            await becomes(at, gateway, 1, "accepted")


async def test_a_record_that_could_not_be_read_is_followed_again(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]  # pytest's own
    monkeypatch.setattr(at_once, "ROUND_S", 0.01)
    async with room(tmp_path) as at:
        followed = asyncio.Event()

        class Unreadable:
            """Refuses once, then is the record."""

            def head(self) -> Cause:
                return at.disk.ledger.head()

            def follow(self, after: Cause) -> AsyncIterator[Entry]:
                if not followed.is_set():
                    followed.set()
                    raise at_once.RecordUnavailable("failing")
                return at.disk.ledger.follow(after)

        arrived = asyncio.Event()
        task = asyncio.create_task(wake_at_once(arrived.set, Unreadable()))
        await asyncio.wait_for(followed.wait(), 10)
        async with asyncio.timeout(10):
            while not arrived.is_set():
                await at.disk.append(message(at))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
