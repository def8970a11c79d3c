"""How many adverts one receiver takes off D-Bus: 100 bands, 10,000 adverts a second, each with its own counter.

Bus, stand-in for bluetoothd and the one who feeds it run in processes of their own; what is measured is the process
that runs the driver as the daemon does: bleak, recognition, tracks, reports. Lost is what did not count for any band.
"""

import asyncio
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

from bench.figure import told
from custodyd_drivers.wristband import FAMILY, Band, Settings
from custodyd_drivers.wristband.driver import Receiver
from custodyd_drivers.wristband.frames import adverts
from custodyd_simulators.wristband import TWIN, BluezWire

BANDS = 100
RATE = 10_000
SECONDS = 10.0
TICK_S = 0.01
GOAL = 0.25
COMPANY = 0xFFFF  # the model `wearable`


@dataclass(frozen=True, slots=True)
class Load:
    """What was fed in how long, what counted, what reached the daemon, and what it cost of one core."""

    seconds: float
    sent: int
    counted: int
    reports: int
    share: float

    @property
    def lost(self) -> int:
        return self.sent - self.counted

    @property
    def rate(self) -> float:
        return self.sent / self.seconds


def _order(band: int, count: int) -> bytes:
    data = band.to_bytes(3, "big") + (count & 0xFFFF).to_bytes(2, "big") + b"\x0f\x3c\x0e\x42\x00"
    raw = adverts.FLAGS + adverts.of_company(COMPANY, data)
    return f"advert C0:00:00:00:{band >> 8:02X}:{band & 0xFF:02X} -60 {raw.hex()}\n".encode()


def _feed(where: str, rate: int, seconds: float, pipe: Connection) -> None:
    standing = TWIN.stand(Settings(), Path(where))
    wire = cast("BluezWire", standing.wire)
    wire.start()
    pipe.send(wire.address)
    pipe.recv()
    sent, began = 0, time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        due = int(passed * rate) - sent
        wire.flood(b"".join(_order(number % BANDS, number // BANDS + 1) for number in range(sent, sent + due)))
        sent += due
        time.sleep(TICK_S)
    pipe.send((sent, time.monotonic() - began))
    pipe.recv()
    wire.close()


async def _hear(address: str, pipe: Connection, rate: int) -> Load:
    receiver = cast("Receiver", FAMILY.open(Settings(dbus_address=address)))
    await receiver.start()
    receiver.listen_for({f"band-{n}": Band(model="wearable", id=f"{n:06x}") for n in range(BANDS)}, {})
    reports = [0]
    reading = asyncio.create_task(_count(receiver, reports))
    spent = time.process_time()
    pipe.send("go")
    sent, seconds = await asyncio.to_thread(pipe.recv)
    await _settled(receiver, sent)  # what was still under way costs as well
    spent = time.process_time() - spent
    reading.cancel()
    counted = sum(receiver.taken.values())
    await receiver.close()
    return Load(seconds, sent, counted, reports[0], spent / seconds)


async def _count(receiver: Receiver, reports: list[int]) -> None:
    async for _ in receiver.reports():
        reports[0] += 1


async def _settled(receiver: Receiver, sent: int) -> None:
    until = time.monotonic() + 5
    while sum(receiver.taken.values()) < sent and time.monotonic() < until:  # noqa: ASYNC110 - counted, not told
        await asyncio.sleep(0.05)


def load(rate: int = RATE, seconds: float = SECONDS) -> Load:
    """Feed `rate` adverts a second for `seconds`."""
    where = tempfile.mkdtemp(prefix="ble")
    here, there = multiprocessing.Pipe()
    feeder = multiprocessing.get_context("spawn").Process(target=_feed, args=(where, rate, seconds, there))
    feeder.start()
    try:
        return asyncio.run(_hear(here.recv(), here, rate))
    finally:
        here.send("stop")
        feeder.join(10)
        shutil.rmtree(where, ignore_errors=True)


def rows() -> Iterable[str]:
    """The figures as Markdown table rows."""
    yield "| asked for | adverts/s | sent | lost | share of a core | goal: none lost, ≤ | | reports/s to the daemon |"
    yield "|---|---|---|---|---|---|---|---|"
    for rate in (1_000, RATE):
        one = load(rate)
        yield (
            f"| {rate:,} | {one.rate:,.0f} | {one.sent:,} | {one.lost} | {one.share:.1%} "
            f"| {GOAL:.0%} | {told(one.lost == 0 and one.share <= GOAL)} | {one.reports / one.seconds:.0f} |"
        )


def main() -> int:
    """Print the table."""
    for row in rows():
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
