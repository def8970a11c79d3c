"""Kills of the real daemon under load, at random instants and at random changes of its files.

The twins live in this process and outlive every daemon, so that the coils can tell how often they were pulsed. All
that is random comes from the seed; what a hand does in which millisecond is the machine's own.
"""

import asyncio
import contextlib
import random
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from tests.crash.judge import Counts, Judge
from tests.crash.load import Clerk, Desk, Hand, Told
from tests.crash.place import CABINETS, settle, write_devices
from tests.faultfs import FaultFs

from custodyd_simulators.running import Running, simulation, start_daemon

LIVES = 200  # of one station: a record that grows for ever would make each start slower
LONGEST_S = 1.6  # from the daemon's first answer to the kill
CHANGES = 4000  # of files in one life, at most
DOSSIERS = 24
ENDS_S = 10.0


async def campaign(kills: int, seed: int) -> Counts:
    """Kill `kills` times; everything random comes from `seed`."""
    chance = random.Random(seed)
    counts = Counts(seed)
    began = time.monotonic()
    while counts.kills < kills:
        async with lived_in(counts, Crash) as crash:
            for _ in range(min(LIVES, kills - counts.kills)):
                await crash.life(chance)
            await crash.reckon()
        if counts.kills < kills:
            print(counts, flush=True)
        counts.seconds = time.monotonic() - began
    return counts


@asynccontextmanager
async def lived_in(counts: Counts, kind: "type[C]") -> AsyncGenerator["C"]:
    """A station with its people, its daemon stopped in good order."""
    state = Path(tempfile.mkdtemp(prefix="crash", dir="/tmp"))
    try:
        config = write_devices(state)
        async with simulation(config, state) as running:
            await running.ready()
            crash = kind(running, config, counts)
            await crash.begin()
            yield crash
    finally:
        if counts.good:
            shutil.rmtree(state, ignore_errors=True)


C = TypeVar("C", bound="Crash")


class Crash:
    """One station that is killed again and again."""

    root = "."  # of the files that are watched, in the station's folder

    def __init__(self, running: Running, config: Path, counts: Counts) -> None:
        self.running = running
        self.config = config
        self.counts = counts
        self.judge = Judge(running, counts)
        self.shim = FaultFs(running.state / "wires", running.state / self.root)
        self.people: dict[str, str] = {}
        self.codes: list[tuple[str, str]] = []
        self.told = Told()

    async def begin(self) -> None:
        """People, fingers and some dossiers."""
        self.people = await settle(self.running)
        clerk = Clerk(Desk(self.running, self.told), self.people, random.Random(0), self.codes)
        case = await clerk.case()
        for _ in range(DOSSIERS):
            await clerk.dossier(case)
        await self.end()

    async def life(self, chance: random.Random) -> None:
        """From a start to a kill, which may come before the daemon answers."""
        await self.start()
        if chance.random() < 0.1:
            await asyncio.sleep(chance.uniform(0, 0.4))
        else:
            await self.awake()
            await self.busy(chance)
        await self.kill()
        self.counts.kills += 1

    async def awake(self) -> None:
        """Wait until the daemon answers; before anybody opens anything, what the lives before left is judged."""
        await self.running.ready(devices=False)
        told, self.told = self.told, Told()
        await asyncio.to_thread(self.judge.life, told)

    async def start(self, *, logged: bool = False) -> None:
        """The daemon anew on the same state, on a calm disk; `logged` = its changes are kept for a power cut."""
        self.shim.knobs.calm()
        state = self.running.state
        arguments = self.config, state / "overlay.toml", state, state / "daemon.log"
        extra = {**self.shim.environ(logged=logged), "PYTHONFAULTHANDLER": "1"}
        self.running.process = await start_daemon(*arguments, extra=extra)

    async def end(self) -> None:
        """SIGTERM; a daemon that does not end tells in its log where it stands."""
        process = self.running.process
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(ENDS_S):
                await process.wait()
        except TimeoutError:
            process.send_signal(signal.SIGABRT)
            self.counts.findings.append(f"{self.judge.name}: the daemon did not end")
            await process.wait()

    async def kill(self) -> None:
        """SIGKILL, if it has not come already."""
        with contextlib.suppress(ProcessLookupError):
            self.running.process.kill()
        await self.running.process.wait()

    async def busy(self, chance: random.Random) -> None:
        """A loaded life up to a kill at a random moment, or at a random change of the files."""
        if chance.random() < 0.5:
            await self.loaded(chance, self.during(chance.uniform(0.02, LONGEST_S)))
            return
        knobs = self.shim.knobs
        knobs.kill_late = chance.randrange(2)
        knobs.kill_at = knobs.calls + chance.randrange(1, CHANGES)
        await self.loaded(chance, self.during(LONGEST_S))

    async def loaded(self, chance: random.Random, meanwhile: Awaitable[None]) -> None:
        """Everybody at work until `meanwhile` is over; then the daemon is gone."""
        desk = Desk(self.running, self.told)
        hands = [Hand(desk, name, self.people, random.Random(chance.random()), self.codes) for name in CABINETS]
        clerks = [Clerk(desk, self.people, random.Random(chance.random()), self.codes) for _ in range(2)]
        work = [asyncio.create_task(one.work()) for one in (*hands, *clerks)]
        try:
            await meanwhile
        finally:
            await self.kill()
            desk.gone = True  # nobody is cancelled: each sees that the daemon answers no more
            await asyncio.gather(*work)

    async def during(self, seconds: float) -> None:
        """Wait so long, or until the daemon is gone."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.running.process.wait()

    async def reckon(self) -> None:
        """The next start, a rebuild, an ordered end, and the judgement."""
        await self.start()
        await self.awake()
        status = await self.running.get("/v1/status")
        rows = (await self.running.post("/v1/record/rebuild"))["items"]
        self.counts.findings += [f"{row} differs" for row in rows if row["kept"] != row["rebuilt"]]
        self.counts.findings += ["quarantined"] if status["quarantined"] else []
        await self.end()
        await asyncio.to_thread(self.judge.end)
