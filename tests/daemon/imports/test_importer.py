"""Rows of the case platform in the record: taken over once, each whole, and nothing of people in clear."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.daemon.imports.support import (
    ALL,
    BY,
    SOURCE,
    case,
    document,
    officer,
    person,
    place,
    whats,
    whys,
)

from custodyd.imports.importer import Overtaken, Source
from custodyd.imports.rows import Raw
from custodyd.ledger import RecordUnavailable
from custodyd.ledger.keys import Card
from custodyd.model.facts.imports import ImportApplied


async def test_a_case_with_its_people_comes_over_and_starts_what_it_starts_today(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        before = len(at.entries())
        outcome = await at.apply(*ALL, request="key-1")
        assert whats(outcome) == ["new"] * 4
        assert at.kinds(before) == [
            *("person.registered", "case.accepted", "case.officer.assigned", "case.person.involved"),
            *("dossier.registered", "label.issued", "clock.started", "import.applied"),
        ]
        assert outcome.entry is not None
        assert outcome.entry.request == "key-1"
        assert outcome.entry.data == {"source": "platform", "new": 4, "changed": 0, "unchanged": 0, "refused": 0}


async def test_importing_the_same_twice_writes_nothing(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        bad = officer("bad number", row=9)
        await at.apply(*ALL, bad)
        before, cards = at.entries(), at.cards()
        again = await at.apply(*ALL, bad)
        assert whats(again) == ["unchanged"] * 4 + ["refused"]
        assert again.entry is None
        assert (at.entries(), at.cards()) == (before, cards)


async def test_a_preview_says_what_the_import_then_does_and_writes_nothing(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        before = at.entries()
        rows = (*ALL, person("R1", 6, case="A3302"), case("A3302", 7), document("x", 8, case="A9"), officer(row=9))
        foreseen = await at.preview(*rows)
        assert at.entries() == before
        assert at.cards() == []
        done = await at.apply(*rows)
        assert foreseen.verdicts == done.verdicts
        assert whats(done) == [*["new"] * 6, "refused", "unchanged"]


async def test_nothing_of_a_person_stands_in_clear_in_any_entry(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        secret = {"name": "模拟丙丙", "identity": "11010519491231002X"}
        await at.apply(officer(name="模拟甲甲", phone="13900000001"), case(), person(**secret))
        await at.apply(officer(name="模拟丁丁", phone="13900000002"), person(name="模拟戊戊"))
        written = str(at.entries())
        for word in ("模拟", "1390000", "110105"):
            assert word not in written
        assert {card.name for card in at.cards()} == {"模拟丁丁", "模拟戊戊"}
        assert "11010519491231002X" in {card.identity for card in at.cards()}


async def test_bad_rows_are_listed_and_good_ones_are_kept(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        outcome = await at.apply(officer(), case("A 1", row=3), case("A2", row=4, accepted="2026-11-20"), case(row=5))
        assert whats(outcome) == ["new", "refused", "refused", "new"]
        assert whys(outcome) == [("code", "bad_code"), ("accepted", "date_only")]
        assert outcome.entry is not None
        refusals = outcome.entry.data["refusals"]
        assert refusals[0] == {"row": 3, "kind": "case", "column": "code", "why": "bad_code"}
        assert at.station.lookup.case("A3301") is not None


@pytest.mark.parametrize(
    ("changed", "fields", "kinds"),
    [
        (officer(name="模拟己"), ("name",), ["person.card.changed"]),
        (officer(phone="13900000003"), ("phone",), ["person.card.changed"]),
        (officer(active="否"), ("active",), ["person.changed"]),
        (officer(roles="co-officer"), ("roles",), ["person.changed"]),
        (case(co="031002"), ("co",), ["case.officer.assigned"]),
        (case(lead="031002"), ("lead",), ["case.officer.released", "case.officer.assigned"]),
        (case(needs_review="是"), ("needs_review",), ["case.review.required"]),
        (person(part="证人"), ("part",), ["case.person.involved"]),
        (person(identity="TEST-12345"), ("identity",), ["person.card.changed"]),
    ],
)
async def test_what_differs_is_changed_and_has_its_entries(
    tmp_path: Path, changed: Raw, fields: tuple[str, ...], kinds: list[str]
) -> None:
    async with place(tmp_path) as at:
        await at.apply(*ALL, officer("031002", row=6))
        before = len(at.entries())
        foreseen = await at.preview(changed)
        outcome = await at.apply(changed)
        assert foreseen.verdicts == outcome.verdicts
        assert [(one.what, one.fields) for one in outcome.verdicts] == [("changed", fields)]
        assert at.kinds(before) == [*kinds, "import.applied"]
        assert whats(await at.apply(changed)) == ["unchanged"]


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        (case(accepted="2026-11-20 08:31"), ("accepted", "accepted_differs")),
        (case("A7", lead="999"), ("lead", "officer_unknown")),
        (case("A7", co="031001、999"), ("co", "officer_unknown")),
        (person(case="A9"), ("case", "case_unknown")),
        (document("new", case="A9"), ("case", "case_unknown")),
        (document(case="A3302"), ("case", "other_case")),
        (officer(roles="clerk"), ("roles", "bad_role")),
        (case("A8", colour="red"), ("colour", "unknown_column")),
    ],
)
async def test_what_the_record_does_not_allow_is_refused_and_nothing_is_written(
    tmp_path: Path, row: Raw, mistake: tuple[str, str]
) -> None:
    async with place(tmp_path) as at:
        await at.apply(*ALL, case("A3302", row=6))
        before = len(at.entries())
        outcome = await at.apply(row)
        assert whys(outcome) == [mistake]
        assert at.kinds(before) == ["import.applied"]  # a refusal that is new is entered, once
        assert (await at.apply(row)).entry is None


async def test_a_review_that_the_record_asks_for_is_not_taken_away(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await at.apply(officer(), case(needs_review="是"))
        assert whys(await at.apply(case(needs_review="否"))) == [("needs_review", "review_lowered")]
        assert whats(await at.apply(case())) == ["unchanged"]


async def test_silence_about_co_officers_leaves_them_and_an_empty_cell_releases_them(
    tmp_path: Path,
) -> None:
    async with place(tmp_path) as at:
        await at.apply(officer(), officer("031002", row=3), case(co="031002"))
        assert whats(await at.apply(case())) == ["unchanged"]
        assert whats(await at.apply(case(co=""))) == ["changed"]
        assert len(at.station.ledger.view.select("officer", case_id="A3301")) == 1


async def test_a_role_beyond_a_source_is_neither_given_nor_taken(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        every = {**ROLES_OF_THE_HOUSE, "clerk": "clerk"}
        await at.apply(officer(roles="clerk"), source=replace(SOURCE, roles=every))
        assert whys(await at.apply(officer(roles="case-officer"))) == [("roles", "role_beyond")]
        few = Source("platform", BY, {"co-officer": "co-officer"})
        assert whys(await at.apply(officer("031009", roles="co-officer"), source=few)) == []
        assert whats(await at.apply(officer("031010"), source=few)) == ["new"]


ROLES_OF_THE_HOUSE = dict(SOURCE.roles)


async def test_two_people_with_one_number_are_nobody(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        for name in ("模拟庚", "模拟辛"):
            card = Card(name, badge="031001")
            await at.station.register.person(card, ("case-officer",), BY, emergency=False, request=None)
        assert whys(await at.apply(officer())) == [("badge", "number_twice")]
        await at.apply(officer("031002"), case("A1", lead="031002"))
        for name in ("模拟庚", "模拟辛"):
            await at.station.changes.involve("A1", None, "suspect", Card(name, number="R1"), BY)
        assert whys(await at.apply(person(case="A1"))) == [("number", "number_twice")]


async def test_an_officer_of_old_cases_is_known_and_in_no_service(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await at.apply(officer(active="否"))
        row = at.station.ledger.view.select("person")[0]
        assert row["active"] == 0
        assert whats(await at.apply(officer(active="否"))) == ["unchanged"]


async def test_a_card_whose_entry_was_never_written_belongs_to_nobody(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        at.station.people.create("p-" + "a" * 26, Card("模拟壬", badge="031001"))
        at.station.people.create("p-" + "b" * 26, Card("模拟癸", badge="031001"))
        assert whats(await at.apply(officer())) == ["new"]
        assert whats(await at.apply(officer())) == ["unchanged"]


async def test_a_file_of_a_person_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await at.apply(officer())
        (tmp_path / "state" / "keys" / ("p-" + "c" * 26)).write_bytes(b"torn")
        assert whats(await at.apply(officer())) == ["unchanged"]


async def test_a_record_that_changed_meanwhile_refuses_the_row_and_goes_on(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await at.apply(officer())

        async def overtaken(*_: object) -> None:
            raise Overtaken

        verbs = at.station.imports.verbs
        at.station.imports.verbs = _With(verbs, new_case=overtaken)  # type: ignore[assignment]  # a test's verb
        outcome = await at.apply(case(), officer("031002", row=9))
        assert whats(outcome) == ["refused", "new"]
        assert whys(outcome) == [("", "overtaken")]


async def test_whatever_the_register_says_no_to_is_told_of_its_row(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await at.apply(officer(), case())
        verbs = at.station.imports.verbs
        with pytest.raises(Overtaken):
            await verbs.new_dossier("A9", "q", BY)
        with pytest.raises(Overtaken):
            await verbs.new_officer(Card("模拟"), ("wizard",), active=True, by=BY)


class _With:
    """The verbs of a station, some of them a test's own."""

    def __init__(self, verbs: object, **own: object) -> None:
        self._verbs = verbs
        self.__dict__.update(own)

    def __getattr__(self, name: str) -> object:
        return getattr(self._verbs, name)


async def test_a_killed_import_is_finished_by_the_next(tmp_path: Path) -> None:
    async with place(tmp_path) as at:

        async def full(*_: object) -> None:
            raise RecordUnavailable("full")

        verbs = at.station.imports.verbs
        at.station.imports.verbs = _With(verbs, involve=full)  # type: ignore[assignment]  # a test's verb
        with pytest.raises(RecordUnavailable):
            await at.apply(*ALL)
        at.station.imports.verbs = verbs
        assert whats(await at.apply(*ALL)) == ["unchanged", "unchanged", "new", "new"]


async def test_two_imports_at_once_take_turns(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        one, two = await asyncio.gather(at.apply(*ALL), at.apply(*ALL))
        assert whats(one) == ["new"] * 4
        assert whats(two) == ["unchanged"] * 4


async def test_many_rows_let_others_have_their_turn(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        other = asyncio.create_task(count())
        await at.preview(*(officer(f"0{number}", row=number) for number in range(2, 102)))
        other.cancel()
        assert turns >= 5


async def test_a_changed_list_of_refusals_is_entered_whatever_its_rows_are_numbered(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        first = await at.apply(officer("bad number", row=2))
        assert first.entry is not None
        assert (await at.apply(officer("bad number", row=7))).entry is None
        assert (await at.apply(officer("bad number"), officer("also bad", row=3))).entry is not None
        healed = await at.apply()
        assert healed.entry is not None
        assert healed.entry.kind == ImportApplied.kind
        assert (await at.apply()).entry is None


BADGES = st.sampled_from(["01", "02", "03"])
CODES = st.sampled_from(["A1", "A2"])
NAMES = st.sampled_from(["模拟一", "模拟二", ""])
ROWS = st.lists(
    st.one_of(
        st.builds(
            lambda badge, name, active: officer(badge, name=name, active=active),
            BADGES, NAMES, st.sampled_from(["是", "否", ""]),
        ),
        st.builds(
            lambda code, lead, co, review: case(code, lead=lead, co=co, needs_review=review),
            CODES, BADGES, st.sampled_from(["", "02", "01,03"]), st.sampled_from(["是", "否", ""]),
        ),
        st.builds(
            lambda number, code, part, name: person(number, case=code, part=part, name=name),
            st.sampled_from(["R1", "R2"]), CODES, st.sampled_from(["证人", "嫌疑人"]), NAMES,
        ),
        st.builds(lambda code, of: document(code, case=of), st.sampled_from(["q1", "q2"]), CODES),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(ROWS, min_size=1, max_size=3))
async def test_whatever_comes_importing_it_twice_is_importing_it_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[Raw]]
) -> None:
    async with place(tmp_path_factory.mktemp("twice")) as at:
        for batch in batches:
            rows = [replace(row, row=number) for number, row in enumerate(batch, 2)]
            foreseen = await at.preview(*rows)
            first = await at.apply(*rows)
            assert foreseen.verdicts == first.verdicts
            head, cards = at.station.ledger.head(), at.cards()
            second = await at.apply(*rows)
            assert set(whats(second)) <= {"unchanged", "refused"}
            assert whys(second) == whys(first)
            assert (at.station.ledger.head(), at.cards()) == (head, cards)
        kept = await at.station.ledger.rebuild()
        assert all(one == other for one, other in kept.values())
