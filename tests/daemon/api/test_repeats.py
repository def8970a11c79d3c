"""A repeated request gets its first answer, and one entry stands."""

import asyncio

from .conftest import CABINET

PLACE = f"/v1/cabinets/{CABINET}"


async def test_what_was_registered_keeps_its_id(api):
    person = await api.person()
    case = {"code": "A2026-0001", "officers": [{"person": person, "part": "lead"}]}
    for path, body in (("/v1/cases", case), ("/v1/dossiers", {"case": "A2026-0001"})):
        first = await api.post(path, body, "key" + path)
        head = api.head()
        again = await api.post(path, body, "key" + path)
        assert first.status_code == again.status_code == 200
        assert first.content == again.content
        assert api.head() == head


async def test_a_new_label_is_issued_once(api):
    person = await api.person()
    await api.post("/v1/cases", {"code": "A1", "officers": [{"person": person, "part": "lead"}]})
    dossier = (await api.post("/v1/dossiers", {"case": "A1"})).json()["id"]
    answers = [await api.post(f"/v1/dossiers/{dossier}/reissue", {"reason": "torn"}, "torn") for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert (await api.get(f"/v1/dossiers/{dossier}/label")).json()["items"][0]["issue"] == 2


async def test_five_of_the_same_at_once_are_one(api):
    body = {"name": "模拟人", "roles": ["case-officer"]}
    answers = await asyncio.gather(*(api.post("/v1/people", body, "same") for _ in range(5)))
    assert len({answer.content for answer in answers}) == 1
    assert len((await api.get("/v1/people")).json()["items"]) == 1
    assert len(api.station.people.people()) == 1


async def test_a_key_that_was_used_for_another_verb_is_a_conflict(api):
    await api.post("/v1/people", {"name": "模拟人", "roles": ["case-officer"]}, "mine")
    answer = await api.post(f"{PLACE}/leave", {}, "mine")
    assert (answer.status_code, answer.json()["rule"]) == (409, "conflict")


async def test_a_screen_verb_answers_with_the_screen_of_now_and_the_entry_of_then(api):
    await api.at_the_cabinet()
    first = (await api.post(f"{PLACE}/leave", {}, "leaving")).json()
    assert first["entered"] == {"segment": "1", "seq": api.head()[1]}
    await api.at_the_cabinet()
    again = (await api.post(f"{PLACE}/leave", {}, "leaving")).json()
    assert again["entered"] == first["entered"]
    assert again["texts"] == (await api.get(f"{PLACE}/screen")).json()["texts"]
    assert again["person"] is not None, "the second visit must not end by a repeat of the first leave"


async def test_a_refusal_is_the_same_refusal_again(api):
    person = await api.at_the_cabinet()
    await api.post("/v1/cases", {"code": "A1", "officers": [{"person": person, "part": "lead"}]})
    dossier = (await api.post("/v1/dossiers", {"case": "A1"})).json()["id"]
    body = {"act": "withdrawal", "dossier": dossier, "purpose": "interview", "due": "2026-12-24T08:00:00+08:00"}
    first = await api.post(f"{PLACE}/choose", body, "refused")
    head = api.head()
    again = await api.post(f"{PLACE}/choose", body, "refused")
    assert first.status_code == again.status_code == 403
    assert first.content == again.content
    assert api.head() == head
