"""Clocks in any order of papers: the end is the law's answer, nothing is extended shorter, rebuilt is kept."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.daemon.desk.clocks import CALENDAR, CUSTODY, FILING, HOUR_US, INQUIRY, LAW, MINUTE_US, SUMMONS, clock_desk
from tests.daemon.desk.support import BY

from custodyd.desk.clocks.desk import Start
from custodyd.desk.clocks.inputs import Inputs
from custodyd.desk.enrolment import Forbidden
from custodyd.law import Length

LIMITS = (SUMMONS, FILING, INQUIRY, CUSTODY)
TOTALS = ("8h", "12h", "24h", "48h", "3d", "7d", "30d")
APPROVERS = ("case-unit-head", "county-psb-head", "station-head", "")
REASONS = ("sobering-restraint", "appraisal", "hearing", "lunch")
PAPERS = ("X1", "X2", "")


class Clocks(RuleBasedStateMachine):
    """One case, some clocks, and whatever people bring to the desk."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.stack = AsyncExitStack()
        directory = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.at = self.run(self.stack.enter_async_context(clock_desk(Path(directory))))
        self.clocks: list[str] = []

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.loop.close()

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def tried(self, work: Any) -> Any:
        """None where a rule refused; then nothing was entered."""
        head = self.at.at.disk.ledger.head()
        try:
            return self.run(work)
        except Forbidden:
            assert self.at.at.disk.ledger.head() == head
            return None

    def one(self, data: Any) -> str:
        return str(data.draw(st.sampled_from(self.clocks)))

    @rule(limit=st.sampled_from(LIMITS), ago=st.integers(-1, 30), held=st.booleans())
    def start(self, limit: str, ago: int, held: bool) -> None:
        began = Start(self.at.minute() - ago * HOUR_US, "summons", "T1", held)
        entry = self.tried(self.at.desk.start("A1", limit, began, BY))
        if entry is not None:
            self.clocks.append(entry.data["id"])

    @rule(minutes=st.integers(1, 3000))
    def pass_time(self, minutes: int) -> None:
        self.at.at.clock.pass_time(minutes * 60)

    @precondition(lambda self: self.clocks)
    @rule(
        data=st.data(),
        total=st.sampled_from(TOTALS),
        approver=st.sampled_from(APPROVERS),
        paper=st.sampled_from(PAPERS),
    )
    def extend(self, data: Any, total: str, approver: str, paper: str) -> None:
        clock = self.one(data)
        before = self.at.row(clock)["due"]
        entry = self.tried(self.at.desk.extend(clock, Length.parse(total), approver, paper, BY))
        if entry is not None:
            assert entry.data["due"] >= before
            assert paper
            rules = LAW.limits[str(self.at.row(clock)["name"])].extensions
            assert approver or not all(one.approvers for one in rules), "the law names whose word it takes"

    @precondition(lambda self: self.clocks)
    @rule(data=st.data(), reason=st.sampled_from(REASONS), paper=st.sampled_from(PAPERS), ago=st.integers(-5, 5))
    def pause(self, data: Any, reason: str, paper: str, ago: int) -> None:
        at = self.at.minute() - ago * 10 * MINUTE_US
        self.tried(self.at.desk.pause(self.one(data), reason, paper, BY, at=at))

    @precondition(lambda self: self.clocks)
    @rule(data=st.data(), paper=st.sampled_from(PAPERS), ago=st.integers(-5, 5))
    def resume(self, data: Any, paper: str, ago: int) -> None:
        at = self.at.minute() - ago * 10 * MINUTE_US
        self.tried(self.at.desk.resume(self.one(data), paper, BY, at=at))

    @precondition(lambda self: self.clocks)
    @rule(data=st.data(), ago=st.integers(-1, 40))
    def correct(self, data: Any, ago: int) -> None:
        began = Start(self.at.minute() - ago * HOUR_US, "gate", "G1")
        self.tried(self.at.desk.correct(self.one(data), began, BY))

    @precondition(lambda self: self.clocks)
    @rule(data=st.data(), met=st.booleans())
    def end(self, data: Any, met: bool) -> None:
        self.tried(self.at.desk.end(self.one(data), BY, met=met))

    @invariant()
    def every_end_is_what_the_law_says_of_the_recorded_inputs(self) -> None:
        for clock in self.clocks:
            row, read = self.at.row(clock), Inputs.read(self.at.at.disk.view, clock)
            assert read is not None
            inputs, law = read
            if law["paused"] is None:
                assert row["due"] == inputs.counted(LAW.limits[inputs.limit], CALENDAR).due_us
            else:
                assert row["due"] is None
            assert row["start"] == inputs.start

    @invariant()
    def of_one_thing_limit_and_start_one_clock_runs_at_most(self) -> None:
        rows = self.at.at.disk.view.select("clock", ended=None)
        running = [(row["case_id"], row["object"], row["name"], row["start"]) for row in rows]
        assert len(running) == len(set(running))

    @invariant()
    def a_clock_that_ended_or_stands_still_awaits_no_level(self) -> None:
        for clock in self.clocks:
            if self.at.row(clock)["ended"] is not None or self.at.row(clock)["due"] is None:
                assert self.at.at.disk.view.select("due_step", clock=clock, state="pending") == []

    @invariant()
    def rebuilt_is_kept(self) -> None:
        digests = self.run(self.at.at.disk.ledger.rebuild())
        assert all(kept == fresh for kept, fresh in digests.values())


TestClocks = pytest.mark.timeout(180)(Clocks.TestCase)
TestClocks.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
