"""Statutory clocks: every verb an entry with its paper, every refusal a named rule, the arithmetic kept."""

from pathlib import Path

import pytest
from tests.daemon.desk.clocks import CUSTODY, FILING, HOUR_US, INQUIRY, LAW, SUMMONS, Desk, clock_desk, id_of
from tests.daemon.desk.support import BY
from tests.daemon.reminders.test_rounds import colours, held

from custodyd.desk.clocks.desk import Start
from custodyd.desk.clocks.ladder import rungs
from custodyd.desk.enrolment import Forbidden
from custodyd.desk.register import NotFound
from custodyd.law import Length, Line, evaluate
from custodyd.model.civil import micros
from custodyd.model.entry import Entry


def refused(told: pytest.ExceptionInfo[Forbidden]) -> str:
    return told.value.refused.rule.id


def agrees(entry: Entry) -> bool:
    """Whether the lines in an entry, done again, give the end that stands beside them."""
    lines = [Line(one["op"], one["values"]) for one in entry.data["reckoning"]["lines"]]
    due, alarm = evaluate(lines)
    return micros(due) == entry.data["due"] and micros(alarm) == entry.data["reckoning"]["alarm"]


async def test_a_clock_starts_with_its_article_its_paper_and_its_arithmetic(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        start = at.minute() - HOUR_US
        entry = await at.desk.start("A1", SUMMONS, Start(start, "summons", "T7"), BY)
        assert entry.data["due"] == start + 12 * HOUR_US
        assert entry.rule is not None
        assert (entry.rule.id, entry.rule.law) == (SUMMONS, LAW.version)
        assert entry.data["reckoning"]["digest"] == LAW.digest
        assert entry.data["reckoning"]["status"] == "seen"
        assert "119" in entry.data["reckoning"]["article"]
        assert (entry.data["asserted"], entry.data["document"]) == ("summons", "T7")
        assert agrees(entry)


async def test_a_clock_that_is_entered_late_opens_at_the_highest_level_and_tells_once(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        await at.start(ago_h=10.5)
        assert [one for one in colours(await held(at.at)) if one != "green"] == ["yellow"]
        at.at.clock.pass_time(3600)
        assert colours(await held(at.at)) == ["orange"]


async def test_an_extension_by_the_right_approver_replaces_the_total_and_the_ladder(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        clock = await at.start(ago_h=11.5)
        await held(at.at)
        before = at.row(clock)["due"]
        entry = await at.extend(clock)
        assert (entry.data["why"], entry.data["due_before"]) == ("extended", before)
        assert entry.data["due"] == int(before or 0) + 12 * HOUR_US
        assert (entry.data["approver"], entry.data["document"], entry.data["length"]) == ("case-unit-head", "Y1", "24h")
        assert agrees(entry)
        at.at.clock.pass_time(3600)  # beyond the shorter end
        assert "red" not in colours(await held(at.at))
        at.at.clock.pass_time(12 * 3600)
        assert colours(await held(at.at))[-1] == "red"
        await at.desk.end(clock, BY, met=True)


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ({"document": ""}, "extension-no-document"),
        ({"approver": "county-psb-head"}, "extension-wrong-approver"),
        ({"approver": ""}, "extension-wrong-approver"),
        ({"total": "48h"}, "extension-not-foreseen"),
    ],
)
async def test_without_the_right_approver_or_paper_the_shorter_clock_stands(
    tmp_path: Path, how: dict[str, str], rule: str
) -> None:
    async with clock_desk(tmp_path) as at:
        clock = await at.start(ago_h=1)
        before, head = dict(at.row(clock)), at.at.disk.ledger.head()
        with pytest.raises(Forbidden) as told:
            await at.extend(clock, **how)
        assert refused(told) == rule
        assert (dict(at.row(clock)), at.at.disk.ledger.head()) == (before, head)


async def test_an_approval_that_came_after_the_end_changes_nothing(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        clock = await at.start(ago_h=13)
        with pytest.raises(Forbidden) as told:
            await at.extend(clock)
        assert refused(told) == "extension-too-late"


async def test_a_pause_has_no_end_and_no_level_and_is_no_part_of_the_time(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        clock = await at.start(INQUIRY, ago_h=1)
        await held(at.at)
        before = int(at.row(clock)["due"] or 0)
        paused = await at.desk.pause(clock, "sobering-restraint", "Z1", BY, at=at.minute())
        assert at.row(clock)["due"] is None
        assert (paused.data["reason"], paused.data["due_before"]) == ("sobering-restraint", before)
        at.at.clock.pass_time(20 * 3600)
        assert colours(await held(at.at)) == []
        entry = await at.desk.resume(clock, "Z2", BY, at=at.minute())
        assert entry.data["due"] == before + 20 * HOUR_US
        assert agrees(entry)
        row = at.at.disk.view.select("clock_change", clock=clock)[0]
        assert (row["document"], row["reason"]) == ("Z1", "sobering-restraint")
        at.at.clock.pass_time(8 * 3600)
        assert colours(await held(at.at))[-1] == "red"


async def test_what_the_law_does_not_let_stand_still_goes_on(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        clock = await at.start(INQUIRY, ago_h=1)
        later = at.minute() + HOUR_US
        for reason, document, when, rule in (
            ("lunch", "Z1", None, "pause-not-foreseen"),
            ("sobering-restraint", "", None, "pause-no-document"),
            ("sobering-restraint", "Z1", later, "pause-backwards"),
        ):
            with pytest.raises(Forbidden) as told:
                await at.desk.pause(clock, reason, document, BY, at=when)
            assert refused(told) == rule
        with pytest.raises(Forbidden) as told:
            await at.desk.resume(clock, "Z2", BY)
        assert refused(told) == "clock-not-paused"
        await at.desk.pause(clock, "sobering-restraint", "Z1", BY)
        for document, when, rule in (("", None, "pause-no-document"), ("Z2", later, "pause-backwards")):
            with pytest.raises(Forbidden) as told:
                await at.desk.resume(clock, document, BY, at=when)
            assert refused(told) == rule
        for verb in (
            at.desk.pause(clock, "sobering-restraint", "Z3", BY),
            at.desk.correct(clock, Start(at.minute(), "gate", "G1"), BY),
            at.extend(clock, "12h", "case-unit-head"),
        ):
            with pytest.raises(Forbidden) as told:
                await verb
            assert refused(told) == "clock-paused"


async def test_a_corrected_start_stands_beside_the_old_one_and_who_changed_it(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        clock = await at.start(ago_h=2)
        before = at.row(clock)
        earlier = int(before["start"] or 0) - HOUR_US
        entry = await at.desk.correct(clock, Start(earlier, "gate", "G1"), BY)
        assert (entry.data["start_before"], entry.data["start"]) == (before["start"], earlier)
        assert entry.data["due"] == int(before["due"] or 0) - HOUR_US == entry.data["due_before"] - HOUR_US
        assert entry.actor == BY
        assert at.row(clock)["start"] == earlier
        assert agrees(entry)
        kept = [one for one in at.at.disk.ledger.entries(kind="clock.started") if id_of(one) == clock]
        assert kept[0].data["start"] == before["start"]


async def test_of_one_case_limit_and_start_exactly_one_clock_runs(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        clock = await at.start(ago_h=2)
        with pytest.raises(Forbidden) as told:
            await at.start(ago_h=2)
        assert refused(told) == "clock-runs-already"
        other = await at.start(ago_h=1)
        with pytest.raises(Forbidden) as told:
            await at.desk.correct(other, Start(int(at.row(clock)["start"] or 0), "gate", "G1"), BY)
        assert refused(told) == "clock-runs-already"
        await at.start(ago_h=2, object="0000000A")
        await at.desk.correct(other, Start(int(at.row(other)["start"] or 0), "gate", "G1"), BY)
        await at.desk.end(clock, BY, met=True, document="E1")
        await at.start(ago_h=2)


async def test_what_has_ended_is_not_moved(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        clock = await at.start(ago_h=1)
        await at.desk.end(clock, BY, met=False)
        for verb in (
            at.extend(clock),
            at.desk.pause(clock, "hearing", "Z", BY),
            at.desk.resume(clock, "Z", BY),
            at.desk.correct(clock, Start(at.minute(), "gate", "G"), BY),
            at.desk.end(clock, BY, met=True),
        ):
            with pytest.raises(Forbidden) as told:
                await verb
            assert refused(told) == "clock-ended"


async def test_what_is_not_there_is_not_found_and_what_cannot_be_counted_is_refused_by_name(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        for case, limit in (("A9", SUMMONS), ("A1", "no-such-limit")):
            with pytest.raises(NotFound):
                await at.start(limit, case=case)
        with pytest.raises(NotFound):
            await at.extend("nothing")
        await at.at.dossier()
        own = at.at.disk.view.select("clock")[0]["clock"]  # a dossier's clock: no paper of the law stands behind it
        with pytest.raises(NotFound):
            await at.desk.end(str(own), BY, met=True)
        with pytest.raises(Forbidden) as told:
            await at.start(ago_h=-1)
        assert refused(told) == "start-in-future"
        with pytest.raises(Forbidden) as told:
            await at.start("acceptance-receipt")
        assert refused(told) == "limit-no-length"


async def test_custody_days_end_at_midnight_and_are_told_from_the_earlier_reading(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        for limit in (CUSTODY, FILING):
            entry = await at.desk.start("A1", limit, Start(at.minute(), "paper", "P1"), BY)
            assert entry.data["due"] % (24 * HOUR_US) == 16 * HOUR_US  # 00:00 of +08:00
            assert entry.data["steps"][-1]["at"] == entry.data["reckoning"]["alarm"] <= entry.data["due"]
            assert agrees(entry)


async def test_rebuilt_clocks_are_the_kept_ones(tmp_path: Path) -> None:
    async with clock_desk(tmp_path) as at:
        await _everything(at)
        digests = await at.at.disk.ledger.rebuild()
        assert all(kept == fresh for kept, fresh in digests.values())


async def _everything(at: Desk) -> None:
    clock = await at.start(INQUIRY, ago_h=1)
    await at.desk.pause(clock, "sobering-restraint", "Z1", BY)
    at.at.clock.pass_time(600)
    await at.desk.resume(clock, "Z2", BY)
    await at.desk.correct(clock, Start(at.minute() - HOUR_US, "gate", "G1"), BY)
    await at.desk.end(clock, BY, met=True)


@pytest.mark.parametrize(
    ("total", "blue"),
    [("4h", 2), ("8h", 4), ("24h", 12), ("48h", 24), ("2d", 24), ("3d", 48), ("7d", 72), ("5wd", 72), ("30d", 240),
     ("3mo", 360), ("12mo", 720)],
)  # fmt: skip
def test_a_ladder_fits_the_length_of_its_clock(total: str, blue: float) -> None:
    made = rungs(Length.parse(total))
    assert [rung.colour for rung in made] == ["green", "blue", "yellow", "orange", "red"]
    assert made[1].hours_left == blue
    assert (rungs(Length(48, "h"))[2].hours_left, rungs(Length(2, "d"))[2].hours_left) == (8, 12)
