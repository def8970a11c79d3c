"""Requests over the real socket: repeated, malformed, forbidden; each answer with its rule and its next step."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.station.support import DEVICES, place

from custodyd_simulators.running import Running, simulation

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    with place() as state:
        async with simulation(DEVICES, state) as found:
            await found.ready(devices=False)
            yield found


async def post(running: Running, path: str, body: Any, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await running.api.post(path, content=content, headers=headers)


async def test_requests_that_are_repeated_malformed_or_unknown(running: Running) -> None:
    await _a_repeat_gets_the_first_answer_and_makes_one_entry(running)
    await _a_repeated_screen_verb_answers_with_a_screen(running)
    await _bad_requests_are_problems_in_both_languages(running)
    await _the_stream_resumes_without_gaps(running)


async def _a_repeat_gets_the_first_answer_and_makes_one_entry(running: Running) -> None:
    key, body = uuid.uuid4().hex, {"name": "模拟人", "roles": ["case-officer"]}
    answers = await asyncio.gather(*(post(running, "/v1/people", body, key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    registered = [row for row in (await running.get("/v1/people"))["items"] if row["roles"] == "case-officer"]
    assert len(registered) == 1


async def _a_repeated_screen_verb_answers_with_a_screen(running: Running) -> None:
    key = uuid.uuid4().hex
    for _ in range(2):
        answer = await post(running, "/v1/cabinets/dossier-a/leave", {}, key)
        assert answer.status_code == 200
        assert answer.json()["ask"] == "finger"


async def _bad_requests_are_problems_in_both_languages(running: Running) -> None:
    key = uuid.uuid4().hex
    bad = [
        (await post(running, "/v1/people", {"name": "x"}, key), 400),
        (await post(running, "/v1/people", b"\xff{", key), 400),
        (await post(running, "/v1/people", {"name": "x", "roles": ["clerk"], "surprise": 1}, key), 400),
        (await post(running, "/v1/people", {"name": "x", "roles": ["clerk"]}), 400),
        (await post(running, "/v1/people", b" " * 70_000, key), 413),
        (
            await post(
                running, "/v1/cases", {"code": "A1", "officers": [{"person": "p-" + "a" * 26, "part": "lead"}]}, key
            ),
            404,
        ),
        (await post(running, "/v1/cabinets/nowhere/leave", {}, key), 404),
        (await running.api.get("/v1/segments/1/raw", params={"start": "-1;--"}), 400),
        (await running.api.get("/v1/entries", params={"cursor": "nonsense"}), 400),
    ]
    for answer, status in bad:
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["texts"].keys() == problem["next_step"].keys() == {"zh-CN", "en"}


async def _the_stream_resumes_without_gaps(running: Running) -> None:
    seen = await _read(running, "1/0", 3)
    assert seen == ["1/1", "1/2", "1/3"]
    assert await _read(running, seen[-1], 2) == ["1/4", "1/5"]


async def _read(running: Running, after: str, count: int) -> list[str]:
    found: list[str] = []
    async with running.api.stream("GET", "/v1/events", headers={"Last-Event-ID": after}) as lines:
        async for line in lines.aiter_lines():
            if line.startswith("id: "):
                found.append(line[4:])
            if len(found) == count:
                break
    return found
