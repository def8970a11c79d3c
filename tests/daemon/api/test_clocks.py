"""Statutory clocks over the API: started, moved and ended by account, refused by rule, explained in both languages."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.daemon.api.conftest import Api

from custodyd.clock import CHINA

SUMMONS = "crim-summons-12h"


def ago(hours: float) -> str:
    return (datetime.now(CHINA) - timedelta(hours=hours)).replace(second=0, microsecond=0).isoformat()


async def started(api: Api, **how: Any) -> str:
    person = await api.person()
    await api.post("/v1/cases", {"code": "A1", "officers": [{"person": person, "part": "lead"}]})
    body = {"case": "A1", "limit": SUMMONS, "start": ago(1), "asserted": "summons", "document": "T1", **how}
    answer = await api.post("/v1/clocks", body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


async def test_a_clock_is_started_extended_corrected_ended_and_explained(api: Api) -> None:
    clock = await started(api)
    for verb, body in (
        ("extend", {"total": "24h", "approver": "case-unit-head", "document": "Y1", "decided": ago(0.5)}),
        ("correct", {"start": ago(2), "asserted": "gate", "document": "G1"}),
        ("end", {"met": True, "document": "E1"}),
    ):
        answer = await api.post(f"/v1/clocks/{clock}/{verb}", body)
        assert answer.status_code == 200, answer.text
    items = (await api.get(f"/v1/clocks/{clock}")).json()["items"]
    assert [item["kind"] for item in items] == ["clock.started", "clock.moved", "clock.moved", "clock.ended"]
    first, extended, corrected, ended = items
    assert (first["limit"], first["status"]) == (SUMMONS, "seen")
    assert first["lines"]["zh-CN"]
    assert len(first["lines"]["en"]) == len(first["lines"]["zh-CN"])
    assert extended["approver"] == "case-unit-head"
    assert corrected["start_before"] != corrected["start"]
    assert ended["met"] is True


async def test_a_clock_stands_still_and_goes_on(api: Api) -> None:
    clock = await started(api, limit="admin-inquiry-8h")
    body = {"reason": "sobering-restraint", "document": "Z1", "at": ago(0.5)}
    assert (await api.post(f"/v1/clocks/{clock}/pause", body)).status_code == 200
    assert (await api.post(f"/v1/clocks/{clock}/resume", {"document": "Z2"})).status_code == 200


async def test_a_refusal_names_its_rule_and_the_next_step(api: Api) -> None:
    clock = await started(api)
    answer = await api.post(f"/v1/clocks/{clock}/extend", {"total": "24h", "approver": "case-unit-head"})
    assert answer.status_code == 403
    assert answer.json()["rule"] == "extension-no-document"
    assert answer.json()["next_step"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/clocks/nothing/end", {"met": True}, 404),
        ("/v1/clocks/nothing/extend", {"total": "0h"}, 400),
        ("/v1/clocks/nothing/pause", {"reason": "hearing", "at": "yesterday"}, 400),
    ],
)
async def test_what_is_not_there_or_no_sense_is_refused(api: Api, path: str, body: Any, status: int) -> None:
    assert (await api.post(path, body)).status_code == status
    assert (await api.get("/v1/clocks/nothing")).status_code == 404


async def test_the_same_request_again_starts_one_clock(api: Api) -> None:
    await started(api)
    body = {"case": "A1", "limit": SUMMONS, "start": ago(3), "asserted": "summons", "document": "T2"}
    answers = [await api.post("/v1/clocks", body, key="same") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    wrong = await api.post(f"/v1/clocks/{answers[0].json()['id']}/end", {"met": True}, key="same")
    assert wrong.status_code == 409
    crossed = await api.post("/v1/clocks", body, key="other")
    assert crossed.json()["rule"] == "clock-runs-already"
