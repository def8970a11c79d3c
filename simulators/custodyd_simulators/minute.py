"""The scripted minute: people, a case, and a dossier that is deposited, reviewed, taken, overdue, told of, returned."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from custodyd_simulators.running import Running
from custodyd_simulators.verbs import act

Say = Callable[[str, str], None]
CABINET, READER, SCANNER = "dossier-a", "reader-a", "scanner-a"
WAIT_S = 20.0
PUT_IN_S = 1.2
SAME_SCAN_LOOKS = 25  # of 0.1 s: longer than the window in which one code is one scan

FIRST = (("clerk", "clerk", "模拟案管员"), ("leader", "unit-leader", "模拟所领导"))  # whom the founding names
PEOPLE = (
    ("officer", "模拟民警甲", ("case-officer",), "+8613800138002"),
    ("partner", "模拟民警乙", ("co-officer",), "+8613800138003"),
    ("legal", "模拟法制员", ("legal-officer",), "+8613800138004"),
)


class Minute:
    """One play. `say(zh, en)` tells what is happening."""

    def __init__(self, running: Running, say: Say) -> None:
        self._running = running
        self._say = say
        self.people: dict[str, str] = {}

    async def play(self) -> None:
        """The whole minute; raises Refused, TimeoutError when the station does not do what it should."""
        await self.enrol()
        dossier, code = await self.open_case()
        await self.deposit(code)
        await self.review(code)
        due = await self.withdraw(code)
        await self.overdue(due)
        await self.give_back(code)
        self._say(f"完成: 卷宗 {dossier} 已归还", f"done: dossier {dossier} is back")

    # --- people ------------------------------------------------------------------------------------------------

    async def enrol(self) -> None:
        """Take a finger of the two whom the founding names, then register and enrol the others.

        The first clerk's finger needs the technician's account alone; every later one is named by the clerk's finger.
        """
        self._say("建站时两名见证人指定了首任案管员和所领导", "two witnesses named the first clerk and unit leader")
        known = (await self._running.get("/v1/people"))["items"]
        for name, role, zh in FIRST:
            self.people[name] = next(row["person"] for row in known if row["roles"] == role)
            await self._enrol(name, zh)
        for name, zh, roles, phone in PEOPLE:
            self.people[name] = (await self._running.post("/v1/people", name=zh, roles=roles, phone=phone))["id"]
            await self._enrol(name, zh)
        await self._running.post(f"/v1/cabinets/{CABINET}/leave")

    async def _enrol(self, name: str, zh: str) -> None:
        if name != "clerk":
            await self.finger("clerk")
        async with asyncio.TaskGroup() as group:
            done = group.create_task(self._running.post(f"/v1/readers/{READER}/enrol", person=self.people[name]))
            group.create_task(self._touches(name, done))
        self._say(f"{zh} 已登记指纹", f"{name} is enrolled")

    async def _touches(self, name: str, done: "asyncio.Task[Any]") -> None:
        while not done.done():
            await self.hand("finger", READER, name, "0.7")
            await asyncio.sleep(0.5)

    # --- the dossier -------------------------------------------------------------------------------------------

    async def open_case(self) -> tuple[str, str]:
        """Accept a case and register its first dossier; returns (dossier, code on its label)."""
        officers = [
            {"person": self.people["officer"], "part": "lead"},
            {"person": self.people["partner"], "part": "co"},
        ]
        number = len((await self._running.get("/v1/cases"))["items"]) + 1
        case = f"A2026-{number:04}"
        await self._running.post("/v1/cases", code=case, officers=officers, needs_review=True)
        dossier = (await self._running.post("/v1/dossiers", case=case))["id"]
        label = (await self._running.get(f"/v1/dossiers/{dossier}/label"))["items"][0]
        self._say(
            f"案件 {case} 已受理, 卷宗 {dossier} 须在24小时内入柜", f"case {case}: dossier {dossier} is due in 24 h"
        )
        return dossier, label["code"]

    async def deposit(self, code: str) -> None:
        """The officer puts the dossier in and counts its pages."""
        await self.finger("officer")
        await self.scan(code)
        place = await self.opened()
        await self._running.post(f"/v1/cabinets/{CABINET}/count", pages=42)
        await self.shut(place)
        self._say(f"存卷: {place}, 42页", f"deposited: {place}, 42 pages")

    async def review(self, code: str) -> None:
        """The legal officer reads it on the spot and passes it."""
        await self.finger("legal")
        await self.scan(code)
        place = await self.opened()
        await self._running.post(f"/v1/cabinets/{CABINET}/count", finding="passed")
        await self.shut(place)
        self._say("法制审核: 通过", "reviewed: passed")

    async def withdraw(self, code: str) -> str:
        """The officer takes it for two hours; returns the due time."""
        now = (await self._running.civil())["now"]
        due = (datetime.fromisoformat(now) + timedelta(hours=2)).isoformat()
        await self.finger("officer")
        await self.scan(code)
        await self.asked("terms")
        await self._running.post(f"/v1/cabinets/{CABINET}/terms", purpose="interview", due=due)
        place = await self.opened()
        await self.shut(place)
        self._say(f"借出至 {due[11:16]}", f"lent until {due[11:16]}")
        return due

    async def overdue(self, due: str) -> None:
        """Civil time goes past the due time; messages reach the handsets."""
        late = (datetime.fromisoformat(due) + timedelta(minutes=1)).isoformat()
        await self.until(lambda: self._jumped(late))
        self._say("时间已过归还期限", "the loan is overdue")
        await self.until(self._told)
        for sms in await self.hand("sms-inbox"):
            self._say(f"短信 → …{str(sms['to'])[-4:]}: {sms['text']}", f"SMS in {sms['parts']} part(s)")

    async def _jumped(self, moment: str) -> bool:
        return not (await self._running.civil(moment))["busy"]

    async def _told(self) -> bool:
        messages = (await self._running.get("/v1/messages"))["items"]
        return bool(messages) and all(message["state"] == "delivered" for message in messages)

    async def give_back(self, code: str) -> None:
        """The partner returns it."""
        await self.finger("partner")
        await self.scan(code)
        place = await self.opened()
        await self._running.post(f"/v1/cabinets/{CABINET}/count", pages=42)
        await self.shut(place)
        self._say(f"归还: {place}", f"returned: {place}")

    # --- a hand's motions --------------------------------------------------------------------------------------

    async def hand(self, verb: str, *words: str) -> Any:
        """Do a verb on the twins."""
        return await asyncio.to_thread(act, self._running.station, verb, list(words))

    async def finger(self, name: str) -> None:
        """Touch the reader until the daemon greets this person."""
        person = self.people[name]

        async def greeted() -> bool:
            await self.hand("finger", READER, name)
            return bool((await self.screen()).get("person") == person)

        await self.until(greeted)

    async def scan(self, code: str) -> None:
        """Hold a code before the scanner until the screen moves on."""
        before = await self.screen()

        async def moved() -> bool:
            # as people do: a code that was read a moment ago counts as the same scan, so take it away and try again
            await self.hand("scan", SCANNER, code)
            return await self._changed(before)

        await self.until(moved)

    async def _changed(self, before: Any) -> bool:
        for _ in range(SAME_SCAN_LOOKS):
            await asyncio.sleep(0.1)
            if await self.screen() != before:
                return True
        return False

    async def asked(self, what: str) -> None:
        """Wait until the cabinet asks for `what`."""

        async def asks() -> bool:
            return bool((await self.screen())["ask"] == what)

        await self.until(asks)

    async def opened(self) -> str:
        """Pull the door that the daemon unlocked; returns its place."""
        found: list[str] = []

        async def stands_open() -> bool:
            for row in (await self._running.get(f"/v1/cabinets/{CABINET}/compartments"))["items"]:
                if row.get("motion"):
                    place = str(row["place"])
                    await self.hand("door", place, "open")
                    if row.get("door") == "open":
                        found.append(place)
            return bool(found)

        await self.until(stands_open)
        return found[0]

    async def shut(self, place: str) -> None:
        """Push the door shut and wait until the motion is over."""
        # a person takes longer than the lock's pulse: a door shut while the bolt is still back would spring open again
        await asyncio.sleep(PUT_IN_S)
        await self.hand("door", place, "shut")

        async def over() -> bool:
            rows = (await self._running.get(f"/v1/cabinets/{CABINET}/compartments"))["items"]
            return not any(row.get("motion") for row in rows)

        await self.until(over)

    async def screen(self) -> Any:
        """What the person at the cabinet sees."""
        return await self._running.get(f"/v1/cabinets/{CABINET}/screen")

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait, bounded, until a condition holds; raises TimeoutError."""
        async with asyncio.timeout(WAIT_S):
            while not await holds():
                await asyncio.sleep(0.05)
