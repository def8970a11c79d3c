"""Random lives of a record: whatever is appended, refused, rebuilt and reopened, it stays one whole, provable story."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.daemon.ledger.support import record
from tests.daemon.ledger.test_edge import by_definition

from custodyd.ledger import Ledger, Repeated, Unrecordable
from custodyd.ledger import note as notes
from custodyd.ledger.suite import leaf_hash
from custodyd.model.entry import Actor, Draft, Rule
from custodyd.model.facts.devices import BlindBegan

T = TypeVar("T")
DEVICE = st.sampled_from(["a", "b", "读卡器", 'd\u0001\u007f"\\'])
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
DRAFT = st.builds(
    Draft,
    fact=st.builds(BlindBegan, reason=TEXT, last=st.none() | st.integers(-(2**53) + 1, 2**53 - 1)),
    happened=st.integers(0, 2**53 - 1),
    device=DEVICE,
    place=st.none() | TEXT,
    case=st.none() | st.sampled_from(["case-1", "case-2"]),
    actor=st.none() | st.builds(Actor, by=st.just("named"), strength=st.integers(0, 3), person=TEXT),
    rule=st.none() | st.builds(Rule, id=TEXT, version=st.integers(1, 9)),
    causes=st.lists(st.tuples(st.just("1"), st.integers(0, 9)), max_size=2).map(tuple),
)


class Life(RuleBasedStateMachine):
    """The record beside a plain list of what was acknowledged."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.directory = tempfile.TemporaryDirectory()
        self.expected: list[bytes] = []
        self.opened: AsyncExitStack | None = None
        self._open()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def _open(self) -> None:
        self.opened = AsyncExitStack()
        self.ledger: Ledger = self._run(self.opened.enter_async_context(record(Path(self.directory.name))))

    def _close(self) -> None:
        if self.opened is not None:
            self._run(self.opened.aclose())

    @rule(calls=st.lists(st.lists(DRAFT, min_size=1, max_size=3), min_size=1, max_size=5))
    def append(self, calls: list[list[Draft]]) -> None:
        async def together() -> list[Any]:
            return await asyncio.gather(*(self.ledger.append(*drafts) for drafts in calls))

        for drafts, entries in zip(calls, self._run(together()), strict=True):
            assert [entry.device for entry in entries] == [draft.device for draft in drafts]
            assert [entry.seq - entries[0].seq for entry in entries] == list(range(len(entries)))

    @rule(good=DRAFT, bad=st.sampled_from(["far", "long", "keyless"]))
    def append_one_that_cannot_be(self, good: Draft, bad: str) -> None:
        wrong = {
            "far": Draft(fact=BlindBegan(reason="r", last=2**60), happened=0, device="a"),
            "long": Draft(fact=BlindBegan(reason="x" * 70_000), happened=0, device="a"),
            "keyless": Draft(fact=BlindBegan(reason="r"), happened=0),
        }[bad]

        async def together() -> list[Any]:
            calls = (self.ledger.append(good, wrong), self.ledger.append(good))
            return await asyncio.gather(*calls, return_exceptions=True)

        refused, taken = self._run(together())
        assert isinstance(refused, Unrecordable)
        assert len(taken) == 1

    @rule(key=st.sampled_from(["k1", "k2", "k3"]), draft=DRAFT)
    def ask_with_a_key(self, key: str, draft: Draft) -> None:
        asked = Draft(fact=draft.fact, happened=draft.happened, device=draft.device, request=key)
        before = self.ledger.answered(key)
        outcome = self._run(_outcome(self.ledger.append(asked)))
        if before is None:
            assert outcome == (self.ledger.answered(key),)
        else:
            assert isinstance(outcome, Repeated)
            assert outcome.at == before.at

    @rule()
    def sign(self) -> None:
        note = self._run(self.ledger.checkpoint())
        segment, _, size = self.ledger.segments()[-1]
        checkpoint = notes.verify(note, self.ledger.vkey)
        assert checkpoint.size == size
        assert checkpoint.root == by_definition([leaf_hash(data) for data in self.ledger.raw(segment, 0, size)])

    @rule()
    def change_segment(self) -> None:
        self._run(self.ledger.begin_segment("demand"))

    @rule()
    def rebuild(self) -> None:
        assert all(kept == rebuilt for kept, rebuilt in self._run(self.ledger.rebuild()).values())

    @rule()
    def reopen(self) -> None:
        self._close()
        self._open()
        assert not self.ledger.quarantined

    @invariant()
    def what_stood_stands_and_projections_say_the_same(self) -> None:
        stored = [data for segment, _, size in self.ledger.segments() for data in self.ledger.raw(segment, 0, size)]
        assert stored[: len(self.expected)] == self.expected
        self.expected = stored
        entries = self.ledger.entries(limit=len(stored) + 1)
        assert len(entries) == len(stored)
        blinks = Counter(entry.device for entry in entries if entry.kind == BlindBegan.kind)
        assert {row["device"]: row["blinks"] for row in self.ledger.view.select("count")} == blinks

    def teardown(self) -> None:
        self._close()
        self.loop.close()
        self.directory.cleanup()


async def _outcome(work: Coroutine[Any, Any, Any]) -> Any:
    (outcome,) = await asyncio.gather(work, return_exceptions=True)
    return outcome


Life.TestCase.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # a busy disk is slow, not wrong
TestLife = Life.TestCase
