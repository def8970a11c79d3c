"""Random days of an outbox: gateways that refuse, lose, fall silent or answer late, deaths, restarts, repetitions."""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.daemon.desk.support import BY, Room, room
from tests.daemon.reminders.networks import MOODS, Death, Mood, Network, freely

from custodyd.desk.messages import MessageDesk
from custodyd.desk.register import Conflict
from custodyd.ledger.keys import Card
from custodyd.reminders.inbox import Inbox
from custodyd.reminders.outbox import Outbox
from custodyd.reminders.rounds import intend
from custodyd.station.directory import Directory
from custodyd_drivers.contract import MessageAcceptedLate, MessageDelivered, MessageReceived

DEEP = os.environ.get("CUSTODYD_DEEP") == "1"
PHONES = {"officer": "+8613800138001", "leader": "+8613800138002"}
ENDED = {"accepted", "delivered", "acknowledged", "failed", "unknown", "withdrawn"}
devices, who = st.sampled_from(["modem", "smpp"]), st.sampled_from(sorted(PHONES))
colours = st.sampled_from(["green", "blue", "yellow", "orange", "red"])
which = st.integers(0, 5)


class Days(RuleBasedStateMachine):
    """Two gateways, two people, and whatever may happen between them."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = Path(tempfile.mkdtemp())
        self.repeats: Counter[str] = Counter()
        self.intended: set[str] = set()

    def do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(what)

    @initialize()
    def begin(self) -> None:
        self.open(fresh=True)
        for name, phone in PHONES.items():
            self.at.register.people.change(self.at.people[name], Card(f"模拟{name}", phone))
        self.networks = {name: Network(self.at.disk) for name in ("modem", "smpp")}

    def open(self, *, fresh: bool) -> None:
        self.context = room(self.directory, fresh=fresh)
        self.at: Room = self.do(self.context.__aenter__())
        directory = Directory(self.at.register.people)
        self.box = Outbox(self.at.disk, self.at.clock, self.gateways, directory.phone, freely(self.at))
        self.inbox = Inbox(self.at.disk, self.at.clock, directory.whose, lambda text, **facts: (f"{text} {facts}", 1))
        self.desk = MessageDesk(self.at.disk, self.at.clock, self.at.lookup)

    def gateways(self) -> Any:
        return list(self.networks.items())

    @rule(about=which, colour=colours, person=who)
    def intend(self, about: int, colour: Any, person: str) -> None:
        # the text names the message, so that a network's inbox tells how often it came
        id = f"clock:{about}:{colour}:{self.at.people[person]}"
        draft = intend(self.at.people[person], id, 1, f"clock:{about}", colour, self.at.clock.civil(), "A1", None)
        self.do(self.at.disk.append(draft))
        self.intended.add(id)

    @rule()
    def look(self) -> None:
        try:
            self.do(self.box.send_due())
        except Death:
            self.restart()

    @rule(device=devices, mood=st.sampled_from(MOODS), parts=st.sampled_from([1, 1, 2]))
    def change_mood(self, device: str, mood: Mood, parts: int) -> None:
        self.networks[device].mood, self.networks[device].parts = mood, parts

    @rule(seconds=st.sampled_from([1, 61, 301, 4000]))
    def pass_time(self, seconds: int) -> None:
        self.at.clock.pass_time(seconds)

    @rule()
    def restart(self) -> None:
        now = self.at.clock.civil(), self.at.clock.elapsed()
        self.do(self.context.__aexit__(None, None, None))
        self.open(fresh=False)
        self.at.clock._civil, self.at.clock._elapsed = now
        for network in self.networks.values():
            network.disk, network.late = self.at.disk, []
        self.do(self.box.recover())
        assert not self.at.disk.view.select("message", state="handed")

    @rule(device=devices, number=which, status=st.sampled_from([0, 0, 0, 0x30, 0x46]), times=st.integers(1, 2))
    def report(self, device: str, number: int, status: int, times: int) -> None:
        references = [one for taken in self.networks[device].taken for one in taken.references]
        for reference in references[-1 - number :][:1] * times:
            self.do(self.box.reported(device, MessageDelivered(reference, "", status)))

    @rule(device=devices)
    def answer_late(self, device: str) -> None:
        for reference, handover in self.networks[device].late[:1]:
            self.do(self.box.accepted_late(device, MessageAcceptedLate(reference, handover)))
            self.networks[device].late.pop(0)

    @rule(number=which, person=who, full=st.booleans())
    def reply(self, number: int, person: str, full: bool) -> None:
        codes = [row["code"] for row in self.rows() if row["code"]] or ["0000"]
        code = str(codes[number % len(codes)])
        text = f"收到 {code.translate({ord(str(digit)): 0xFF10 + digit for digit in range(10)}) if full else code}。"
        before = {row["message"]: row["state"] for row in self.rows()}
        self.do(self.inbox.received("modem", MessageReceived(PHONES[person], text)))
        for row in self.rows():
            if row["message"] in before and row["state"] != before[row["message"]]:
                assert (row["person"], row["state"], row["code"]) == (self.at.people[person], "acknowledged", code)

    @rule(number=which)
    def repeat(self, number: int) -> None:
        rows = self.rows()
        if not rows:
            return
        row = rows[number % len(rows)]
        try:
            self.do(self.desk.repeat(str(row["message"]), BY, None))
        except Conflict:
            assert row["state"] not in ("failed", "unknown")
        else:
            self.repeats[str(row["message"])] += 1

    def rows(self) -> list[Any]:
        return list(self.at.disk.view.select("message"))

    @invariant()
    def nothing_is_lost_and_nothing_is_sent_twice(self) -> None:
        if not hasattr(self, "networks"):
            return
        rows = {str(row["message"]): row for row in self.rows() if row["purpose"] == "reminder"}
        assert rows.keys() == self.intended
        asked = [text for network in self.networks.values() for text in network.asked]
        taken = [one.text for network in self.networks.values() for one in network.taken]
        for id, row in rows.items():
            assert row["state"] in ENDED | {"intended"}
            assert sum(id in text for text in taken) <= 1 + self.repeats[id]
            assert any(id in text for text in asked) or row["state"] not in ENDED - {"acknowledged", "failed"}
            if row["state"] in ("accepted", "delivered"):
                assert any(id in text for text in taken)
        kinds = [entry.kind for entry in self.at.disk.ledger.entries(limit=5000)]
        assert kinds.count("message.handing.began") == len(asked)

    def teardown(self) -> None:
        """With sound gateways and time enough, everything comes to an end that is known or said to be unknown."""
        if hasattr(self, "networks"):
            for network in self.networks.values():
                network.mood = "takes"
            for _ in range(8):
                self.at.clock.pass_time(4000)
                self.do(self.box.send_due())
            assert {str(row["state"]) for row in self.rows()} <= ENDED
            for before, after in self.do(self.at.disk.ledger.rebuild()).values():
                assert before == after
            self.do(self.context.__aexit__(None, None, None))
        self.runner.close()
        shutil.rmtree(self.directory)


TestDays = Days.TestCase
TestDays.settings = settings(
    max_examples=300 if DEEP else 25,
    stateful_step_count=80 if DEEP else 30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
