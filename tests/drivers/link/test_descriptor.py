"""The descriptor under every serial device: whoever stops waiting stops, whatever arrives in that moment."""

import asyncio
import os
import tty

import pytest

from custodyd_drivers.link.serial import Port, SerialLink


@pytest.mark.parametrize("turns", range(5))  # of the loop between the arrival and the cancellation
async def test_a_reader_that_is_cancelled_as_something_arrives_is_cancelled_or_has_it(turns: int) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    link = SerialLink(Port(os.ttyname(slave)))
    await link.open()
    try:
        reading = asyncio.create_task(_endless(link))
        await asyncio.sleep(0.01)
        os.write(master, b"x")
        link._take()
        for _ in range(turns):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait({reading}, timeout=2)
        assert reading.cancelled()
    finally:
        await link.close()
        os.close(master)
        os.close(slave)


async def _endless(link: SerialLink) -> None:
    while True:
        await link.read(10)
