"""Whatever is asked wrongly is a problem in both languages with its next step, never a fault."""

import json
import shutil
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custodyd.api.problems import CONFLICT, MALFORMED, NOT_FOUND, Problem
from custodyd.api.table import ROUTES
from custodyd.model.alarm import Alarm
from custodyd.model.entry import Draft
from custodyd.model.facts.cabinet import DoorOpened, InventoryOpened
from custodyd.policy import RULES
from custodyd.station.conditions import sentence

OF_THE_API = (NOT_FOUND, MALFORMED, CONFLICT, "right-missing", "storage-failed", "not-enrolled")
OF_THE_DESK = ("identification-expired", "code-unknown", "busy", "person-inactive", "second-person-needed")
KEY = {"Idempotency-Key": "one"}
VERBS = [route for route in ROUTES if route.method == "POST"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def is_problem(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == status
    assert found["type"] == f"urn:custodyd:refused:{found['rule']}"
    for texts in (found["texts"], found["next_step"]):
        assert texts.keys() == {"zh-CN", "en"}
        assert not any(text.startswith("refused.") for text in texts.values())
    return found["rule"]


@pytest.mark.parametrize("rule", sorted({*RULES, *OF_THE_API, *OF_THE_DESK}))
def test_every_rule_has_its_sentence_and_its_next_step(rule):
    found = json.loads(Problem(403, rule).body())
    assert all(text and "refused." not in text for text in [*found["texts"].values(), *found["next_step"].values()])


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[]", b'{"name":1}', b'{"name":"x","roles":["clerk"],"more":1}', b'"\\ud800"']
)
async def test_a_malformed_body_is_told_so(api, body):
    assert is_problem(await api.client.post("/v1/people", content=body, headers=KEY), 400) == MALFORMED


async def test_a_body_that_is_too_large_is_not_read_to_its_end(api):
    answer = await api.client.post("/v1/people", content=b" " * (64 * 1024 + 1), headers=KEY)
    assert is_problem(answer, 413) == MALFORMED


@pytest.mark.parametrize("key", [None, "", "k" * 65, "\xe9"])
async def test_a_verb_needs_a_key(api, key):
    headers = {} if key is None else {"Idempotency-Key": key.encode("latin-1")}
    answer = await api.client.post("/v1/people", json={"name": "模拟人", "roles": ["clerk"]}, headers=headers)
    assert is_problem(answer, 400) == MALFORMED


async def test_unknown_ids_are_not_found(api):
    person = await api.person()
    asked = [
        ("/v1/dossiers/ABCDEFGH/reissue", {"reason": "torn"}),
        ("/v1/incidents/forced:dossier-a/3:1/explain", {"reason": "x", "named": person}),
        ("/v1/readers/nobody/enrol", {"person": person}),
        ("/v1/readers/reader-a/remove", {"slot": 3}),
        ("/v1/cabinets/nowhere/leave", {}),
        ("/v1/dossiers", {"case": "NONE"}),
    ]
    for path, body in asked:
        assert is_problem(await api.post(path, body), 404) == NOT_FOUND
    for path in ("/v1/dossiers/ABCDEFGH/label", "/v1/cabinets/x/screen", "/v1/cabinets/x/compartments"):
        assert is_problem(await api.get(path), 404) == NOT_FOUND


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/status/", "/v2/status", "/v1/../status", "/v1/%2e%2e/keys", "/v1/status%00", "/v1/%ff%fe",
     "/v1/cabinets/%2F..%2F/screen", "/v1/cabinets//screen"],
)  # fmt: skip
async def test_a_hostile_path_leads_nowhere(api, path):
    assert is_problem(await api.client.get("http://station" + path), 404) == NOT_FOUND


async def test_a_wrong_method_leads_nowhere(api):
    assert is_problem(await api.client.delete("/v1/people"), 405) == NOT_FOUND
    assert is_problem(await api.client.get("/v1/incidents/x/explain"), 405) == NOT_FOUND


@pytest.mark.parametrize(
    "cursor", ["x", "1", "1/", "/1", "1/x", "1/²", "-1/1", "1/--1", "9" * 40 + "/1", "1/" + "9" * 40]
)
async def test_a_hostile_cursor_is_malformed(api, cursor):
    assert is_problem(await api.get("/v1/entries", cursor=cursor), 400) == MALFORMED
    assert is_problem(await api.get("/v1/events", after=cursor), 400) == MALFORMED


@pytest.mark.parametrize("start", ["-1", "x", "٣", "9" * 40, "1;--"])
async def test_a_hostile_start_is_malformed(api, start):
    assert is_problem(await api.get("/v1/segments/1/raw", start=start), 400) == MALFORMED


@pytest.mark.parametrize(
    "moment",
    ["yesterday", "2026-11-24", "2026-11-24T08:00:00", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-12:00"],
)
async def test_a_time_that_no_station_can_show_is_malformed(api, moment):
    person = await api.person()
    body = {"code": "A1", "officers": [{"person": person, "part": "lead"}], "accepted": moment}
    assert is_problem(await api.post("/v1/cases", body), 400) == MALFORMED
    assert (await api.get("/v1/cases")).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "status", "about"),
    [
        ("/v1/people", {"name": "模拟人", "roles": ["clark"]}, 404, "role"),
        ("/v1/cases", {"code": "A1", "officers": [{"person": "p-" + "a" * 26, "part": "lead"}]}, 404, "person"),
        ("/v1/dossiers", {"case": "NONE"}, 404, "case"),
        ("/v1/dossiers/ABCDEFGH/reissue", {"reason": "torn"}, 404, "dossier"),
        ("/v1/readers/nobody/enrol", {"person": "p-" + "a" * 26}, 404, "reader"),
        ("/v1/cabinets/nowhere/leave", {}, 404, "cabinet"),
    ],
)
async def test_what_is_missing_is_named_with_where_to_look(api, path, body, status, about):
    answer = await api.post(path, body)
    assert is_problem(answer, status) == NOT_FOUND
    found, general = answer.json(), json.loads(Problem(status, NOT_FOUND).body())
    assert found["about"] == about
    assert found["texts"] != general["texts"]
    assert found["next_step"] != general["next_step"]


async def test_what_could_be_named_is_listed(api):
    answer = await api.post("/v1/people", {"name": "模拟人", "roles": ["clark"]})
    assert "clerk" in answer.json()["detail"]
    assert answer.json()["detail"].startswith("case-officer")


async def test_what_stands_in_the_way_is_named(api):
    person = await api.person()
    case = {"code": "A1", "officers": [{"person": person, "part": "lead"}]}
    await api.post("/v1/cases", case)
    answer = await api.post("/v1/cases", case)
    assert is_problem(answer, 409) == CONFLICT
    assert answer.json()["about"] == "case"
    assert "已经登记" in answer.json()["texts"]["zh-CN"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [({"code": "a1", "officers": []}, "$."), ({"code": "A1"}, "officers"), ({"code": "A1", "more": 1}, "more")],
)
async def test_a_malformed_request_is_told_where(api, body, detail):
    answer = await api.post("/v1/cases", body)
    assert is_problem(answer, 400) == MALFORMED
    assert detail in answer.json()["detail"]


async def test_a_key_that_cannot_be_written_is_failing_storage(api):
    shutil.rmtree(api.station.places.state / "keys")
    answer = await api.post("/v1/people", {"name": "模拟人", "roles": ["clerk"]})
    assert is_problem(answer, 503) == "storage-failed"
    assert (await api.get("/v1/people")).json()["items"] == []


async def test_who_was_erased_cannot_be_named(api):
    incident = "forced:dossier-a/3:1"
    fact = DoorOpened(why="forced")
    civil = api.station.clock.civil()
    await api.station.ledger.append(Draft(fact=fact, happened=civil, place="dossier-a/3", incident=incident))
    person = await api.person()
    api.station.people.destroy(person)
    answer = await api.post(f"/v1/incidents/{incident}/explain", {"reason": "x", "named": person})
    assert is_problem(answer, 409) == CONFLICT
    assert answer.json()["about"] == "key"


async def test_a_conflict_with_a_rule_of_its_own_is_told_by_it(api):
    incident = "inventory:dossier-a:1"
    civil = api.station.clock.civil()
    fact = InventoryOpened(compartments=3)
    await api.station.ledger.append(Draft(fact=fact, happened=civil, place="dossier-a", incident=incident))
    answer = await api.post(f"/v1/incidents/{incident}/explain", {"reason": "x", "named": await api.person()})
    assert is_problem(answer, 409) == "inventory-by-count"


async def test_a_closed_record_is_told_as_failing_storage(api):
    await api.station.ledger.close()
    answer = await api.post("/v1/people", {"name": "模拟人", "roles": ["clerk"]})
    assert is_problem(answer, 503) == "storage-failed"


@pytest.mark.parametrize(
    "body", [{"act": "inventory"}, {"act": "inventory", "dossier": "ABCDEFGH"}, {"act": "review", "compartment": 1}]
)
async def test_a_choice_without_its_object_is_malformed(api, body):
    assert is_problem(await api.post("/v1/cabinets/dossier-a/choose", body), 400) == MALFORMED


async def test_a_compartment_to_count_is_chosen_by_its_number(api):
    await api.at_the_cabinet("case-officer")
    count = {"act": "inventory", "compartment": 1}
    assert is_problem(await api.post("/v1/cabinets/dossier-a/choose", count), 403) == "reviewer-only"
    await api.at_the_cabinet("clerk")
    answer = await api.post("/v1/cabinets/dossier-a/choose", count)
    assert answer.status_code == 200
    assert api.station.ledger.entries(kind="compartment.count")[0].place == "dossier-a/1"


async def test_an_emergency_is_asked_for_though_the_record_cannot_be_read(api):
    await api.station.ledger.close()
    answer = await api.post("/v1/cabinets/dossier-a/emergency", {"compartment": 3})
    assert answer.status_code == 200
    assert answer.json()["ask"] == "finger"
    assert is_problem(await api.post("/v1/cabinets/dossier-a/leave", {}), 503) == "storage-failed"


async def test_how_the_station_stands_is_told_though_the_record_cannot_be_read(api, socket_of):
    alarm = Alarm("storage-failing", since=api.station.clock.civil())
    standing = [(alarm, sentence(alarm))]
    await api.station.ledger.close()
    async with socket_of(replace(api.services, alarms=lambda: standing)) as client:
        answer = await client.get("/v1/status")
    assert answer.status_code == 200
    found = answer.json()
    assert [alarm["name"] for alarm in found["alarms"]] == ["storage-failing"]
    assert set(found["alarms"][0]["texts"]) == {"zh-CN", "en"}
    assert "incidents" not in found
    assert len(found["devices"]) == len(api.station.settings.devices)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(route=st.sampled_from(VERBS), where=st.sampled_from(["dossier-a", "reader-a", "x"]), body=JSON)
async def test_no_body_makes_a_fault(api, route, where, body):
    path = route.path.replace("{id:path}", where).replace("{id}", where)
    answer = await api.post(path, body)
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        is_problem(answer, answer.status_code)


async def test_a_directory_of_keys_that_the_disk_refuses_is_the_disks_fault_and_said_so(api):
    person = await api.at_the_cabinet()
    keys = api.station.places.state / "keys"
    keys.rename(keys.with_name("elsewhere"))
    keys.touch()
    answer = await api.post("/v1/people", {"name": "模拟人", "roles": ["clerk"]})
    assert is_problem(answer, 503) == "storage-failed"
    assert is_problem(await api.get("/v1/names", why="test"), 503) == "storage-failed"
    screen = (await api.get("/v1/cabinets/dossier-a/screen")).json()
    assert person in screen["texts"]["en"]


async def test_a_torn_key_file_keeps_no_door_shut_and_no_list_away(api):
    person = await api.at_the_cabinet()
    other = await api.person()
    (api.station.places.state / "keys" / person).write_bytes(b"")
    assert person in (await api.get("/v1/cabinets/dossier-a/screen")).json()["texts"]["en"]
    named = (await api.get("/v1/names", why="test")).json()["items"]
    assert [item["person"] for item in named if "name" in item] == [other]
