"""The stream of entries and the pages of lists: nothing twice, nothing left out, times with their offset."""

import asyncio
import json
import re
import uuid

from custodyd.api.reading import PAGE
from custodyd.model.entry import Draft
from custodyd.model.facts.cabinet import DiscrepancyOpened, DoorOpened, UnlockUnknown
from custodyd.model.facts.people import StationFounded

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+08:00")


async def ids(api, after, count):
    """The next `count` ids of a stream that begins after `after`."""
    found = []
    async with asyncio.timeout(20), api.client.stream("GET", "/v1/events", headers={"Last-Event-ID": after}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                found.append(line.removeprefix("id: "))
            if len(found) == count:
                break
    return found


async def test_a_stream_resumes_without_gaps_and_without_repeats_while_entries_come(api):
    writing = asyncio.create_task(people(api, 30))
    first = await ids(api, "1/0", 11)
    second = await ids(api, first[-1], 15)
    assert first + second == [f"1/{seq}" for seq in range(1, 27)]
    await writing


async def people(api, count):
    for _ in range(count):
        await api.person()


async def test_a_stream_without_an_id_begins_now_and_carries_whole_entries(api):
    await api.person()
    seen = asyncio.get_running_loop().create_future()

    async def follow():
        async with api.client.stream("GET", "/v1/events") as answer:
            async for line in answer.aiter_lines():
                if line == ": custodyd":
                    await api.person()
                if line.startswith("data: "):
                    seen.set_result(json.loads(line.removeprefix("data: ")))
                    return

    async with asyncio.timeout(20):
        await follow()
    entry = seen.result()
    assert entry["id"] == "/".join(map(str, api.head()))
    assert entry["texts"].keys() == {"zh-CN", "en"}
    assert TIME.fullmatch(entry["happened"])
    assert TIME.fullmatch(entry["recorded"])


async def test_lists_page_by_cursor_and_every_row_comes_once(api):
    bodies = [{"name": "模拟人", "roles": ["case-officer"]}] * (PAGE + 5)
    answers = await asyncio.gather(*(api.post("/v1/people", body, uuid.uuid4().hex) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(await rows(api, "/v1/people", "person")) == sorted(answer.json()["id"] for answer in answers)
    found = await rows(api, "/v1/entries", "id")
    assert found == [f"1/{seq}" for seq in range(api.head()[1] + 1)]


async def rows(api, path, name):
    """One column of a whole list, page after page."""
    found, query = [], {}
    while True:
        page = (await api.get(path, **query)).json()
        found += [item[name] for item in page["items"]]
        if "next" not in page:
            return found
        assert len(page["items"]) == PAGE
        query = {"cursor": page["next"]}


async def test_every_time_is_text_with_its_offset(api):
    person = await api.person()
    await api.post("/v1/cases", {"code": "A1", "officers": [{"person": person, "part": "lead"}]})
    await api.post("/v1/dossiers", {"case": "A1"})
    status = (await api.get("/v1/status")).json()
    assert TIME.fullmatch(status["now"])
    assert TIME.fullmatch(status["since"])
    assert TIME.fullmatch((await api.get("/v1/cases")).json()["items"][0]["accepted"])
    for item in (await api.get("/v1/clocks")).json()["items"]:
        assert TIME.fullmatch(item["due"])
    for path in ("people", "cases", "dossiers", "clocks", "messages", "incidents", "devices", "entries"):
        assert not re.search(r'":1[5-9]\d{14}[,}\]]', (await api.get(f"/v1/{path}")).text), "microseconds in " + path


async def test_the_description_is_served(api):
    found = (await api.get("/v1/openapi.json")).json()
    assert found["openapi"].startswith("3.1")
    assert "/v1/incidents/{id}/explain" in found["paths"]


async def test_an_incident_is_told_by_what_stands_and_not_by_its_first_entry(api):
    civil = api.station.clock.civil()
    facts = {
        "door-forced:dossier-a/3:1": DoorOpened(why="forced"),
        "pages-differ:ABCDEFGH:1": DiscrepancyOpened(what="pages", expected="10", found="9"),
        "odd:1": UnlockUnknown(),
    }
    for incident, fact in facts.items():
        await api.station.ledger.append(Draft(fact=fact, happened=civil, place="dossier-a/3", incident=incident))
    told = {item["incident"]: item["texts"]["zh-CN"] for item in (await api.get("/v1/incidents")).json()["items"]}
    assert told == {
        "door-forced:dossier-a/3:1": "柜门未经授权被打开。",
        "pages-differ:ABCDEFGH:1": "归还的卷宗与领出时不一致。",
        "odd:1": "开锁结果未知",
    }


async def test_a_truth_is_no_time(api):
    witnesses = "p-" + "a" * 26, "p-" + "b" * 26
    fact = StationFounded(witnesses=witnesses, clerk=witnesses[0], renewed=True)
    await api.station.ledger.append(Draft(fact=fact, happened=api.station.clock.civil()))
    assert (await api.get("/v1/entries")).json()["items"][-1]["data"]["renewed"] is True
