"""What the writer's thread keeps of trouble: its reason, its beginning, and how much was lost."""

from pathlib import Path

import pytest
from tests.daemon.ledger.support import ORIGIN, blind, record

from custodyd.ledger.recorder import Outage
from custodyd.ledger.suite import EMPTY_ROOT
from custodyd.model.facts.record import SegmentOpened


async def test_what_is_too_much_to_owe_is_counted_from_the_moment_it_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custodyd.ledger.recorder._OWED_MOST", 0)
    async with record(tmp_path) as ledger:
        recorder = ledger._recorder
        before = recorder.scribe.clock.civil()
        await ledger._writer.call(lambda: recorder.owe([blind("a"), blind("b")]))
        first = recorder.outage
        assert first is not None
        assert before <= first.since <= recorder.scribe.clock.civil()
        assert first == Outage("failing", first.since, told=False, lost=2)
        await ledger._writer.call(lambda: recorder.owe([blind("c")]))
        assert recorder.outage == Outage("failing", first.since, told=False, lost=3)
        await ledger.append(blind("d"))
        failed, later = ledger.entries(("1", 0))[-2:]
        assert failed.data == {"reason": "failing", "since": first.since, "lost": 3}
        assert (failed.happened, failed.incident) == (first.since, f"storage.{first.since}")
        assert later.device == "d"
        await ledger.heartbeat()
        (restored,) = ledger.entries(kind="storage.restored")
        assert restored.data == {"reason": "failing", "since": first.since}
        assert restored.incident == failed.incident
        assert recorder.outage is None


async def test_what_is_lost_in_an_outage_that_was_told_is_told_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custodyd.ledger.recorder._OWED_MOST", 0)
    async with record(tmp_path) as ledger:
        recorder = ledger._recorder

        def told() -> None:
            recorder.outage = Outage("full", 17, told=True, lost=4)
            recorder.owe([blind("a")])

        await ledger._writer.call(told)
        assert recorder.outage == Outage("full", 17, told=False, lost=5)
        await ledger.append(blind("b"))
        assert [entry.data["lost"] for entry in ledger.entries(kind="storage.failed")] == [5]


async def test_a_lost_file_is_named_by_the_number_before_with_nothing_confirmed(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        fact = SegmentOpened(origin=ORIGIN.of("3"), vkey=ledger.vkey)
        named = ledger._recorder._after_nothing(fact, 3)
        assert (named.previous_origin, named.previous_size) == (ORIGIN.of("2"), 0)
        assert named.previous_root == EMPTY_ROOT.hex()
        assert ledger._recorder._after_nothing(fact, 2).previous_origin == ORIGIN.of("1")
        assert ledger._recorder._after_nothing(fact, 1) == fact
