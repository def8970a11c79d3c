"""Thousands of messages through the real outbox and a real driver to each gateway's twin, one in twenty in trouble.

The twin knows what reached a handset. Whatever went wrong, no message is there twice, one that the record calls
delivered is there, one that it calls failed is not, and none is left in between: the rest is `unknown`, and says so.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
from tests.daemon.desk.support import Room, room
from tests.daemon.reminders.networks import freely

from custodyd.reminders.outbox import Outbox
from custodyd.reminders.rounds import intend
from custodyd.settings import load
from custodyd_drivers import contract
from custodyd_drivers.errors import DeviceError
from custodyd_simulators import centre
from custodyd_simulators.gsm_modem import Silence as ModemSilence
from custodyd_simulators.kit import Bench, benches
from custodyd_simulators.kit.bench import Stand
from custodyd_simulators.kit.command import SAMPLE
from custodyd_simulators.kit.secrets import credentials

TROUBLE = 0.05
ANSWER_S = 0.3
SETTLES_S = 20.0
MOST_AWAITED = 40
"""Messages without their last word: a modem counts references to 255 and round, in minutes where here it is seconds."""
RETRY_S = 4000.0  # beyond the outbox's longest pause
TO = "+8613800138000"
REFUSALS = {"gsm_modem": (38, 1), "cmpp": (8, 13), "smpp": (0x58, 0x0B)}
"""The protocol's number for "later" and for "never"."""
FAULTS = ("refused for now", "refused for good", "answer lost", "message lost", "cut", "report doubled", "report late")


@dataclass
class Row:
    """One gateway: how its messages ended, what troubled them, and what must not be."""

    gateway: str
    states: Counter[str] = field(default_factory=Counter[str])
    faults: Counter[str] = field(default_factory=Counter[str])
    broken: list[str] = field(default_factory=list[str])
    seconds: float = 0.0

    def __str__(self) -> str:
        ends = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        troubles = ", ".join(f"{self.faults[fault]} {fault}" for fault in FAULTS)
        lines = [f"{self.gateway:<8} {self.states.total():>6} in {self.seconds:.0f} s: {ends}", f"         {troubles}"]
        return "\n".join([*lines, *(f"         ✗ {one}" for one in self.broken[:20])])


def gateways() -> list[Bench]:
    """Every gateway of the kit's bench, with so short a patience that lost answers cost no minutes."""
    found = [bench for bench in benches(load(SAMPLE)) if bench.family.capability == "SmsGateway"]
    return [replace(bench, settings=_hasty(bench.settings)) for bench in found]


def _hasty(settings: Any) -> Any:
    return msgspec.structs.replace(settings, submit_timeout_s=ANSWER_S, poll_s=5.0)


@dataclass
class Line:
    """A twin, the driver that is kept on it, and the outbox above."""

    at: Room
    stand: Stand
    box: Outbox
    live: list[tuple[str, Any]]  # the driver, while there is one
    hand: Any

    async def keep(self) -> None:
        """Driver after driver, as `watch` does; their reports go to the outbox as the station's do."""
        while True:
            driver: Any = self.stand.driver(None)
            try:
                await driver.start()
                self.live[:] = [("sms", driver)]
                async for report in driver.reports():
                    await self._told(report)
            except DeviceError:
                self.live.clear()
            finally:
                await driver.close()
            await asyncio.sleep(0.02)

    async def _told(self, report: contract.Report) -> None:
        if isinstance(report, contract.MessageDelivered):
            await self.box.reported("sms", report)
        elif isinstance(report, contract.MessageAcceptedLate):
            await self.box.accepted_late("sms", report)

    async def up(self) -> None:
        await until(lambda: bool(self.live))

    def awaited(self) -> int:
        """Accepted messages of which no last word came."""
        return len(self.at.disk.view.select("message", state="accepted"))

    def states(self) -> dict[str, str]:
        return {str(row["message"]): str(row["state"]) for row in self.at.disk.view.select("message")}


async def until(fact: Callable[[], bool], seconds: float = SETTLES_S) -> bool:
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.005)
    return True


@asynccontextmanager
async def line(bench: Bench, where: Path) -> AsyncIterator[Line]:
    async with room(where / "record") as at:
        stand = await asyncio.to_thread(bench.stand, where)
        live: list[tuple[str, Any]] = []
        found = Line(at, stand, Outbox(at.disk, at.clock, lambda: live, lambda _: TO, freely(at)), live, stand.hand)
        found.hand.knobs.deliver_s = 0.01
        keeping = asyncio.create_task(found.keep())
        try:
            yield found
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await asyncio.to_thread(stand.wire.close)


def arm(hand: Any, family: str, fault: str) -> None:
    """Turn the knob for the next hand-over."""
    knobs, modem = hand.knobs, family == "gsm_modem"
    silence = ModemSilence if modem else centre.Silence
    if fault.startswith("refused"):
        knobs.errors.append(REFUSALS[family][fault == "refused for good"])
    elif fault in ("answer lost", "message lost"):
        knobs.silences.append(silence.TAKEN if fault == "answer lost" else silence.LOST)
    elif fault == "report doubled" and not modem:
        knobs.doubled = 1
    elif fault in ("report late", "report doubled"):  # a modem's network tells a part's end once
        knobs.deliver_s = 0.4


async def send(found: Line, family: str, fault: str, chance: random.Random) -> None:
    """Hand over what is due, in trouble or not."""
    await found.up()
    arm(found.hand, family, fault)
    if fault == "cut":
        found.hand.knobs.accept_s = 0.2
        sending = asyncio.create_task(found.box.send_due())
        await asyncio.sleep(chance.uniform(0.0, 0.1))
        await asyncio.to_thread(found.stand.wire.unplug)
        await sending
        found.hand.knobs.accept_s = 0.0
        await asyncio.to_thread(found.stand.wire.plug)
        found.live.clear()
    else:
        await found.box.send_due()
    found.hand.knobs.deliver_s = 0.01


async def through(bench: Bench, where: Path, count: int, seed: int) -> Row:
    """`count` messages through one gateway."""
    chance, row, began = random.Random(f"{seed}/{bench.name}"), Row(bench.name), time.monotonic()
    with credentials([bench]):
        async with line(bench, where) as found:
            for number in range(count):
                fault = chance.choice(FAULTS) if chance.random() < TROUBLE else ""
                row.faults.update([fault] if fault else [])
                text = f"演习{number}号" + "案卷" * (40 if number % 20 == 7 else 0)
                who = found.at.people["officer"]
                draft = intend(who, text, 1, f"clock:{number}", "green", found.at.clock.civil(), None, None)
                await found.at.disk.append(draft)
                await until(lambda: found.awaited() <= MOST_AWAITED)
                await send(found, bench.family.name, fault, chance)
            await _settle(found)
            row.states.update(found.states().values())
            row.broken += _broken(found, count)
    row.seconds = time.monotonic() - began
    return row


async def _settle(found: Line) -> None:
    """Let every pause of the outbox pass, and every report come."""
    for _ in range(6):
        found.at.clock.pass_time(RETRY_S)
        await found.up()
        while await found.box.send_due():
            await found.up()
    await until(lambda: "accepted" not in found.states().values())


def _broken(found: Line, count: int) -> list[str]:
    arrived = Counter(sms.text.partition("号")[0].removeprefix("演习") for sms in found.hand.inbox)
    states = {name.split(":")[1]: state for name, state in found.states().items()}
    broken = [f"message {number} arrived {times} times" for number, times in arrived.items() if times > 1]
    if len(states) != count:
        broken.append(f"{count} were intended, {len(states)} are in the record")
    for number, state in states.items():
        there = arrived[number]
        if state not in ("delivered", "failed", "unknown"):
            broken.append(f"message {number} ended as {state}")
        elif state != "unknown" and there != (state == "delivered"):
            broken.append(f"message {number} is {state}, and {there} arrived")
    return broken
