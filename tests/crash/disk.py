"""Disks that fail, fill, lose what was not flushed, or lie about it, under a loaded daemon, at random instants.

An honest disk keeps what it flushed: then nothing acknowledged may be missing, whatever else fails. One that lies may
lose the end of the record; that must be said by a quarantine, or found by whoever holds an earlier checkpoint.
"""

import asyncio
import contextlib
import errno
import random
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.crash.campaign import Crash, lived_in
from tests.crash.judge import Counts, Judge, entries_of
from tests.crash.load import Told
from tests.faultfs import EVERY_CHANGE, FLUSHES, NAMES, READS, SIZES, WRITES, Knobs
from tests.faultfs.powercut import Disk

from custodyd.ledger.lodging import Lodged
from custodyd.ledger.note import parse
from custodyd.model.entry import Entry
from custodyd.model.facts.record import SegmentOpened
from custodyd_simulators.running import Refused

LEFT_OUT = ("-shm", "/reserve", "/lock")  # what a start makes anew
RECOVERS_S = 35.0  # a broken record ends its run after twenty seconds, and the next start asks three times
ENDS = (0, 4)  # asked to, or refused in a sentence


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way in which a disk misbehaves: which calls fail how, or come short, or late."""

    name: str
    kinds: int = 0
    error: int = 0
    shorter: int = 0
    flush_us: int = 0

    def begin(self, knobs: Knobs, one_in: int) -> None:
        """From now on, one call in so many."""
        knobs.kinds, knobs.error, knobs.shorter = self.kinds, self.error, self.shorter
        knobs.chance, knobs.flush_us = one_in, self.flush_us


TROUBLES = (
    Trouble("writes fail", WRITES, errno.EIO),
    Trouble("flushes fail", FLUSHES, errno.EIO),
    Trouble("everything fails", EVERY_CHANGE | READS, errno.EIO),
    Trouble("reads fail", READS, errno.EIO),
    Trouble("names fail", NAMES, errno.EIO),
    Trouble("full", WRITES | SIZES | NAMES, errno.ENOSPC),
    Trouble("read-only", EVERY_CHANGE, errno.EROFS),
    Trouble("short writes", WRITES, 0, 1),
    Trouble("short, then full", WRITES, errno.ENOSPC, 1),
    Trouble("slow flushes", flush_us=5_000),
    Trouble("very slow flushes", flush_us=300_000),
)


@dataclass(slots=True)
class DiskCounts(Counts):
    """What a campaign saw, and which ways were taken."""

    cuts: int = 0
    troubles: int = 0
    recoveries: int = 0
    lies: int = 0
    quarantines: int = 0
    rewound: int = 0  # lying disks whose record lost its end and stayed in order
    faults: int = 0

    def __str__(self) -> str:
        return (
            f"{self.cuts} power cuts ({self.cut_off} emergencies known by their open door alone), "
            f"{self.troubles} troubles ({self.faults} failed calls, {self.recoveries} recoveries waited for), "
            f"{self.lies} lying disks ({self.quarantines} quarantined, {self.rewound} behind a checkpoint outside)\n"
            f"{Counts.__str__(self)}"
        )


async def disk_campaign(lives: int, seed: int) -> DiskCounts:
    """So many lives on misbehaving disks; everything random comes from `seed`."""
    chance = random.Random(seed)
    counts = DiskCounts(seed)
    began = time.monotonic()
    async with lived_in(counts, DiskCrash) as crash:
        for _ in range(lives):
            await crash.misbehaves(chance)
            counts.kills += 1
        await crash.reckon()
    counts.seconds = time.monotonic() - began
    return counts


class DiskCrash(Crash):
    """One station on a disk that misbehaves; after a lie it begins anew from what it was at first."""

    root = "record"
    counts: DiskCounts
    _unreadable = False  # some reads failed since the station began

    async def begin(self) -> None:
        """A settled station, of which a copy is kept."""
        await super().begin()
        await self.awake_and_stopped()
        await asyncio.to_thread(shutil.copytree, self.place, self._copy)

    async def awake_and_stopped(self) -> None:
        """A start and an end in good order, judged."""
        await self.start()
        await self.awake()
        await self.end()

    @property
    def place(self) -> Path:
        """The state directory."""
        return self.running.state / self.root

    @property
    def _copy(self) -> Path:
        return self.running.state / "copy"

    async def misbehaves(self, chance: random.Random) -> None:
        """One life: a power cut, a failing disk, or a lying one."""
        (kind,) = chance.choices((self.cut, self.trouble, self.lie), (5, 6, 1))
        await kind(chance)
        if self._quarantined:
            await self._put_aside()

    async def awake(self) -> None:
        """Wait until the daemon answers; a life is judged unless the record was put aside, which is judged apart."""
        await self.running.ready(devices=False)
        told, self.told = self.told, Told()
        if not self._quarantined:
            await asyncio.to_thread(self.judge.life, told)

    @property
    def _quarantined(self) -> bool:
        return any((self.place / "quarantine").glob("*"))

    async def _put_aside(self) -> None:
        """Only a disk that does not give what it holds may bring this about, and a segment must name it."""
        if not self._unreadable:
            self.counts.findings.append(f"{self.judge.name}: quarantined")
        self.counts.quarantines += 1
        await self.start()
        await self.running.ready(devices=False)
        await self.end()
        self._names_the_broken_one(await asyncio.to_thread(entries_of, self.judge.file))
        await self._anew()

    # --- the power goes ----------------------------------------------------------------------------------------

    async def cut(self, chance: random.Random) -> None:
        """An honest disk, and the power goes."""
        disk = await self._logged_start()
        if chance.random() < 0.1:
            await asyncio.sleep(chance.uniform(0, 0.5))
        else:
            await self.awake()
            await self.busy(chance)
        await self.kill()
        self.counts.befell = "power cut"
        await self._dark(disk, chance)

    async def _logged_start(self) -> Disk:
        disk = await asyncio.to_thread(Disk, self.place, LEFT_OUT)
        await self.start(logged=True)
        return disk

    async def _dark(self, disk: Disk, chance: random.Random) -> None:
        await asyncio.to_thread(disk.follow, self.shim.log)
        await asyncio.to_thread(disk.cut, chance)
        (self.running.state / "run" / "emergency").unlink(missing_ok=True)  # memory
        self.told.dark = True
        self.counts.cuts += 1

    # --- calls fail --------------------------------------------------------------------------------------------

    async def trouble(self, chance: random.Random) -> None:
        """Calls fail for a while; then the power goes, the process is killed, or the disk is well again."""
        trouble, one_in = chance.choice(TROUBLES), chance.choice((1, 1, 3, 20, 200))
        self.counts.troubles += 1
        self._unreadable = self._unreadable or bool(trouble.kinds & READS)
        before = self.shim.knobs.faults
        disk = await self._logged_start()
        befell = f"{trouble.name} 1 in {one_in}"
        if chance.random() < 0.15:
            self.counts.befell = f"{befell} from the start"
            trouble.begin(self.shim.knobs, one_in)
            await self._started()
        else:
            await self.awake()
            self.counts.befell = befell
            await self.loaded(chance, self._troubled(chance, trouble, one_in))
        await self.kill()
        self.counts.faults += self.shim.knobs.faults - before
        if chance.random() < 0.4:
            self.counts.befell += ", then a power cut"
            await self._dark(disk, chance)

    async def _started(self) -> None:
        """A start on a disk that fails: it works, or ends in a sentence."""
        with contextlib.suppress(Refused, TimeoutError):
            async with asyncio.timeout(4):
                await self.running.ready(devices=False)
                await asyncio.sleep(0.5)
        self._ended_well()

    async def _troubled(self, chance: random.Random, trouble: Trouble, one_in: int) -> None:
        await self.during(chance.uniform(0, 0.5))
        trouble.begin(self.shim.knobs, one_in)
        await self.during(chance.uniform(0.05, 1.5))
        if chance.random() < 0.5:
            self.shim.knobs.calm()
            await self._recovered(trouble)
            await self.end()
        self._ended_well()

    async def _recovered(self, trouble: Trouble) -> None:
        """The disk is well again: so is the record, within a bound, by itself."""
        try:
            async with asyncio.timeout(RECOVERS_S):
                while not await self._well():  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.05)
        except TimeoutError:
            self.counts.findings.append(f"{self.judge.name}: after '{trouble.name}' the record stayed shut")
            return
        self.counts.recoveries += 1

    async def _well(self) -> bool:
        if self.running.process.returncode is not None:
            return True  # judged by how it ended
        with contextlib.suppress(Refused, httpx.TransportError):
            await self.running.post(f"/v1/cabinets/{next(iter(self.running.station.settings.cabinets))}/leave")
            return bool((await self.running.get("/v1/status"))["storage"] == "ok")
        return False

    def _ended_well(self) -> None:
        ended = self.running.process.returncode
        if ended not in (None, *ENDS):
            self.counts.findings.append(f"{self.judge.name}: the daemon ended with {ended}")

    # --- flushes lie -------------------------------------------------------------------------------------------

    async def lie(self, chance: random.Random) -> None:
        """Flushes that do nothing, then the power goes: told, or found by what is held outside."""
        await self.reckon()
        self.counts.lies += 1
        disk = await self._logged_start()
        self.shim.knobs.lie = chance.randrange(2)
        await self.awake()
        held: list[Lodged] = []
        await self.loaded(chance, self._lied_to(chance, held))
        before = await asyncio.to_thread(entries_of, self.judge.file)
        await self._dark(disk, chance)
        await self._examined(before, held)
        await self._anew()

    async def _lied_to(self, chance: random.Random, held: list[Lodged]) -> None:
        await self.during(chance.uniform(0, 0.5))
        self.shim.knobs.lie = 1
        for _ in range(chance.randrange(1, 8)):
            await self.during(0.1)
            segments = (await self.running.get("/v1/segments"))["items"]
            note = parse(segments[-2]["note"])  # the last item is the key
            held.append(Lodged(segments[-2]["segment"], note.size, note.root))
        await self.during(chance.uniform(0, 0.3))

    async def _examined(self, before: Mapping[tuple[str, int], Entry], held: list[Lodged]) -> None:
        self.told, self.counts.befell = Told(), "a lie"
        await self.start()
        try:
            await self.running.ready(devices=False)
        except Refused as exc:
            self.counts.findings.append(f"{self.judge.name}: no start after a lying disk: {exc}")
            return
        status = await self.running.get("/v1/status")
        await self.end()
        self.judge.heard()
        after = await asyncio.to_thread(entries_of, self.judge.file)
        if status["quarantined"]:
            self.counts.quarantines += 1
            self._names_the_broken_one(after)
        else:
            self._continues(before, after)
        if any((lodged.segment, lodged.size - 1) not in after for lodged in held):
            self.counts.rewound += 1
        self._found_outside(before, after, held)

    def _names_the_broken_one(self, after: Mapping[tuple[str, int], Entry]) -> None:
        opened = [entry for entry in after.values() if entry.kind == SegmentOpened.kind and entry.data.get("broken")]
        if not opened:
            self.counts.findings.append(f"{self.judge.name}: a quarantine that no segment names")

    def _continues(self, before: Mapping[tuple[str, int], Entry], after: Mapping[tuple[str, int], Entry]) -> None:
        """What is left is what was there, up to one point; from there on it is the new run's."""
        runs = {entry.run for entry in before.values()}
        differs = [at for at, entry in after.items() if before.get(at) != entry]
        if any(after[at].run in runs for at in differs):
            self.counts.findings.append(f"{self.judge.name}: an old entry changed without a word")

    def _found_outside(
        self, before: Mapping[tuple[str, int], Entry], after: Mapping[tuple[str, int], Entry], held: list[Lodged]
    ) -> None:
        """Whoever holds a checkpoint finds that entries below it are gone."""
        for lodged in held:
            last = lodged.segment, lodged.size - 1
            gone = after.get(last) != before.get(last)
            findings = self.judge.verified([lodged])
            if gone and not findings:
                self.counts.findings.append(f"{self.judge.name}: {lodged.text()} is gone and nobody finds it")

    async def _anew(self) -> None:
        self._unreadable = False
        await asyncio.to_thread(shutil.rmtree, self.place)
        await asyncio.to_thread(shutil.copytree, self._copy, self.place)
        self.judge = Judge(self.running, self.counts)
        await asyncio.to_thread(self.judge.begin)
