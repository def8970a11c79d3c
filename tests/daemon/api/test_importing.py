"""Rows of a case platform over the socket: previewed, taken over, repeated; who may, and what is malformed."""

from typing import Any

import httpx
import pytest
from tests.daemon.api.conftest import Api

ROWS: list[dict[str, Any]] = [
    {"row": 2, "kind": "officer", "fields": {"badge": "031001", "name": "模拟甲"}},
    {"row": 3, "kind": "case", "fields": {"code": "A3301", "accepted": "2026-11-20 08:30", "lead": "031001"}},
    {"row": 4, "kind": "case", "fields": {"code": "A3302", "accepted": "yesterday", "lead": "031001"}},
]


async def test_a_preview_writes_nothing_and_the_import_is_answered_once_it_is_durable(api: Api) -> None:
    head = api.head()
    foreseen = (await api.post("/v1/imports/platform/preview", {"rows": ROWS})).json()
    assert api.head() == head
    answer = (await api.post("/v1/imports/platform/apply", {"rows": ROWS})).json()
    entered = answer.pop("entered")
    assert (entered["segment"], entered["seq"]) == api.head()
    assert answer == foreseen
    assert answer["rows"][2]["mistakes"][0]["texts"]["en"].startswith("Row 4, accepted: this time cannot be read.")
    assert answer["rows"][2]["mistakes"][0]["texts"]["zh-CN"].startswith("第4行“accepted”")


async def test_a_repeat_gets_the_first_answer_and_a_second_import_writes_nothing(api: Api) -> None:
    first = (await api.post("/v1/imports/platform/apply", {"rows": ROWS}, "key")).json()
    head = api.head()
    again = (await api.post("/v1/imports/platform/apply", {"rows": ROWS}, "key")).json()
    counts = ("new", "changed", "unchanged", "refused", "entered", "source")
    assert {name: first[name] for name in counts} == {name: again[name] for name in counts}
    assert again["rows"] == first["rows"][2:]
    other = (await api.post("/v1/imports/platform/apply", {"rows": ROWS}, "another")).json()
    assert (other["unchanged"], other["refused"], "entered" in other) == (2, 1, False)
    assert api.head() == head


async def test_a_key_of_another_request_is_a_conflict(api: Api) -> None:
    await api.post("/v1/people", {"name": "模拟人", "roles": ["clerk"]}, "key")
    answer = await api.post("/v1/imports/platform/apply", {"rows": ROWS}, "key")
    assert (answer.status_code, answer.json()["about"]) == (409, "request")
    await api.post("/v1/imports/platform/apply", {"rows": ROWS}, "second")
    assert (await api.post("/v1/imports/elsewhere/apply", {"rows": ROWS}, "second")).status_code == 409


async def test_every_source_shows_what_it_brought_last(api: Api) -> None:
    await api.post("/v1/imports/platform/apply", {"rows": ROWS})
    found = (await api.get("/v1/imports")).json()["items"]
    assert [(one["source"], one["new"], one["refused"]) for one in found] == [("platform", 2, 1)]
    assert "refusals" not in found[0]


@pytest.mark.parametrize(
    "body",
    [
        {"rows": []},
        {"rows": [{"row": 0, "kind": "case", "fields": {}}]},
        {"rows": [{"row": 1, "kind": "spell", "fields": {}}]},
        {"rows": [{"row": 1, "kind": "case", "fields": {"code": "x" * 1001}}]},
        {"rows": [ROWS[0]] * 2001},
        {"rows": [{**ROWS[0], "fields": {"name": "x" * 1000, "phone": "1" * 1000}}] * 2000},
    ],
)
async def test_what_is_no_list_of_rows_is_malformed(api: Api, body: dict[str, Any]) -> None:
    answer = await api.post("/v1/imports/platform/apply", body)
    assert answer.json()["rule"] == "malformed"


async def test_a_source_has_a_plain_name(api: Api) -> None:
    assert (await api.post("/v1/imports/Platform%20A/apply", {"rows": ROWS})).status_code == 400


async def test_an_account_without_the_right_imports_nothing(strangers: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k"}
    answer = await strangers.post("/v1/imports/platform/apply", json={"rows": ROWS}, headers=headers)
    assert answer.status_code == 403


async def test_two_thousand_rows_fit_into_one_request(api: Api) -> None:
    rows = [
        {"row": row, "kind": "officer", "fields": {"badge": f"{row:06}", "name": "模" * 20, "phone": f"139{row:08}"}}
        for row in range(1, 2001)
    ]
    answer = await api.post("/v1/imports/platform/preview", {"rows": rows})
    assert answer.json()["new"] == 2000
