"""The lock bank over real descriptors: identity, hooks, unlocks that happen once and may be answered by nothing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from msgspec import ValidationError, convert
from tests.drivers.kerong.rig import BOARDS, KINDS, TIMEOUT_S, bank_settings, rig
from tests.drivers.modbus_relay.rig import until

from custodyd_drivers.contract import Answered, DoorClosed, DoorOpened, LockBank, OnBus, Proof, Report, Wire
from custodyd_drivers.errors import DeviceError, Garbled, LinkLost, NoReply, Refused
from custodyd_drivers.kerong import CU16_BUS, CU48_BUS, FAMILY, Settings, frames
from custodyd_drivers.kerong.driver import KerongBank
from custodyd_drivers.kerong.frames import CU16, CU48, Frame, Status
from custodyd_drivers.kerong.settings import BusSettings
from custodyd_drivers.link.breaker import BreakerState
from custodyd_drivers.link.modbus import BusSettings as ModbusSettings
from custodyd_drivers.link.modbus import open_bus
from custodyd_simulators.kerong.board import Board

ANSWERS = ("none", "short", "status")


@asynccontextmanager
async def reported(bank: KerongBank) -> AsyncIterator[list[Report]]:
    """What the bank says, as it says it."""
    said: list[Report] = []

    async def listen() -> None:
        async for report in bank.reports():
            said.append(report)  # noqa: PERF401 - seen while it grows

    task = asyncio.create_task(listen())
    try:
        yield said
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, DeviceError):
            await task


async def to_the_end(reports: AsyncIterator[Report]) -> None:
    async for _ in reports:
        pass


# --- late answers ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("board", BOARDS)
async def test_an_answer_to_the_connection_before_is_never_taken_for_one_to_this(
    tmp_path: Path, kind: str, board: str
) -> None:
    async with rig(tmp_path, kind, board=board) as on:
        on.hands[0].open(3)
        on.seat().delay_s = 0.6 * TIMEOUT_S
        asked = asyncio.create_task(on.bank().contacts())
        await until(lambda: on.sim.heard)
        await on.new_bus()
        with pytest.raises(LinkLost):
            await asked
        bank = on.bank()
        for move, is_open in ((on.hands[0].shut, False), (on.hands[0].open, True)):
            move(3)
            assert (await bank.contacts())[3] is is_open


# --- who is there ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("board", ["cu12", "cu16", "cu48"])
async def test_the_address_proves_the_board(tmp_path: Path, kind: str, board: str) -> None:
    async with rig(tmp_path, kind, units=(7,), board=board) as on:
        bank = on.bank(7)
        assert isinstance(bank, LockBank)
        identity = await bank.start()
        assert (identity.proof, identity.value, identity.model) == (Proof.ADDRESS, "7", f"KERONG {board.upper()}")
        assert bank.doors == {"cu12": 12, "cu16": 16, "cu48": 48}[board]


async def test_nobody_at_the_address_is_silence_although_others_live_there(tmp_path: Path) -> None:
    async with rig(tmp_path, units=(1, 2)) as on:
        with pytest.raises(NoReply):
            await on.bank(0).start()
        await on.bank(1).start()


async def test_another_boards_voice_is_this_ones_silence(tmp_path: Path) -> None:
    async with rig(tmp_path, units=(1,)) as on:
        start = asyncio.create_task(on.bank(0).start())
        await until(lambda: on.sim.heard)
        on.wire.inject(Frame(1, 0, CU48.told, bytes(12)).encode(CU48))
        with pytest.raises(NoReply):
            await start


async def test_a_board_that_speaks_another_dialect_is_refused_for_good(tmp_path: Path) -> None:
    async with rig(tmp_path, units=()) as on:
        on.sim.add(cast("Board", _Impostor()))
        with pytest.raises(Refused, match="is no CU48") as no:
            await on.bank(0).start()
        assert no.value.lasting


@pytest.mark.parametrize("voice", [b"C1-D-7K2M9QXA\r" * 3, b"\x01\x02\x01\x00\xa1\x88", b"\x02" * 40])
async def test_another_device_on_the_port_is_no_board(tmp_path: Path, voice: bytes) -> None:
    async with rig(tmp_path, units=()) as on:
        start = asyncio.create_task(on.bank(0).start())
        for _ in range(2):  # a question is asked twice before noise is called noise
            before = len(on.sim.heard)
            await until(lambda before=before: len(on.sim.heard) > before or start.done())
            on.wire.inject(voice)
        with pytest.raises(Garbled):
            await start


@pytest.mark.parametrize("board", BOARDS)
async def test_an_adapter_that_hears_itself_is_neither_noise_nor_an_answer(tmp_path: Path, board: str) -> None:
    async with rig(tmp_path, units=(1,), board=board) as on:
        on.sim.echo = True
        await on.bank(1).start()
        with pytest.raises(NoReply):
            await on.bank(0).start()


# --- hooks ---


@pytest.mark.parametrize("contact", ["open_when_low", "open_when_high"])
async def test_polarity_is_configured(tmp_path: Path, contact: str) -> None:
    async with rig(tmp_path, contact=contact) as on:
        on.hands[0].open(5)
        on.hands[0].open(48)
        bank = on.bank()
        await bank.start()
        assert [door for door, is_open in (await bank.contacts()).items() if is_open] == [5, 48]


@pytest.mark.parametrize("board", BOARDS)
async def test_what_lies_in_a_compartment_is_no_door(tmp_path: Path, board: str) -> None:
    async with rig(tmp_path, board=board) as on:
        on.seat().board.items = frozenset({1, 9})
        bank = on.bank()
        await bank.start()
        assert not any((await bank.contacts()).values())


async def test_a_door_found_open_is_reported_as_found(tmp_path: Path) -> None:
    async with rig(tmp_path, doors=3) as on:
        on.hands[0].open(2)
        bank = on.bank()
        await bank.start()
        async with reported(bank) as said:
            await until(lambda: len(said) >= 3)
        assert said == [DoorClosed(1, found=True), DoorOpened(2, found=True), DoorClosed(3, found=True)]


async def test_a_quiet_bank_says_that_it_is_alive_once_a_second(tmp_path: Path) -> None:
    async with rig(tmp_path, doors=1) as on:
        bank = on.bank(poll_s=0.05)
        await bank.start()
        async with reported(bank) as said:
            start = time.monotonic()
            await until(lambda: said.count(Answered()) == 3, 4.0)
            assert time.monotonic() - start > 1.5


# --- unlocks ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("answer", ANSWERS)
async def test_an_unlock_opens_one_door_whatever_the_board_answers(
    tmp_path: Path, kind: str, board: str, answer: str
) -> None:
    async with rig(tmp_path, kind, board=board) as on:
        on.seat().board.unlock_answer = answer  # type: ignore[assignment]  # one of three words
        bank = on.bank(poll_s=0.05)
        await bank.start()
        async with reported(bank) as said:
            await until(lambda: len(said) >= bank.doors)
            await bank.pulse(11)
            await until(lambda: DoorOpened(11) in said)
            await until(lambda: not on.hands[0].energised)  # while the coil pulls, the door springs open again
            on.hands[0].shut(11)
            await until(lambda: DoorClosed(11) in said)
        assert said[: bank.doors] == [DoorClosed(door, found=True) for door in range(1, bank.doors + 1)]
        assert on.hands[0].pulses == {door: int(door == 11) for door in range(1, bank.doors + 1)}
        assert on.unlocks() == 1


async def test_a_board_that_answers_nothing_is_believed_when_the_hook_moved(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        await bank.pulse(4)
        assert 4 in on.hands[0].standing_open
        assert bank.last_pulse


async def test_an_unanswered_unlock_of_a_jammed_bolt_is_unknown_and_happened_once(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        on.hands[0].jam(4, True)
        bank = on.bank()
        await bank.start()
        with pytest.raises(NoReply) as unknown:
            await bank.pulse(4)
        assert unknown.value.waited_s >= TIMEOUT_S
        assert on.hands[0].pulses[4] == 1
        assert not (await bank.contacts())[4]


async def test_an_unanswered_unlock_of_a_door_that_stood_open_proves_nothing(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        on.hands[0].open(4)
        bank = on.bank()
        await bank.start()
        with pytest.raises(NoReply):
            await bank.pulse(4)


async def test_a_board_that_dies_at_the_unlock_leaves_it_unknown(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.seat().dead = True
        with pytest.raises(NoReply):
            await bank.pulse(4)
        assert on.hands[0].pulses[4] == 0


@pytest.mark.parametrize("fault", [{"corrupt": 1}, {"cut_after": 3}, {"cut_after": 9}, {"junk": b"\x02\x00"}])
async def test_an_unlock_with_a_spoilt_answer_happened_once_and_the_hook_decides(
    tmp_path: Path, fault: dict[str, object]
) -> None:
    async with rig(tmp_path) as on:
        on.seat().board.unlock_answer = "status"
        bank = on.bank()
        await bank.start()
        for knob, value in fault.items():
            setattr(on.wire.faults, knob, value)
        await bank.pulse(4)
        assert on.hands[0].pulses[4] == 1


async def test_two_unanswered_unlocks_in_a_row_make_no_living_board_dead(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        await asyncio.gather(*(bank.pulse(door) for door in (1, 2, 3, 4)))
        assert on.bus.breakers[0] is BreakerState.CLOSED
        assert {1, 2, 3, 4} <= on.hands[0].standing_open
        assert on.unlocks() == 4


async def test_a_door_that_is_not_there_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    async with rig(tmp_path, doors=8) as on:
        bank = on.bank()
        await bank.start()
        for door in (0, 9, 49):
            with pytest.raises(Refused):
                await bank.pulse(door)
        assert on.unlocks() == 0


async def test_a_cancelled_unlock_happens_once_or_never_and_the_bank_goes_on(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        on.seat().board.unlock_answer = "short"
        bank = on.bank()
        await bank.start()
        for step in range(12):
            before = on.unlocks()
            pulse = asyncio.create_task(bank.pulse(1))
            await asyncio.sleep(step * 0.002)
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
            assert len(await bank.contacts()) == 48
            assert on.unlocks() - before <= 1


async def test_an_unlock_goes_before_the_polls_of_other_boards(tmp_path: Path) -> None:
    async with rig(tmp_path, units=range(4)) as on:
        banks = [on.bank(unit, poll_s=0.05) for unit in range(4)]
        for bank in banks:
            await bank.start()
            on.seat(len(banks) - 1).board.unlock_answer = "short"
        on.seat(0).delay_s = 0.02
        polls = [asyncio.create_task(bank.contacts()) for bank in banks for _ in range(2)]
        await asyncio.sleep(0.005)
        del on.sim.heard[:]
        await banks[3].pulse(1)
        await asyncio.gather(*polls)
        codes = [frame.code for frame in heard(on.sim.heard)]
        assert codes.index(CU48.unlock) <= 1, codes


def heard(data: bytearray) -> list[Frame]:
    sizes = {CU48.ask: (6,), CU48.unlock: (6,)}
    return frames.Splitter(CU48, sizes).feed(bytes(data))[0]


# --- bad wires ---


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("board", BOARDS)
async def test_byte_by_byte_is_as_good_as_at_once(tmp_path: Path, kind: str, board: str) -> None:
    async with rig(tmp_path, kind, board=board) as on:
        on.wire.faults.pause_s = 0.001
        on.hands[0].open(3)
        bank = on.bank()
        await bank.start()
        assert [door for door, is_open in (await bank.contacts()).items() if is_open] == [3]


async def test_a_late_answer_is_never_taken_for_the_answer_to_the_next_question(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.hands[0].open(3)
        on.seat().delay_s = 1.3 * TIMEOUT_S
        with pytest.raises(NoReply):
            await bank.contacts()
        on.seat().delay_s = 0
        on.hands[0].shut(3)
        assert not (await bank.contacts())[3]


async def test_a_stale_frame_before_a_question_is_forgotten(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        stale = Status((False,) * 48, (False,) * 48).encode()
        on.wire.inject(Frame(0, 0, CU48.told, stale).encode(CU48))
        await asyncio.sleep(0.03)  # it lies there before the question
        assert not any((await bank.contacts()).values())


async def test_doubled_answers_stay_one_answer(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.wire.faults.double = 40
        for door in range(1, 8):
            on.hands[0].open(door)
            assert (await bank.contacts())[door]


async def test_one_spoilt_answer_is_asked_for_again(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        for seed in range(6):
            on.wire.faults.seed, on.wire.faults.corrupt = seed, 1
            assert not any((await bank.contacts()).values())


async def test_noise_at_one_address_is_its_silence_and_not_the_end_of_the_wire(tmp_path: Path) -> None:
    async with rig(tmp_path, units=(1, 2)) as on:
        bank = on.bank(1)
        await bank.start()
        on.wire.faults.corrupt = 1000
        with pytest.raises(NoReply):
            await asyncio.wait_for(to_the_end(bank.reports()), 3)
        on.wire.faults.clear()
        await on.bank(2).start()


async def test_a_board_that_turns_into_another_ends_the_reports(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        reports = bank.reports()
        assert await anext(reports) == DoorClosed(1, found=True)
        on.seat().board = cast("Board", _Impostor())
        with pytest.raises(Refused, match="is no CU48"):
            await asyncio.wait_for(to_the_end(reports), 3)


class _Impostor:
    """Answers whatever comes as a CU16 would."""

    address, dialect = 0, CU16

    def hear(self, data: bytes) -> list[Frame]:
        return [Frame(0, 0, CU16.told, bytes(4))]

    def tick(self, dt: float) -> None:
        """Nothing moves behind it."""


async def test_silence_ends_the_reports(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.seat().mute = True
        start = time.monotonic()
        with pytest.raises(NoReply):
            await asyncio.wait_for(to_the_end(bank.reports()), 3)
        assert time.monotonic() - start < 1.0


async def test_a_dead_board_costs_the_living_little(tmp_path: Path) -> None:
    async with rig(tmp_path, units=(1, 2)) as on:
        living, dead = on.bank(1), on.bank(2)
        await living.start()
        on.seat(2).dead = True
        before, cycles = len(heard(on.sim.heard)), 40
        for _ in range(cycles):
            await living.contacts()
            with pytest.raises(NoReply):
                await dead.contacts()
        asked = [frame.board for frame in heard(on.sim.heard)[before:]]
        assert asked.count(2) <= 2 + cycles // 10
        assert asked.count(1) == cycles


@pytest.mark.parametrize("kind", KINDS)
async def test_unplugging_is_noticed_within_a_second_and_the_bank_usable_within_two_of_its_return(
    tmp_path: Path, kind: str
) -> None:
    async with rig(tmp_path, kind) as on:
        bank = on.bank()
        await bank.start()
        on.wire.unplug()
        await asyncio.wait_for(on.bus.lost(), 1.0)
        with pytest.raises(LinkLost):
            await bank.pulse(1)
        on.wire.plug()
        start = time.monotonic()
        await on.new_bus()
        fresh = on.bank()
        await fresh.start()
        await fresh.pulse(1)
        assert time.monotonic() - start <= 2.0
        assert on.hands[0].pulses[1] == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unlock_whose_wire_goes_before_the_answer_is_unknown(tmp_path: Path, kind: str) -> None:
    async with rig(tmp_path, kind) as on:
        bank = on.bank()
        await bank.start()
        pulse = asyncio.create_task(bank.pulse(1))
        await until(on.unlocks)
        on.wire.unplug()
        with pytest.raises(NoReply):
            await asyncio.wait_for(pulse, 1.5)
        assert on.unlocks() == 1


async def test_an_unlock_on_a_wire_that_is_gone_surely_never_left(tmp_path: Path) -> None:
    async with rig(tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.wire.unplug()
        await on.bus.lost()
        with pytest.raises(LinkLost) as lost:
            await bank.pulse(1)
        assert not isinstance(lost.value, NoReply)


@pytest.mark.parametrize("settings", [{"port": "/nowhere"}, {"host": "127.0.0.1", "tcp_port": 1}, {"host": "no..host"}])
async def test_a_wire_that_is_not_there_says_so(settings: dict[str, object]) -> None:
    bus = CU48_BUS.open(convert(settings, BusSettings))
    with pytest.raises(LinkLost):
        await bus.start()
    await bus.close()


async def test_a_closed_driver_asks_nothing_and_leaves_the_bus_to_others(tmp_path: Path) -> None:
    async with rig(tmp_path, units=(1, 2)) as on:
        bank = on.bank(1)
        await bank.start()
        await bank.close()
        await bank.close()
        for verb in (bank.pulse(1), bank.contacts()):
            with pytest.raises(LinkLost):
                await verb
        await on.bank(2).start()


# --- the board's own pulse ---


async def test_a_board_whose_pulse_differs_is_set_once_and_asked(tmp_path: Path) -> None:
    async with rig(tmp_path, board="cu16", pulse_ms=300) as on:
        await on.bank().start()
        assert on.seat().board.pulse_s == 0.3
        del on.sim.heard[:]
        await on.bank().start()
        assert bytes.fromhex("020037001e03") not in on.sim.heard, "what is right is not written again"


async def test_without_a_wish_the_board_keeps_its_own_pulse(tmp_path: Path) -> None:
    async with rig(tmp_path, board="cu16") as on:
        await on.bank().start()
        assert on.seat().board.pulse_s == 0.5
        assert b"\x37" not in on.sim.heard


async def test_a_board_that_keeps_no_pulse_is_refused(tmp_path: Path) -> None:
    async with rig(tmp_path, board="cu16", pulse_ms=300) as on:
        on.seat().board.keeps_time = False
        with pytest.raises(Refused, match="does not keep a pulse of 300 ms"):
            await on.bank().start()


async def test_a_pulse_that_cannot_be_one_is_never_answered_by_writing_one(tmp_path: Path) -> None:
    async with rig(tmp_path, board="cu16", pulse_ms=300) as on:
        on.seat().board.pulse_s = 128.0  # 500 ms with the bytes the other way round
        with pytest.raises(Refused, match="tells a pulse of 128000 ms"):
            await on.bank().start()
        assert bytes.fromhex("020037001e03") not in on.sim.heard


# --- settings and the family ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": 10},
        {"unit": -1},
        {"board": "cu16", "unit": 15},
        {"board": "cu24"},
        {"doors": 49},
        {"board": "cu12", "doors": 13},
        {"doors": 0},
        {"pulse_ms": 300},
        {"board": "cu16", "pulse_ms": 305},
        {"board": "cu16", "pulse_ms": 2010},
        {"contact": "open"},
        {"poll_s": 0},
        {"hold": True},
    ],
)
def test_a_bank_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    right = {"bus": "b", "unit": 9, "board": "cu48"}
    convert(right, Settings)
    with pytest.raises(ValidationError):
        convert({**right, **wrong}, Settings)


@pytest.mark.parametrize("wrong", [{}, {"port": "x", "host": "y"}, {"port": "x", "baudrate": 4800}])
def test_a_wire_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        convert(wrong, BusSettings)


def test_the_family_names_the_protocol_of_each_board() -> None:
    assert isinstance(FAMILY, OnBus)
    assert FAMILY.wire is Wire.BUS
    assert FAMILY.protocol(bank_settings(board="cu12")) == FAMILY.protocol(bank_settings(board="cu16")) == CU16_BUS.name
    assert FAMILY.protocol(bank_settings()) == CU48_BUS.name
    with pytest.raises(TypeError):
        FAMILY.protocol(object())


async def test_the_family_opens_on_its_own_bus_only() -> None:
    bus = CU48_BUS.open(BusSettings(port="x"))
    assert cast("KerongBank", FAMILY.open(bank_settings(), bus)).doors == 48
    with pytest.raises(TypeError):
        FAMILY.open(bank_settings())
    with pytest.raises(TypeError):
        FAMILY.open(object(), bus)
    modbus = open_bus(ModbusSettings(port="x"))
    with pytest.raises(TypeError):
        FAMILY.open(bank_settings(), modbus)
    with pytest.raises(TypeError):
        CU48_BUS.open(ModbusSettings(port="x"))
    for unused in (bus, modbus):
        await unused.close()
