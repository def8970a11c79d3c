"""The real daemon through a quarter: cases come in by the hour, civil time jumps from level to level, SIGKILL falls.

Everything random comes from the seed; in which millisecond a kill meets which write is the machine's own.
"""

import asyncio
import random
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tests.crash.place import write_devices
from tests.quarter.judge import Found, entries, judged

from custodyd.clock import from_rfc3339, rfc3339
from custodyd_simulators.running import Refused, Running, simulation, start_daemon

HOUR_US = 3_600_000_000
SITES = 31
LIMITS = (
    "crim-summons-12h",
    "admin-inquiry-8h",
    "detention-to-jail-24h",
    "criminal-filing-review-3d",
    "arrest-request-7d",
)
SEEN_S = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, how much, how often it is killed."""

    days: int
    clocks: int
    kills: int
    seed: int


@dataclass(slots=True)
class Quarter:
    """One station under way. `now` = the civil time that it was told last (microseconds)."""

    plan: Plan
    running: Running
    config: Path
    chance: random.Random
    now: int = 0
    officer: str = ""
    started: list[str] = field(default_factory=list[str])
    down: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    refused: int = 0

    async def run(self) -> Found:
        """Hour after hour; then everything is judged."""
        await self._begin()
        hours = self.plan.days * 24
        fatal = set(self.chance.sample(range(1, hours), min(self.plan.kills, hours - 1)))
        owed = 0.0
        for hour in range(hours):
            owed += self.plan.clocks / hours
            while owed >= 1:
                await self._accept()
                owed -= 1
            await self._to(self.now + HOUR_US, kill=hour in fatal)
        await self._jump(self.now + 1000)
        await self._quiet()
        until = self.now
        states = await self._states()
        await self._stop()
        found = judged(entries(self.running.state / "record" / "record.db"), self.down, until)
        found.states.update(states)
        return found

    async def _begin(self) -> None:
        self.now = from_rfc3339((await self.running.civil())["now"])
        made = await self.running.post("/v1/people", name="模拟民警", roles=["case-officer"], phone="13800138000")
        self.officer = made["id"]
        for site in range(SITES):
            officers = [{"person": self.officer, "part": "lead"}]
            await self.running.post("/v1/cases", code=f"S{site:02}", officers=officers)

    async def _accept(self) -> None:
        """A clock of some case of some site, from some minutes ago; some clocks are met in time."""
        start = datetime.fromisoformat(rfc3339(self.now)) - timedelta(minutes=self.chance.randrange(1, 30))
        body = {"start": start.replace(second=0, microsecond=0).isoformat(), "asserted": "gate", "document": "M1"}
        case, limit = f"S{self.chance.randrange(SITES):02}", self.chance.choice(LIMITS)
        try:
            self.started.append((await self.running.post("/v1/clocks", case=case, limit=limit, **body))["id"])
        except Refused:  # the same limit from the same minute runs already
            self.refused += 1
        if self.started and self.chance.random() < 0.5:
            clock = self.started.pop(self.chance.randrange(len(self.started)))
            await self.running.post(f"/v1/clocks/{clock}/end", met=True)

    async def _to(self, target: int, *, kill: bool) -> None:
        """From level to level up to `target`; where `kill`, the daemon dies at some write on the way."""
        while self.now < target:
            due = (await self.running.civil())["next_due"]
            moment = min(target, max(from_rfc3339(due), self.now + 1000) if due else target)
            if kill and (moment >= target or self.chance.random() < 0.3):
                await self._killed(moment)
                kill = False
            else:
                await self._jump(moment)
            await self._quiet()

    async def _jump(self, moment: int) -> None:
        await self.running.civil(rfc3339(moment))
        self.now = moment

    async def _quiet(self) -> None:
        """Until every level that is due was entered."""
        async with asyncio.timeout(SEEN_S):
            while True:
                found = await self.running.civil()
                if found["next_due"] is None or from_rfc3339(found["next_due"]) > self.now:
                    return
                await asyncio.sleep(0.005)

    async def _killed(self, moment: int) -> None:
        """The jump, and the kill some milliseconds after; nobody runs for some civil time; then it starts anew."""
        began = self.now
        await self._jump(moment)
        await asyncio.sleep(self.chance.uniform(0, 0.02))
        self.running.process.kill()
        await self.running.process.wait()
        self.now += self.chance.randrange(1, 4 * 60) * 60_000_000
        state = self.running.state
        self.running.process = await start_daemon(self.config, state / "overlay.toml", state, state / "daemon.log")
        await self.running.ready(devices=False)
        await self._jump(self.now)
        self.down.append((began, from_rfc3339((await self.running.civil())["now"])))

    async def _states(self) -> list[str]:
        found: list[str] = []
        query: dict[str, str] = {}
        while True:
            page = await self.running.get("/v1/messages", **query)
            found += [str(item["state"]) for item in page["items"]]
            if "next" not in page:
                return found
            query = {"cursor": page["next"]}

    async def _stop(self) -> None:
        self.running.process.terminate()
        await self.running.process.wait()


@asynccontextmanager
async def stationed(plan: Plan) -> AsyncGenerator[Quarter]:
    """A station with its modem, everything in a folder that is gone afterwards."""
    state = Path(tempfile.mkdtemp(prefix="qr", dir="/tmp"))
    try:
        config = write_devices(state, ("east",))
        async with simulation(config, state) as running:
            await running.ready()
            yield Quarter(plan, running, config, random.Random(plan.seed))
    finally:
        shutil.rmtree(state, ignore_errors=True)


async def quarter(plan: Plan) -> tuple[Found, str]:
    """What was found, and a table of it."""
    begun = time.monotonic()
    async with stationed(plan) as made:
        found = await made.run()
    states = ", ".join(f"{state} {count:,}" for state, count in sorted(found.states.items()))
    rows = (
        ("seed", str(plan.seed)),
        ("civil days", f"{plan.days}"),
        ("real seconds", f"{time.monotonic() - begun:.0f}"),
        ("kills", f"{len(made.down)}"),
        ("clocks", f"{found.clocks:,}"),
        ("levels reached", f"{found.levels:,}"),
        ("… marked late, after a kill", f"{found.late:,}"),
        ("… latest otherwise", f"{found.worst_s:.2f} s"),
        ("messages", f"{found.intended:,}: {states}"),
        *(
            (name, str(len(each)))
            for name, each in (("early", found.early), ("twice", found.twice), ("lost", found.lost))
        ),
        ("later than a round", str(len(found.tardy))),
    )
    return found, "\n".join(f"{name:<28} {value}" for name, value in rows)
