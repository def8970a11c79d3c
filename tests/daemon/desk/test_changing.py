"""Changing what stands: officers, people, cards; and that nothing is entered where nothing changes."""

from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, KEYS, Room, room

from custodyd.desk.changing import Changes
from custodyd.desk.register import NotFound
from custodyd.ledger.keys import Card, PersonKeys


def changes(at: Room) -> Changes:
    return Changes(at.disk, at.clock, at.lookup, PersonKeys(at.directory / "keys", KEYS.wrap))


async def test_what_stands_already_is_not_entered_again(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.case("A1", needs_review=True)
        head, verbs, officer = at.disk.head(), changes(at), at.people["officer"]
        officers = {officer: "lead", at.people["partner"]: "co"}
        await verbs.case("A1", officers, BY, needs_review=True)  # type: ignore[arg-type]  # parts
        await verbs.person(officer, BY, roles=None, active=None, card=verbs.people.card(officer))
        assert at.disk.head() == head


async def test_nobody_and_nothing_unknown_is_changed(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.case("A1")
        verbs, officer = changes(at), at.people["officer"]
        with pytest.raises(NotFound, match="case"):
            await verbs.case("A9", {}, BY, needs_review=False)
        with pytest.raises(NotFound, match="person"):
            await verbs.case("A1", {"p-nobody": "lead"}, BY, needs_review=False)
        with pytest.raises(NotFound, match="person"):
            await verbs.person("p-nobody", BY, roles=None, active=None, card=Card("模拟"))
        with pytest.raises(NotFound, match="role"):
            await verbs.person(officer, BY, roles=("wizard",), active=None, card=Card("模拟"))
        with pytest.raises(NotFound, match="case"):
            await verbs.involve("A9", None, "suspect", Card("模拟"), BY)


async def test_a_card_is_replaced_after_its_entry_and_keeps_what_the_record_does_not_name(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        verbs, officer = changes(at), at.people["officer"]
        before = verbs.people.card(officer)
        await verbs.person(officer, BY, roles=None, active=None, card=Card("模拟新名", "13900000009", "031001"))
        entry = at.last("person.card.changed")
        assert entry.data == {"fields": ["name", "phone"]}
        assert [sealed.path for sealed in entry.sealed] == ["/data/name"]
        assert verbs.people.card(officer) != before
        assert verbs.people.card(officer).badge == "031001"
