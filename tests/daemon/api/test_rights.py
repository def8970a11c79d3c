"""Who may ask what, told by the account at the other end of the socket."""

import grp
import os
import re
from dataclasses import replace

import pytest

from custodyd.api.peer import groups_of, peer
from custodyd.api.table import ROUTES
from custodyd.model.station import Right


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
    assert api.station.ledger.entry(api.head()).kind == "labels.opened"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_verb_can_give_its_first_answer_again(route):
    free = {"/v1/record/rebuild"}  # makes no entry
    assert (route.again is not None) == (route.method == "POST" and route.path not in free)
