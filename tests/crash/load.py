"""What people do until the kill: hands that open compartments, clerks who register; it judges nothing."""

import asyncio
import contextlib
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from tests.crash.place import touch

from custodyd_simulators.running import Refused, Running

LOOK_S = 0.01
PATIENCE_S = 1.5  # then a hand gives up what it was doing
FORGIVEN = (Refused, TimeoutError, httpx.TimeoutException)


class Over(Exception):
    """The daemon answers no more."""


@dataclass(slots=True)
class Told:
    """What the daemon has answered in this life: place of the entry → key of the request."""

    entered: dict[tuple[str, int], str] = field(default_factory=dict[tuple[str, int], str])
    people: set[str] = field(default_factory=set[str])
    emergencies: Counter[str] = field(default_factory=Counter[str])  # how often one was asked for at each place
    dark: bool = False  # the life ended in a power cut


@dataclass(slots=True)
class Desk:
    """The counter where requests are made; every answer with an entry is noted."""

    running: Running
    told: Told
    gone: bool = False

    async def post(self, path: str, **body: Any) -> Any:
        """A verb under a fresh key; raises Refused, Over."""
        key = uuid.uuid4().hex
        try:
            answer = await self.running.api.post(path, json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError as exc:
            raise Over from exc
        if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            raise Refused("no answer in words")  # the log says why, and the judge reads it
        found = answer.json()
        if answer.is_error:
            raise Refused(found["rule"])
        entered = found if "seq" in found else found.get("entered")
        if entered:
            self.told.entered[str(entered["segment"]), int(entered["seq"])] = key
        return found

    async def get(self, path: str, **query: str) -> Any:
        """A GET; raises Refused, Over."""
        try:
            return await self.running.get(path, **query)
        except httpx.TransportError as exc:
            raise Over from exc

    async def until(self, holds: Callable[[], object], seconds: float = PATIENCE_S) -> None:
        """Look until something holds at the twins; raises TimeoutError, Over."""
        async with asyncio.timeout(seconds):
            while not holds():
                if self.gone:
                    raise Over
                await asyncio.sleep(LOOK_S)


@dataclass(slots=True)
class Hand:
    """One cabinet, one person after another: emergencies, reviews, deposits, withdrawals, returns, as chance has it."""

    desk: Desk
    cabinet: str
    people: dict[str, str]
    chance: random.Random
    codes: list[tuple[str, str]]  # (dossier, code of its label)

    async def work(self) -> None:
        """Until the daemon is gone."""
        acts = (self._armed, self._armed, self._at_once, self._review, self._carry, self._carry)
        with contextlib.suppress(Over):
            while True:
                with contextlib.suppress(*FORGIVEN):
                    await self.chance.choice(acts)()
                await self._shut_all()

    async def _armed(self) -> None:
        """An emergency is asked for, then the leader's finger opens."""
        number = self.chance.choice(self._numbers)
        before = self._pulses(number)
        self.desk.told.emergencies[f"{self.cabinet}/{number}"] += 1
        await self._post("emergency", compartment=number)
        touch(self.desk.running, self._reader, "leader")
        try:
            await self.desk.until(lambda: self._pulses(number) > before)
        finally:
            touch(self.desk.running, self._reader, None)
        await self._pulled(number)

    async def _at_once(self) -> None:
        """The leader stands there already when the emergency is asked for."""
        await self._greeted("leader")
        number = self.chance.choice(self._numbers)
        self.desk.told.emergencies[f"{self.cabinet}/{number}"] += 1
        await self._post("emergency", compartment=number)
        await self._pulled(number)

    async def _review(self) -> None:
        dossier, _ = self.chance.choice(self.codes)
        await self._greeted("legal")
        await self._post("choose", act="review", dossier=dossier)
        await self._pulled(None)
        await self._post("count", finding="passed")

    async def _carry(self) -> None:
        """The officer scans a label: what it means depends on where the dossier is."""
        _, code = self.chance.choice(self.codes)
        await self._greeted("officer")
        scanner = f"scanner-{self.cabinet}"
        with self.desk.running.station.wires[scanner].lock:
            self.desk.running.station.window(scanner).scan(code)
        screen = await self._screen(lambda found: found["ask"] not in ("code", "finger"))
        if screen["ask"] == "terms":
            due = datetime.now().astimezone() + timedelta(days=20)
            await self._post("terms", purpose="copying", due=due.isoformat())
        await self._pulled(None)
        await self._post("count", pages=self.chance.randrange(200))

    # --- motions -----------------------------------------------------------------------------------------------

    @property
    def _reader(self) -> str:
        return f"reader-{self.cabinet}"

    @property
    def _numbers(self) -> list[int]:
        return list(self.desk.running.station.settings.cabinets[self.cabinet].compartments)

    def _pulses(self, number: int) -> int:
        bank, door = self.desk.running.station.door(f"{self.cabinet}/{number}")
        return bank.pulses.get(door, 0)

    def _post(self, verb: str, **body: Any) -> Awaitable[Any]:
        return self.desk.post(f"/v1/cabinets/{self.cabinet}/{verb}", **body)

    async def _screen(self, holds: Callable[[Any], object]) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            while not holds(screen := await self.desk.get(f"/v1/cabinets/{self.cabinet}/screen")):  # noqa: ASYNC110 - another process
                await asyncio.sleep(2 * LOOK_S)
        return screen

    async def _greeted(self, name: str) -> None:
        touch(self.desk.running, self._reader, name)
        try:
            await self._screen(lambda found: found.get("person") == self.people[name])
        finally:
            touch(self.desk.running, self._reader, None)

    async def _pulled(self, number: int | None) -> None:
        """Wait until the lock springs a door of this cabinet open, and shut it once its bolt is free."""
        await self.desk.until(lambda: self._open(number), 0.6)
        await self._shut_all()

    def _open(self, number: int | None) -> list[int]:
        return [one for one in self._numbers if number in (None, one) and self._stands_open(one)]

    def _stands_open(self, number: int) -> bool:
        bank, door = self.desk.running.station.door(f"{self.cabinet}/{number}")
        return door in bank.standing_open

    async def _shut_all(self) -> None:
        while found := self._open(None):
            await asyncio.sleep(0.05)  # the daemon may look at it, the pulse ends
            for number in found:
                bank, door = self.desk.running.station.door(f"{self.cabinet}/{number}")
                bank.shut(door)
            await asyncio.sleep(LOOK_S)


@dataclass(slots=True)
class Clerk:
    """Registers people, cases and dossiers, and explains what stands open."""

    desk: Desk
    people: dict[str, str]
    chance: random.Random
    codes: list[tuple[str, str]]
    pause_s: float = 0.01

    async def work(self) -> None:
        """Until the daemon is gone."""
        acts = (self._dossiers, self._dossiers, self._person, self._explain)
        with contextlib.suppress(Over):
            while True:
                with contextlib.suppress(*FORGIVEN):
                    await self.chance.choice(acts)()
                await asyncio.sleep(self.chance.uniform(0, 2 * self.pause_s))

    async def case(self) -> str:
        """A new case of the officer's."""
        case = f"A{uuid.uuid4().hex[:12].upper()}"
        await self.desk.post("/v1/cases", code=case, officers=[{"person": self.people["officer"], "part": "lead"}])
        return case

    async def dossier(self, case: str) -> None:
        """A new dossier, whose label is printed."""
        made = await self.desk.post("/v1/dossiers", case=case)
        label = (await self.desk.get(f"/v1/dossiers/{made['id']}/label"))["items"][0]
        self.codes.append((made["id"], label["code"]))

    async def _dossiers(self) -> None:
        case = await self.case()
        for _ in range(self.chance.randrange(6)):
            await self.desk.post("/v1/dossiers", case=case)

    async def _person(self) -> None:
        made = await self.desk.post("/v1/people", name="模拟来人", roles=["guard"], phone="")
        self.desk.told.people.add(made["id"])

    async def _explain(self) -> None:
        """Close some incidents: where a motion was cut short, somebody says where the dossier is."""
        for incident in (await self.desk.get("/v1/incidents"))["items"][:5]:
            cut = incident["kind"] == "dossier.motion.interrupted"
            where = {"outcome": self.chance.choice(["stored", "out"])} if cut else {}
            name = incident["incident"]
            with contextlib.suppress(Refused):
                await self.desk.post(
                    f"/v1/incidents/{name}/explain", reason="压力测试", named=self.people["leader"], **where
                )
