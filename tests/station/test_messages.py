"""Messages of a living station: at once, never twice, and unknown where a modem does not answer or not in time."""

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.station.support import DEVICES, all_entries, place, quiet
from tests.station.test_faults import again

from custodyd_simulators.gsm_modem import Handsets, Silence
from custodyd_simulators.minute import Minute
from custodyd_simulators.running import Running, simulation, stop
from custodyd_simulators.verbs import act

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]
AT_ONCE_S = 5.0  # a sixth of the time between two rounds
PATIENCE = "\nsubmit_timeout_s = 3"


async def test_a_message_that_was_taken_without_an_answer_is_unknown_and_sent_once() -> None:
    with place() as state:
        config = _impatient(state)
        async with simulation(config, state) as running:
            await running.ready()
            handsets = running.station.hands["sms"]
            assert isinstance(handsets, Handsets)
            handsets.knobs.silences.append(Silence.TAKEN)
            await _one_message(running)
            await Minute(running, quiet).until(lambda: _is(running, "unknown"))
            await stop(running.process)
            running.process = await again(state, config)
            await running.ready()
            assert await _is(running, "unknown")
            assert len(handsets.inbox) == 1


async def test_a_message_that_was_given_up_is_delivered_after_its_late_answer_and_sent_once() -> None:
    with place() as state:
        async with simulation(_impatient(state), state) as running:
            await running.ready()
            handsets = running.station.hands["sms"]
            assert isinstance(handsets, Handsets)
            handsets.knobs.accept_s = 4.0
            await _one_message(running)
            await Minute(running, quiet).until(lambda: _is(running, "unknown"))
            await Minute(running, quiet).until(lambda: _is(running, "delivered"))
            kinds = [entry["kind"] for entry in await all_entries(running)]
            assert kinds.count("message.accepted_late") == kinds.count("message.handing.began") == 1
            assert len(handsets.inbox) == 1


async def test_a_forced_door_is_told_at_once_and_not_by_the_next_round() -> None:
    with place() as state:
        async with simulation(DEVICES, state) as running:
            await running.ready()
            handsets = running.station.hands["sms"]
            assert isinstance(handsets, Handsets)
            began = time.monotonic()
            await asyncio.to_thread(act, running.station, "door", ["dossier-a/3", "open"])
            await Minute(running, quiet).until(lambda: _reached(handsets))
            assert time.monotonic() - began < AT_ONCE_S
            assert "dossier-a/3" not in handsets.inbox[0].text


async def test_an_answer_by_message_is_an_entry_without_its_words() -> None:
    with place() as state:
        async with simulation(DEVICES, state) as running:
            await running.ready()
            handsets = running.station.hands["sms"]
            assert isinstance(handsets, Handsets)
            handsets.text("+8613900139000", "谁是张三")
            handsets.text("13800138005", "收到张三")  # the leader of the founding
            await Minute(running, quiet).until(lambda: _answered(running))
            (entry,) = [one for one in await all_entries(running) if one["kind"] == "message.received"]
            assert entry["data"] == {"length": 4, "code": "none"}
            assert "张三" not in (state / "daemon.log").read_text("utf-8")


async def _reached(handsets: Handsets) -> bool:
    return bool(handsets.inbox)


async def _answered(running: Running) -> bool:
    return any(entry["kind"] == "message.received" for entry in await all_entries(running))


def _impatient(state: Path) -> Path:
    """The same station, whose modem is waited for a short time only."""
    config = state / "devices.toml"
    text = DEVICES.read_text("utf-8")
    config.write_text(text.replace("[device.sms]", "[device.sms]" + PATIENCE), "utf-8")
    return config


async def _one_message(running: Running) -> None:
    """A dossier of one officer that is not deposited: jump past its first rung that tells, and wait for the message."""
    person = (await running.post("/v1/people", name="模拟民警甲", roles=["case-officer"], phone="+8613800138002"))["id"]
    await running.post("/v1/cases", code="A1", officers=[{"person": person, "part": "lead"}])
    await running.post("/v1/dossiers", case="A1")

    now = datetime.fromisoformat((await running.civil())["now"])
    await running.civil((now + timedelta(hours=12, minutes=1)).isoformat())

    async def stands() -> bool:
        return bool(await _messages(running))

    await Minute(running, quiet).until(stands)


async def _messages(running: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await running.get("/v1/messages"))["items"]
    return found


async def _is(running: Running, state: str) -> bool:
    return [message["state"] for message in await _messages(running)] == [state]
