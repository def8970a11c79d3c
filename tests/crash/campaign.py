"""Kills of the real daemon at random instants, while hands deposit dossiers and clients register them.

The twins live in this process and outlive every daemon, so that the coils can tell how often they were pulsed.
"""

import asyncio
import contextlib
import random
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from custodyd.ledger.canonical import decode
from custodyd.ledger.note import Signer
from custodyd.ledger.segments import Trust
from custodyd.ledger.verify import verify_database
from custodyd_simulators.minute import CABINET, READER, SCANNER, Minute
from custodyd_simulators.running import Refused, Running, simulation, start_daemon, stop
from custodyd_simulators.verbs import act

GRANTS = ("dossier.deposit.granted", "dossier.withdrawal.granted", "dossier.return.granted", "dossier.review.granted")
REPOSITORY = Path(__file__).parents[2]
LONGEST_S = 2.4  # after the daemon sees its devices, until it is killed


@dataclass(slots=True)
class Summary:
    """What a campaign saw."""

    seed: int
    kills: int = 0
    acknowledged: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    lost: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    pulses: int = 0
    grants: int = 0
    unwritten: int = 0  # pulses without their durable grant
    findings: int = 0
    different: int = 0  # projections that are not what the entries say
    quarantined: bool = False
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.kills} kills in {self.seconds:.0f} s, {len(self.acknowledged)} acknowledged, "
            f"{len(self.lost)} lost; {self.pulses} pulses, {self.unwritten} without their entry; "
            f"{self.findings} findings, {self.different} projections differ, quarantined: {self.quarantined}"
        )

    @property
    def good(self) -> bool:
        """Whether every promise held."""
        return not (self.lost or self.unwritten or self.findings or self.different or self.quarantined)


async def campaign(kills: int, seed: int) -> Summary:
    """Kill `kills` times; everything random comes from `seed`."""
    state = Path(tempfile.mkdtemp(prefix="crash"))
    began = time.monotonic()
    summary = Summary(seed)
    try:
        async with simulation(REPOSITORY / "devices.toml", state) as running:
            await running.ready()
            await _Campaign(running, random.Random(seed), summary).run(kills)
    finally:
        shutil.rmtree(state, ignore_errors=True)
    summary.seconds = time.monotonic() - began
    return summary


class _Campaign:
    def __init__(self, running: Running, chance: random.Random, summary: Summary) -> None:
        self.running = running
        self.chance = chance
        self.summary = summary
        self.minute = Minute(running, lambda zh, en: None)

    async def run(self, kills: int) -> None:
        await self.minute.enrol()
        officer = {"person": self.minute.people["officer"], "part": "lead"}
        await self.running.post("/v1/cases", code="A1", officers=[officer])
        for _ in range(kills):
            await self._life()
            self.summary.kills += 1
        await self._reckon()

    async def _life(self) -> None:
        """Load until the kill; then the same state under a new daemon."""
        load = [asyncio.create_task(self._registrar()) for _ in range(4)]
        load.append(asyncio.create_task(self._officer()))
        await asyncio.sleep(self.chance.uniform(0.02, LONGEST_S))
        self.running.process.kill()
        await self.running.process.wait()
        for task in load:
            task.cancel()
        await asyncio.gather(*load, return_exceptions=True)
        await self._restart()

    async def _restart(self) -> None:
        state = self.running.state
        arguments = REPOSITORY / "devices.toml", state / "overlay.toml", state, state / "daemon.log"
        self.running.process = await start_daemon(*arguments)
        await self.running.ready()

    async def _registrar(self) -> None:
        with contextlib.suppress(httpx.TransportError):
            while True:
                self._noted(await self.running.post("/v1/dossiers", case="A1"))

    async def _officer(self) -> None:
        with contextlib.suppress(httpx.TransportError, Refused):
            while True:
                await self._deposit()

    async def _deposit(self) -> None:
        made = await self.running.post("/v1/dossiers", case="A1")
        code = (await self.running.get(f"/v1/dossiers/{made['id']}/label"))["items"][0]["code"]
        await self._hand("finger", READER, "officer", "0.45")
        await self._hand("scan", SCANNER, code)
        await asyncio.sleep(0.5)
        with contextlib.suppress(Refused):
            answer = await self.running.post(f"/v1/cabinets/{CABINET}/count", pages=self.chance.randrange(200))
            self._noted(answer.get("entered"))
        await self._shut_all()

    async def _shut_all(self) -> None:
        for number in self.running.station.settings.cabinets[CABINET].compartments:
            await self._hand("door", f"{CABINET}/{number}", "shut")

    async def _hand(self, verb: str, *words: str) -> object:
        return await asyncio.to_thread(act, self.running.station, verb, list(words))

    def _noted(self, entered: dict[str, object] | None) -> None:
        if entered:
            self.summary.acknowledged.add((str(entered["segment"]), int(str(entered["seq"]))))

    # --- the reckoning -----------------------------------------------------------------------------------------

    async def _reckon(self) -> None:
        await self.running.ready()
        self.summary.quarantined = (await self.running.get("/v1/status"))["quarantined"]
        rows = (await self.running.post("/v1/record/rebuild"))["items"]
        self.summary.different = sum(row["kept"] != row["rebuilt"] for row in rows)
        await stop(self.running.process)
        await asyncio.to_thread(self._judge)

    def _judge(self) -> None:
        state, station = self.running.state, self.running.station.settings.station
        origin = f"sim.custodyd/{station.bureau}/{station.code}/1"
        trust = Trust([Signer(origin, (state / "credentials" / "sign").read_bytes()).vkey])
        verdict = verify_database(state / "record" / "record.db", trust)
        self.summary.findings = len(verdict.findings) + (not verdict.ok)
        entries = _entries(state / "record" / "record.db")
        self.summary.lost = self.summary.acknowledged - entries.keys()
        grants = Counter(place for kind, place in entries.values() if kind in GRANTS)
        self.summary.grants = grants.total()
        for cabinet in self.running.station.settings.cabinets.values():
            for number in cabinet.compartments:
                felt = int(act(self.running.station, "pulses", [cabinet.place(number)]))
                self.summary.pulses += felt
                self.summary.unwritten += max(0, felt - grants[cabinet.place(number)])


def _entries(path: Path) -> dict[tuple[str, int], tuple[str, str]]:

    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    sql = "SELECT segment, seq, bytes FROM entry JOIN segment USING (number)"
    found = {(segment, seq): decode(data) for segment, seq, data in connection.execute(sql)}
    connection.close()
    return {at: (entry.kind, entry.place or "") for at, entry in found.items()}
