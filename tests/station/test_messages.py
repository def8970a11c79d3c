"""A modem that takes a message and never answers: nobody knows, so nothing is sent twice, also after a restart."""

from pathlib import Path
from typing import Any

import pytest
from tests.station.support import DEVICES, place, quiet, to_the_next_due
from tests.station.test_faults import again

from custodyd_simulators.gsm_modem import Handsets, Silence
from custodyd_simulators.minute import Minute
from custodyd_simulators.running import Running, simulation, stop

pytestmark = [pytest.mark.station, pytest.mark.xdist_group("station"), pytest.mark.timeout(120)]
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


def _impatient(state: Path) -> Path:
    """The same station, whose modem is waited for a short time only."""
    config = state / "devices.toml"
    text = DEVICES.read_text("utf-8")
    config.write_text(text.replace("[device.sms]", "[device.sms]" + PATIENCE), "utf-8")
    return config


async def _one_message(running: Running) -> None:
    """A dossier of one officer that is not deposited: jump until its first message stands."""
    person = (await running.post("/v1/people", name="模拟民警甲", roles=["case-officer"], phone="+8613800138002"))["id"]
    await running.post("/v1/cases", code="A1", officers=[{"person": person, "part": "lead"}])
    await running.post("/v1/dossiers", case="A1")

    async def stands() -> bool:
        await to_the_next_due(running)
        return bool(await _messages(running))

    await Minute(running, quiet).until(stands)


async def _messages(running: Running) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await running.get("/v1/messages"))["items"]
    return found


async def _is(running: Running, state: str) -> bool:
    return [message["state"] for message in await _messages(running)] == [state]
