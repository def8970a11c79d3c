"""Who may ask what, told by the account at the other end of the socket."""

import grp
import os
import re
import uuid
from dataclasses import replace

import pytest

from custodyd.api.peer import groups_of, peer
from custodyd.api.table import ROUTES
from custodyd.model.station import Right

from .conftest import CABINET


async def test_the_account_of_a_simulation_has_every_account_role(api):
    who = peer(os.getuid(), os.getgid(), api.services.settings)
    assert who.roles == frozenset().union(*api.services.settings.accounts.values())
    assert (await api.get("/v1/status")).status_code == 200


async def test_an_account_without_a_group_of_ours_is_refused_everywhere(api, strangers):
    asked = [(route.method, re.sub("{[^}]+}", "x", route.path)) for route in ROUTES]
    for method, path in [*asked, ("GET", "/v1/events"), ("GET", "/v1/openapi.json")]:
        answer = await strangers.request(method, path, headers={"Idempotency-Key": "k"})
        assert (answer.status_code, answer.json()["rule"]) == (403, "right-missing"), path


async def test_a_role_gives_its_rights_and_no_other(api, socket_of):
    group = grp.getgrgid(os.getgid()).gr_name
    settings = api.services.settings
    technician = replace(settings, simulation=None, accounts={group: frozenset({"technician"})})
    who = peer(os.getuid(), os.getgid(), technician)
    assert who.roles == {"technician"}
    assert who.rights == settings.grants["technician"]
    assert Right.READ_NAMES not in who.rights
    async with socket_of(replace(api.services, settings=technician)) as client:
        assert (await client.get("/v1/people")).status_code == 200
        refused = await client.get("/v1/names")
        assert (refused.status_code, refused.json()["rule"]) == (403, "right-missing")


@pytest.fixture
async def as_role(api, socket_of):
    """Asks as an account with one role only: (role, method, path, body) → the answer."""
    group = grp.getgrgid(os.getgid()).gr_name

    async def ask(role, method, path, body=None):
        settings = replace(api.services.settings, simulation=None, accounts={group: frozenset({role})})
        async with socket_of(replace(api.services, settings=settings)) as client:
            return await client.request(method, path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    return ask


async def test_a_name_on_the_screen_is_shown_to_those_who_may_read_names_only(api, as_role):
    person = await api.at_the_cabinet()
    for role, shown in (("clerk", "模拟人"), ("technician", person), ("auditor", person)):
        answer = await as_role(role, "GET", f"/v1/cabinets/{CABINET}/screen")
        assert shown in answer.json()["texts"]["zh-CN"]
        assert (role == "clerk") == ("模拟人" in answer.text)


@pytest.mark.parametrize("verb", ["choose", "terms", "count", "vouch", "leave"])
@pytest.mark.parametrize("role", ["technician", "auditor"])
async def test_nobody_but_the_cabinets_own_screen_answers_for_the_person_there(api, as_role, verb, role):
    person = await api.at_the_cabinet()
    answer = await as_role(role, "POST", f"/v1/cabinets/{CABINET}/{verb}", {})
    assert (answer.status_code, answer.json()["rule"]) == (403, "right-missing")
    assert (await api.get(f"/v1/cabinets/{CABINET}/screen")).json()["person"] == person


async def test_an_emergency_is_asked_for_from_any_account(api, as_role):
    answer = await as_role("auditor", "POST", f"/v1/cabinets/{CABINET}/emergency", {"compartment": 3})
    assert (answer.status_code, answer.json()["ask"]) == (200, "finger")


def test_an_account_that_nobody_knows_has_only_its_first_group():
    assert groups_of(4_000_000_000, 4_000_000_000) == frozenset()


async def test_the_record_names_the_account_as_weak_proof(api):
    await api.person()
    entry = api.station.ledger.entry(api.head())
    assert entry.actor.by == "peer-uid"
    assert entry.actor.strength == 1
    assert entry.actor.person == f"uid:{os.getuid()}"


async def test_reading_names_is_an_entry_and_reading_pseudonyms_is_none(api):
    await api.person()
    before = api.head()
    assert "模拟人" not in (await api.get("/v1/people")).text
    assert api.head() == before
    assert (await api.get("/v1/names", why="test")).json()["items"][0]["name"] == "模拟人"
    entry = api.station.ledger.entry(api.head())
    assert (entry.kind, entry.data) == ("labels.opened", {"what": "names", "count": 1, "why": "test"})


@pytest.mark.parametrize("why", [None, "", "  ", "x" * 101, "a\x1b[2Jb"])
async def test_names_without_a_reason_are_neither_read_nor_recorded(api, why):
    await api.person()
    before = api.head()
    answer = await api.get("/v1/names", **({} if why is None else {"why": why}))
    assert (answer.status_code, answer.json()["rule"]) == (400, "malformed")
    assert "模拟人" not in answer.text
    assert api.head() == before


async def test_a_card_that_cannot_be_read_has_no_name_and_hides_no_other(api):
    damaged, whole = await api.person(), await api.person()
    (api.station.places.state / "keys" / damaged).write_bytes(b"damaged")
    items = {item["person"]: item.get("name") for item in (await api.get("/v1/names", why="test")).json()["items"]}
    assert items == {damaged: None, whole: "模拟人"}
    assert api.station.ledger.entry(api.head()).data["count"] == 1


async def test_people_are_listed_with_the_labels_of_their_roles(api):
    await api.person("clerk", "guard")
    (row,) = (await api.get("/v1/people")).json()["items"]
    assert (row["roles"], row["labels"]) == ("clerk guard", ["案管室管理员", "看护辅警"])


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_verb_can_give_its_first_answer_again(route):
    free = {"/v1/record/rebuild", "/v1/imports/{id}/preview"}  # they make no entry
    assert (route.again is not None) == (route.method == "POST" and route.path not in free)
