"""The paper work: people, cases, dossiers and labels, and what each refuses."""

from pathlib import Path

import pytest
from tests.daemon.desk.support import BY, CABINET, PLACES, room

from custodyd.desk.cabinet.context import Read, Unread
from custodyd.desk.register import Conflict, NotFound
from custodyd.labels import codes
from custodyd.ledger.keys import Card
from custodyd.model.entry import Draft
from custodyd.model.facts.cabinet import CompartmentClosed, CompartmentRestored
from custodyd.model.facts.cases import OfficerReleased
from custodyd.model.facts.devices import BlindBegan, BlindEnded


async def test_a_name_stands_sealed_and_never_in_the_entry(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        entry = await at.register.person(Card("模拟新人"), ("clerk",), BY, emergency=False, request=None)
        assert [sealed.path for sealed in entry.sealed] == ["/data/name"]
        assert "模拟新人" not in str(entry)


@pytest.mark.parametrize("roles", [(), ("wizard",)])
async def test_a_person_has_roles_that_the_station_knows(tmp_path: Path, roles: tuple[str, ...]) -> None:
    async with room(tmp_path) as at:
        with pytest.raises(NotFound, match="role"):
            await at.register.person(Card("模拟新人"), roles, BY, emergency=False, request=None)


async def test_a_case_stands_once_and_has_officers_who_are_known(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.case("A1")
        with pytest.raises(Conflict, match="case"):
            await at.case("A1")
        unknown = (("p-nobody", "lead"),)
        with pytest.raises(NotFound, match="person"):
            await at.register.case("A2", unknown, BY, accepted=None, needs_review=False, request=None)  # type: ignore[arg-type]  # a part
        with pytest.raises(NotFound, match="case"):
            await at.dossier("A9")


async def test_an_officer_who_is_released_opens_nothing_more(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        released = Draft(fact=OfficerReleased(), happened=0, case="A1", subject=at.people["officer"])
        await at.disk.append(released)
        await at.finger("officer")
        assert (await at.scan(dossier)).refused == "officer-of-case"


async def test_a_code_of_the_case_platform_leads_to_one_dossier(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.case()
        entry = await at.register.dossier("A1", BY, foreign_code="https://platform.invalid/7", request=None)
        assert at.register.read_code("https://platform.invalid/7") == Read(str(entry.object))
        with pytest.raises(Conflict, match="code"):
            await at.register.dossier("A1", BY, foreign_code="https://platform.invalid/7", request=None)


async def test_a_label_of_another_kind_or_of_nothing_is_unknown(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        for kind, id in ((codes.Kind.EXHIBIT, dossier), (codes.Kind.DOSSIER, "00000000")):
            text = codes.make(kind, id, 1, at.register.label_key)
            assert at.register.read_code(text) == Unread("unknown")
        assert at.register.read_code("\ud800") == Unread("unknown")


async def test_what_is_not_registered_has_no_label(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        with pytest.raises(NotFound, match="dossier"):
            at.register.code_of("00000000")
        with pytest.raises(NotFound, match="dossier"):
            await at.register.reissue("00000000", "torn", BY, None)


async def test_the_dossiers_of_a_person_and_of_a_cabinet_are_listed(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        await at.stored(dossier)
        assert [found.id for found in at.lookup.dossiers_of(at.people["partner"])] == [dossier]
        assert at.lookup.dossiers_of(at.people["stranger"]) == ()
        assert [found.id for found in at.lookup.stored_in(CABINET)] == [dossier]
        assert at.lookup.stored_in("dossier-b") == ()


async def test_a_compartment_out_of_service_is_not_given(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.disk.append(Draft(fact=CompartmentClosed(reason="bolt stuck"), happened=0, place=PLACES[0]))
        assert not at.lookup.is_free(PLACES[0])
        assert await at.stored(await at.case()) == PLACES[1]
        await at.disk.append(Draft(fact=CompartmentRestored(), happened=0, place=PLACES[0]))
        assert at.lookup.is_free(PLACES[0])


async def test_a_device_is_blind_until_it_is_seen_again(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        await at.disk.append(Draft(fact=BlindBegan(reason="silence"), happened=1, device="reader-a"))
        (row,) = at.disk.view.select("device")
        assert (row["state"], row["why"]) == ("blind", "silence")
        await at.disk.append(Draft(fact=BlindEnded(seconds=1), happened=2, device="reader-a"))
        (row,) = at.disk.view.select("device")
        assert (row["state"], row["since"], row["why"]) == ("seen", 2, None)


async def test_a_disk_that_cannot_even_be_read_opens_nothing(tmp_path: Path) -> None:
    async with room(tmp_path) as at:
        dossier = await at.case()
        text = at.register.code_of(dossier)
        await at.finger("officer")
        await at.disk.ledger.close()
        assert str((await at.code(text)).refused).startswith("storage-")
        assert at.hands.bank.pulses == []
