"""The owner of a shared wire: order, silence, late answers, cancelling, unplugging. Judged over real descriptors."""

import asyncio
import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.drivers.modbus_relay.rig import KINDS, TIMEOUT_S, Rig, rig, until

from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply, Refused
from custodyd_drivers.link.modbus import (
    BreakerState,
    BusSettings,
    Handed,
    Misfit,
    bits,
    open_bus,
    read_coils,
    read_inputs,
    write_coil,
)
from custodyd_simulators.wires import PtyWire

INPUTS, COILS = read_inputs(0, 8), read_coils(0, 8)
OPEN_3 = (False, False, True, False, False, False, False, False)
NONE = (False,) * 8


async def read(on: Rig, request=INPUTS, unit: int = 1, **keys):
    return bits((await on.bus.ask(unit, request, **keys)).data, 8)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_is_what_the_unit_says(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path, units=(1, 2)) as on:
        on.hands[1].open(3)
        assert await read(on) == OPEN_3
        assert await read(on, unit=2) == NONE


@pytest.mark.parametrize("kind", KINDS)
async def test_a_late_answer_is_never_taken_for_the_next_one(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.hands[1].open(3)
        on.sim.seat(1).delay_s = 1.2 * TIMEOUT_S
        with pytest.raises(NoReply) as silence:
            await read(on)
        assert TIMEOUT_S <= silence.value.waited_s < 3 * TIMEOUT_S
        on.sim.seat(1).delay_s = 0
        assert await read(on, COILS) == NONE
        on.hands[1].shut(3)
        assert await read(on) == NONE


@pytest.mark.parametrize("kind", KINDS)
async def test_a_late_answer_to_the_same_question_is_not_taken_either(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.hands[1].open(3)
        on.sim.seat(1).delay_s = 1.5 * TIMEOUT_S
        with pytest.raises(NoReply):
            await read(on)
        on.sim.seat(1).delay_s = 0
        on.hands[1].shut(3)
        assert await read(on) == NONE


@pytest.mark.parametrize("kind", ["pty", "rtu"])
async def test_an_answer_to_the_connection_before_is_never_taken_for_one_to_this(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.hands[1].open(3)
        on.sim.seat(1).delay_s = 0.6 * TIMEOUT_S
        asked = asyncio.create_task(read(on))
        await until(lambda: on.sim.questions)
        await on.new_bus()
        with pytest.raises(LinkLost):
            await asked
        on.hands[1].shut(3)
        assert await read(on) == NONE
        on.hands[1].open(3)
        assert await read(on) == OPEN_3


@pytest.mark.parametrize("kind", KINDS)
async def test_a_write_whose_answer_is_lost_is_executed_once(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.sim.seat(1).swallow = 1
        with pytest.raises(NoReply):
            await on.bus.ask(1, write_coil(2, True), urgent=True)
        assert on.hands[1].pulses[3] == 1
        assert await read(on, COILS) == OPEN_3
        assert on.hands[1].pulses[3] == 1


async def test_a_command_goes_before_every_waiting_poll(tmp_path: Path):
    async with rig("socket", tmp_path) as on:
        on.sim.seat(1).delay_s = 0.03
        polls = [asyncio.create_task(on.bus.ask(1, INPUTS)) for _ in range(5)]
        await until(lambda: on.sim.questions)
        noted: list[Handed] = []
        await on.bus.ask(1, write_coil(0, True), urgent=True, note=noted.append)
        await asyncio.gather(*polls)
        functions = [question.pdu[0] for question in on.sim.questions]
        assert functions == [2, 5, 2, 2, 2, 2]
        assert 0 < noted[0].waited_s < TIMEOUT_S


async def test_cancelling_a_waiting_command_means_that_it_is_never_sent(tmp_path: Path):
    async with rig("socket", tmp_path) as on:
        on.sim.seat(1).delay_s = 0.03
        poll = asyncio.create_task(on.bus.ask(1, INPUTS))
        await until(lambda: on.sim.questions)
        command = asyncio.create_task(on.bus.ask(1, write_coil(0, True), urgent=True))
        await asyncio.sleep(0)
        command.cancel()
        await asyncio.gather(poll, command, return_exceptions=True)
        assert await read(on, COILS) == NONE
        assert on.hands[1].pulses[1] == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_cancelling_an_exchange_under_way_does_not_mix_answers(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.hands[1].open(3)
        chance = random.Random(7)
        for _ in range(40):
            asked = asyncio.create_task(on.bus.ask(1, INPUTS))
            await asyncio.sleep(chance.random() * 0.003)
            asked.cancel()
            assert await read(on, COILS) == NONE
        assert await read(on) == OPEN_3


@pytest.mark.parametrize("kind", KINDS)
async def test_answers_come_through_a_slow_and_split_line(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.wire.faults.pause_s = 0.002
        on.hands[1].open(3)
        assert [await read(on) for _ in range(3)] == [OPEN_3] * 3


@pytest.mark.parametrize("kind", ["pty", "rtu"])
async def test_a_flipped_bit_is_garbled_and_the_next_answer_is_sound(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.hands[1].open(3)
        for seed in range(6):
            on.wire.faults.seed = seed
            on.wire.faults.corrupt = 1
            with pytest.raises((Garbled, NoReply)):
                await read(on)
            assert await read(on) == OPEN_3


@pytest.mark.parametrize("kind", KINDS)
async def test_a_doubled_answer_stays_one_answer(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.hands[1].open(3)
        on.wire.faults.double = 20
        for _ in range(10):
            assert await read(on) == OPEN_3
            assert await read(on, COILS) == NONE


@pytest.mark.parametrize("kind", ["pty", "rtu"])
async def test_a_stale_frame_before_a_question_is_forgotten(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        stale = bytes.fromhex("010101ff1188")
        on.wire.inject(stale)
        await asyncio.sleep(0.02)
        assert await read(on, COILS) == NONE


async def test_an_exception_is_refused_with_its_code_and_the_bus_lives_on(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        with pytest.raises(Refused) as no:
            await on.bus.ask(1, read_inputs(100, 8))
        assert no.value.code == 2
        assert await read(on) == NONE


async def test_a_block_of_another_size_is_a_misfit(tmp_path: Path):
    async with rig("socket", tmp_path) as on:
        on.sim.seat(1).extra = b"\0"
        with pytest.raises(Misfit):
            await read(on)


async def test_a_dead_unit_costs_the_living_less_than_one_timeout_a_cycle(tmp_path: Path):
    async with rig("pty", tmp_path, units=(1, 2, 3, 4)) as on:
        on.sim.seat(4).dead = True
        cycles, refused = 60, 0
        start = time.monotonic()
        for _ in range(cycles):
            for unit in (1, 2, 3):
                assert await read(on, unit=unit) == NONE
            with pytest.raises(NoReply) as silence:
                await read(on, unit=4)
            refused += silence.value.waited_s == 0
        spent = time.monotonic() - start
        asked = sum(question.unit == 4 for question in on.sim.questions)
        assert asked <= 2 + cycles // 10  # two silences open the breaker
        assert asked + refused == cycles
        assert on.bus.breakers[4] is BreakerState.OPEN
        assert spent < cycles * TIMEOUT_S


async def test_a_unit_that_returns_is_asked_again_and_trusted(tmp_path: Path):
    async with rig("pty", tmp_path, units=(1, 2)) as on:
        on.sim.seat(2).dead = True
        for _ in range(2):
            with pytest.raises(NoReply):
                await read(on, unit=2)
        assert await read(on) == NONE
        on.sim.seat(2).dead = False
        with pytest.raises(NoReply):
            await read(on, unit=2)
        for _ in range(10):
            await read(on)
        assert await read(on, unit=2) == NONE
        assert on.bus.breakers[2] is BreakerState.CLOSED


async def test_a_command_to_a_dead_unit_says_that_it_never_left(tmp_path: Path):
    async with rig("pty", tmp_path, units=(1, 2)) as on:
        on.sim.seat(2).dead = True
        for _ in range(2):
            with pytest.raises(NoReply):
                await read(on, unit=2)
        await read(on)
        with pytest.raises(LinkLost) as lost:
            await on.bus.ask(2, write_coil(0, True), urgent=True)
        assert not isinstance(lost.value, NoReply)


@pytest.mark.parametrize("kind", KINDS)
async def test_unplugging_an_idle_wire_is_noticed_within_a_second(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        await read(on)
        on.wire.unplug()
        start = time.monotonic()
        await asyncio.wait_for(on.bus.lost(), 1.0)
        assert time.monotonic() - start <= 1.0
        with pytest.raises(LinkLost):
            await read(on)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_command_whose_wire_goes_before_the_answer_is_unknown(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path, timeout_s=1.0) as on:
        on.sim.seat(1).mute = True
        command = asyncio.create_task(on.bus.ask(1, write_coil(0, True), urgent=True))
        await until(lambda: on.hands[1].pulses[1])
        on.wire.unplug()
        with pytest.raises(NoReply):
            await asyncio.wait_for(command, 1.0)
        await asyncio.wait_for(on.bus.lost(), 1.0)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_new_bus_speaks_again_after_replugging(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        on.wire.unplug()
        await asyncio.wait_for(on.bus.lost(), 1.0)
        on.wire.plug()
        await on.new_bus()
        assert await read(on) == NONE


async def test_another_device_behind_the_same_name_is_noticed(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        assert isinstance(on.wire, PtyWire)
        master, slave = os.openpty()
        on.wire._point(os.ttyname(slave))
        why = await asyncio.wait_for(on.bus.lost(), 1.0)
        assert "another device" in why.fact
        os.close(master)
        os.close(slave)


HOLD = "import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); print('held', flush=True); sys.stdin.read()"


async def test_a_port_in_use_is_named_as_such(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        await on.bus.close()
        with subprocess.Popen(  # noqa: ASYNC220 - it lives as long as the block, and starting it is quick
            [sys.executable, "-c", HOLD, str(on.host.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as thief:
            assert thief.stdout
            assert await asyncio.to_thread(thief.stdout.readline) == b"held\n"
            bus = open_bus(on.host)
            with pytest.raises(LinkLost, match="in use by another process"):
                await bus.start()
            await bus.close()
        assert on.bus._thread
        await on.new_bus()
        assert await read(on) == NONE


async def test_our_port_cannot_be_taken_while_we_have_it(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        thief = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", HOLD, str(on.host.port)], input=b"", capture_output=True, timeout=20
        )
        assert b"exclusively lock" in thief.stderr
        assert await read(on) == NONE


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": "/nowhere/ttyUSB0"}, "is not there"),
        ({"port": "/dev/null"}, "is no serial port"),
        ({"host": "127.0.0.1", "tcp_port": 1}, "cannot be reached"),
    ],
)
async def test_a_wire_that_does_not_open_says_why(settings: dict, words: str):
    bus = open_bus(BusSettings(**settings))
    with pytest.raises(LinkLost, match=words):
        await bus.start()
    with pytest.raises(LinkLost, match=words):
        await bus.ask(1, INPUTS)
    await bus.close()


async def test_a_bus_that_was_never_started_asks_nothing_and_closes_twice():
    bus = open_bus(BusSettings(port="/nowhere"))
    with pytest.raises(LinkLost):
        await bus.ask(1, INPUTS)
    await bus.close()
    await bus.close()
    with pytest.raises(LinkLost):
        await bus.start()


@pytest.mark.parametrize("kind", KINDS)
async def test_closing_ends_every_exchange_within_a_second(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path, timeout_s=2.0) as on:
        on.sim.seat(1).mute = True
        waiting = [asyncio.create_task(on.bus.ask(1, INPUTS)) for _ in range(3)]
        await until(lambda: on.sim.questions)
        start = time.monotonic()
        await on.bus.close()
        assert time.monotonic() - start <= 1.0
        ends = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(end) for end in ends] == [NoReply, LinkLost, LinkLost]


async def test_no_descriptor_and_no_thread_is_left_behind(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        await on.new_bus()
        before = len(os.listdir("/proc/self/fd")), threading.active_count()
        for _ in range(20):
            await on.new_bus()
            assert await read(on) == NONE
        assert (len(os.listdir("/proc/self/fd")), threading.active_count()) == before


async def test_twenty_silences_of_one_unit_do_not_close_the_wire_for_the_others(tmp_path: Path):
    async with rig("socket", tmp_path, units=(1,), timeout_s=0.02) as on:
        for unit in range(10, 30):
            with pytest.raises(NoReply):
                await read(on, unit=unit)
        assert await read(on) == NONE


async def test_a_babbling_line_gives_the_truth_or_a_typed_error_in_time(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        stop = threading.Event()

        def babble() -> None:
            while not stop.wait(0.001):
                on.wire.inject(b"\x55" * 64)

        talker = threading.Thread(target=babble)
        talker.start()
        try:
            for _ in range(3):
                with contextlib.suppress(DeviceError):
                    assert await asyncio.wait_for(read(on), 10) == NONE
        finally:
            stop.set()
            talker.join()
        assert await read(on) == NONE
