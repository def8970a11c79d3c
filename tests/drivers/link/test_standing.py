"""Standing questions on a shared wire: told when there is something to tell, in turn with all others."""

import asyncio
import time
from pathlib import Path

import pytest
from tests.drivers.modbus_relay.rig import KINDS, Rig, rig, until

from custodyd_drivers.errors import LinkLost, NoReply
from custodyd_drivers.link.modbus import bits, open_bus, read_inputs, write_coil
from custodyd_drivers.link.modbus.requests import Request
from custodyd_drivers.link.turns import TELL_S, Standing

INPUTS = read_inputs(0, 8)
NONE = (False,) * 8
POLL_S = 0.02


def standing(on: Rig, unit: int = 1) -> Standing[Request]:
    return on.bus.polled(unit, INPUTS, POLL_S)


async def told(one: Standing[Request]) -> tuple[bool, ...]:
    async with asyncio.timeout(3):
        return bits(await anext(one), 8)


async def ended(one: Standing[Request]) -> None:
    while True:
        await told(one)


@pytest.mark.parametrize("kind", KINDS)
async def test_every_change_is_told_in_its_order(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        one = standing(on)
        assert await told(one) == NONE
        for door in (3, 5, 8):
            on.hands[1].open(door)
            assert (await told(one))[door - 1]
            on.hands[1].shut(door)
            assert await told(one) == NONE
        one.close()


async def test_what_stays_the_same_is_told_once_a_second(tmp_path: Path):
    async with rig("socket", tmp_path) as on:
        one = standing(on)
        await told(one)
        asked, began = len(on.sim.questions), time.monotonic()
        assert await told(one) == NONE
        assert time.monotonic() - began >= 0.9 * TELL_S
        assert len(on.sim.questions) - asked > 10, "it was asked all the time"
        one.close()


async def test_a_command_goes_before_questions_that_stand(tmp_path: Path):
    async with rig("socket", tmp_path, units=(1, 2, 3)) as on:
        for unit in (1, 2, 3):
            on.sim.seat(unit).delay_s = 0.03
        polled = [on.bus.polled(unit, INPUTS, 0.001) for unit in (1, 2, 3)]
        await until(lambda: len(on.sim.questions) > 6)
        before = len(on.sim.questions)
        await on.bus.ask(2, write_coil(0, True), urgent=True)
        functions = [question.pdu[0] for question in on.sim.questions[before:]]
        assert functions.index(5) <= 1, "at most the poll under way was before it"
        for one in polled:
            one.close()


async def test_units_that_are_always_due_take_turns(tmp_path: Path):
    async with rig("socket", tmp_path, units=(1, 2, 3)) as on:
        polled = [on.bus.polled(unit, INPUTS, 0.001) for unit in (1, 2, 3)]
        await until(lambda: len(on.sim.questions) > 60)
        units = [question.unit for question in on.sim.questions[-30:]]
        assert all(len(set(units[at : at + 3])) == 3 for at in range(0, 27, 3))
        for one in polled:
            one.close()


async def test_nobody_is_asked_after_a_close(tmp_path: Path):
    async with rig("socket", tmp_path) as on:
        one = standing(on)
        await told(one)
        one.close()
        await asyncio.sleep(2 * POLL_S)
        asked = len(on.sim.questions)
        await asyncio.sleep(5 * POLL_S)
        assert len(on.sim.questions) == asked
        with pytest.raises(LinkLost):
            await ended(one)


async def test_a_silent_unit_ends_its_question_and_nobody_elses(tmp_path: Path):
    async with rig("socket", tmp_path, units=(1, 2)) as on:
        dead, living = standing(on), standing(on, unit=2)
        await told(dead)
        on.sim.seat(1).swallow = 1
        with pytest.raises(NoReply):
            await ended(dead)
        with pytest.raises(NoReply):
            await told(dead)
        on.hands[2].open(1)
        async with asyncio.timeout(3):
            while not (await told(living))[0]:
                pass
        living.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_the_end_of_the_bus_is_the_end_of_every_question(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        one = standing(on)
        await told(one)
        await on.bus.close()
        with pytest.raises(LinkLost):
            await ended(one)
        with pytest.raises(LinkLost):
            await told(standing(on))


async def test_a_bus_that_was_never_opened_answers_nothing(tmp_path: Path):
    async with rig("socket", tmp_path) as on:
        with pytest.raises(LinkLost):
            await told(open_bus(on.host).polled(1, INPUTS, POLL_S))
