"""Kills of the real daemon under load, at random instants and at random changes of its files.

The twins live in this process and outlive every daemon, so that the coils can tell how often they were pulsed. All
that is random comes from the seed; what a hand does in which millisecond is the machine's own.
"""

import asyncio
import contextlib
import random
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.crash.judge import Counts, Judge
from tests.crash.load import Clerk, Desk, Hand, Told
from tests.crash.place import CABINETS, settle, write_devices
from tests.faultfs import FaultFs

from custodyd_simulators.running import Running, simulation, start_daemon, stop

LIVES = 200  # of one station: a record that grows for ever would make each start slower
LONGEST_S = 1.6  # from the daemon's first answer to the kill
CHANGES = 4000  # of files in one life, at most
DOSSIERS = 24


async def campaign(kills: int, seed: int) -> Counts:
    """Kill `kills` times; everything random comes from `seed`."""
    chance = random.Random(seed)
    counts = Counts(seed)
    began = time.monotonic()
    while counts.kills < kills:
        async with lived_in(counts) as crash:
            for _ in range(min(LIVES, kills - counts.kills)):
                await crash.life(chance)
            await crash.reckon()
        if counts.kills < kills:
            print(counts, flush=True)
        counts.seconds = time.monotonic() - began
    return counts


@asynccontextmanager
async def lived_in(counts: Counts) -> AsyncGenerator["Crash"]:
    """A station with its people, its daemon stopped in good order."""
    state = Path(tempfile.mkdtemp(prefix="crash", dir="/tmp"))
    try:
        config = write_devices(state)
        async with simulation(config, state) as running:
            await running.ready()
            crash = Crash(running, config, counts)
            await crash.begin()
            yield crash
    finally:
        if counts.good:
            shutil.rmtree(state, ignore_errors=True)


class Crash:
    """One station that is killed again and again."""

    def __init__(self, running: Running, config: Path, counts: Counts) -> None:
        self.running = running
        self.config = config
        self.counts = counts
        self.judge = Judge(running, counts)
        self.shim = FaultFs(running.state / "wires", running.state)
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
        await stop(self.running.process)

    async def life(self, chance: random.Random) -> None:
        """From a start to a kill, which may come before the daemon answers."""
        await self.start()
        if chance.random() < 0.1:
            await asyncio.sleep(chance.uniform(0, 0.4))
        else:
            await self.awake()
            await self._busy(chance)
        await self.kill()
        self.counts.kills += 1

    async def awake(self) -> None:
        """Wait until the daemon answers; before anybody opens anything, what the lives before left is judged."""
        await self.running.ready(devices=False)
        told, self.told = self.told, Told()
        await asyncio.to_thread(self.judge.life, told)

    async def start(self) -> None:
        """The daemon anew on the same state."""
        self.shim.knobs.calm()
        state = self.running.state
        arguments = self.config, state / "overlay.toml", state, state / "daemon.log"
        self.running.process = await start_daemon(*arguments, extra=self.shim.environ())

    async def kill(self) -> None:
        """SIGKILL, if it has not come already."""
        with contextlib.suppress(ProcessLookupError):
            self.running.process.kill()
        await self.running.process.wait()

    async def _busy(self, chance: random.Random) -> None:
        if chance.random() < 0.5:
            await self.loaded(chance, chance.uniform(0.02, LONGEST_S))
            return
        knobs = self.shim.knobs
        knobs.kill_late = chance.randrange(2)
        knobs.kill_at = knobs.calls + chance.randrange(1, CHANGES)
        await self.loaded(chance, LONGEST_S)

    async def loaded(self, chance: random.Random, seconds: float) -> None:
        """Everybody at work for so long, or until the daemon is gone; then it is."""
        desk = Desk(self.running, self.told)
        hands = [Hand(desk, name, self.people, random.Random(chance.random()), self.codes) for name in CABINETS]
        clerks = [Clerk(desk, self.people, random.Random(chance.random()), self.codes) for _ in range(2)]
        work = [asyncio.create_task(one.work()) for one in (*hands, *clerks)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.running.process.wait()
        await self.kill()
        desk.gone = True  # nobody is cancelled: each sees that the daemon answers no more
        await asyncio.gather(*work)

    async def reckon(self) -> None:
        """The next start, a rebuild, an ordered end, and the judgement."""
        await self.start()
        await self.awake()
        status = await self.running.get("/v1/status")
        rows = (await self.running.post("/v1/record/rebuild"))["items"]
        self.counts.findings += [f"{row} differs" for row in rows if row["kept"] != row["rebuilt"]]
        self.counts.findings += ["quarantined"] if status["quarantined"] else []
        await stop(self.running.process)
        await asyncio.to_thread(self.judge.end)
