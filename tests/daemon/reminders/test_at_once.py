"""A message leaves when its intention is durable: no round is waited for, none is held for it."""

import asyncio
from pathlib import Path

from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.test_faults import Gateway, made, message, state

from custodyd.reminders.at_once import send_at_once


async def sent(at: Room, gateway: Gateway, count: int) -> None:
    async with asyncio.timeout(10):
        while gateway.sent < count:  # noqa: ASYNC110 - the gateway is a plain object
            await asyncio.sleep(0.01)


async def test_an_intended_message_wakes_the_outbox(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        box = await made(at, gateway)
        task = asyncio.create_task(send_at_once(box, at.disk.ledger))
        await asyncio.sleep(0)
        await at.case()  # entries that intend no message wake nobody
        assert gateway.sent == 0
        await at.disk.append(message(at))
        await sent(at, gateway, 1)
        await at.disk.ledger.close()
        await asyncio.wait_for(task, 10)


async def test_the_station_goes_on_while_a_disk_refuses_the_hand_over(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        gateway = Gateway(at.disk)
        box = await made(at, gateway)
        task = asyncio.create_task(send_at_once(box, at.disk.ledger))
        await asyncio.sleep(0)
        at.disk.refuses = True
        await at.disk.ledger.append(message(at))
        done, _ = await asyncio.wait({task}, timeout=0.2)  # it waits, without an error and without a message
        assert not done
        assert gateway.sent == 0
        assert state(at) == "intended"
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
