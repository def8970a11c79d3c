"""The lock bank over real descriptors: identity, doors, pulses that happen once, silence."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.drivers.modbus_relay.rig import KINDS, TIMEOUT_S, rig, until

from custodyd_drivers.contract import Answered, DoorClosed, DoorOpened, LockBank, Proof, Report
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused
from custodyd_drivers.link.modbus import write_coil
from custodyd_drivers.modbus_relay.driver import RelayBank


@asynccontextmanager
async def reported(bank: RelayBank) -> AsyncIterator[list[Report]]:
    """What the bank says, as it says it; its end is the last element."""
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("board", ["waveshare-8", "dam0808", "waveshare-32"])
async def test_a_pulse_opens_one_door_and_the_door_is_reported(kind: str, board: str, tmp_path: Path):
    async with rig(kind, tmp_path, board=board) as on:
        bank = on.bank(board=board)
        await bank.start()
        async with reported(bank) as said:
            await until(lambda: len(said) >= bank.doors)
            await bank.pulse(2)
            await until(lambda: DoorOpened(2) in said)
            await until(lambda: not on.hands[1].energised)  # while the coil pulls, the door springs open again
            on.hands[1].shut(2)
            await until(lambda: DoorClosed(2) in said)
        assert said[: bank.doors] == [DoorClosed(door, found=True) for door in range(1, bank.doors + 1)]
        assert on.hands[1].pulses == {door: int(door == 2) for door in range(1, bank.doors + 1)}


async def test_the_pulse_ends_without_the_host(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        bank = on.bank(pulse_ms=300)
        await bank.start()
        await bank.pulse(1)
        await on.bus.close()
        assert on.hands[1].energised == {1}
        await until(lambda: not on.hands[1].energised, 1.0)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_address_and_the_version_prove_the_board(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path, units=(7,)) as on:
        bank = on.bank(7)
        assert isinstance(bank, LockBank)
        identity = await bank.start()
        assert (identity.proof, identity.value, identity.model) == (Proof.ADDRESS, "7", "waveshare-8 V2.00")


async def test_a_board_without_a_version_is_named_by_its_kind(tmp_path: Path):
    async with rig("pty", tmp_path, board="dam0808") as on:
        assert (await on.bank(board="dam0808").start()).model == "dam0808"


async def test_a_smaller_board_than_configured_is_refused(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        with pytest.raises(Refused):
            await on.bank(board="waveshare-16").start()


async def test_a_block_of_another_size_is_refused_for_good(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        on.sim.seat(1).extra = b"\0"
        with pytest.raises(Refused, match="is no waveshare-8") as no:
            await on.bank().start()
        assert no.value.lasting
        assert on.hands[1].pulses[1] == 0


async def test_nobody_at_the_unit_is_silence(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        with pytest.raises(NoReply):
            await on.bank(9).start()


@pytest.mark.parametrize("contact", ["open_when_high", "open_when_low"])
async def test_polarity_is_the_contacts_affair(contact: str, tmp_path: Path):
    async with rig("pty", tmp_path, contact=contact) as on:
        on.hands[1].open(5)
        bank = on.bank(contact=contact)
        await bank.start()
        assert [door for door, is_open in (await bank.contacts()).items() if is_open] == [5]


async def test_a_wrong_polarity_shows_every_other_door_open(tmp_path: Path):
    async with rig("pty", tmp_path, contact="open_when_low") as on:
        on.hands[1].open(5)
        bank = on.bank(contact="open_when_high")
        await bank.start()
        assert [door for door, is_open in (await bank.contacts()).items() if not is_open] == [5]


async def test_a_door_found_open_is_reported_as_found(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        on.hands[1].open(3)
        bank = on.bank(doors=4)
        await bank.start()
        async with reported(bank) as said:
            await until(lambda: len(said) >= 4)
        assert said == [
            DoorClosed(1, found=True),
            DoorClosed(2, found=True),
            DoorOpened(3, found=True),
            DoorClosed(4, found=True),
        ]


async def test_a_quiet_bank_says_that_it_is_alive_once_a_second(tmp_path: Path):
    async with rig("socket", tmp_path) as on:
        bank = on.bank(poll_s=0.05)
        await bank.start()
        async with reported(bank) as said:
            start = time.monotonic()
            await until(lambda: said.count(Answered()) == 3, 4.0)
            assert time.monotonic() - start > 1.5


@pytest.mark.parametrize("kind", KINDS)
async def test_a_pulse_whose_answer_is_lost_is_unknown_and_happened_once(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.sim.seat(1).swallow = 1
        with pytest.raises(NoReply) as unknown:
            await bank.pulse(4)
        assert unknown.value.waited_s >= TIMEOUT_S
        await until(lambda: 4 in on.hands[1].standing_open)
        assert (await bank.contacts())[4]
        assert on.hands[1].pulses[4] == 1
        assert bank.last_pulse


@pytest.mark.parametrize("kind", ["pty", "rtu"])
async def test_a_pulse_whose_answer_is_garbled_is_unknown_and_not_repeated(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.wire.faults.corrupt = 1
        with pytest.raises(NoReply):  # anything else would say that surely nothing moved
            await bank.pulse(4)
        assert (await bank.contacts()) is not None
        assert on.hands[1].pulses[4] == 1


async def test_a_late_answer_to_a_pulse_is_not_the_answer_to_the_next(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.sim.seat(1).delay_s = 1.3 * TIMEOUT_S
        with pytest.raises(NoReply):
            await bank.pulse(4)
        on.sim.seat(1).delay_s = 0
        on.sim.seat(1).swallow = 1
        with pytest.raises(NoReply):
            await bank.pulse(4)
        assert on.hands[1].pulses[4] == 2


async def test_a_refused_pulse_says_why_and_moves_nothing(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.sim.seat(1).exception = 4
        with pytest.raises(Refused) as no:
            await bank.pulse(1)
        assert no.value.code == 4
        with pytest.raises(Refused):
            await bank.pulse(9)
        with pytest.raises(Refused):
            await bank.pulse(0)
        assert not any(on.hands[1].pulses.values())


async def test_a_jammed_bolt_feels_the_pulse_and_the_door_stays_shut(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        bank = on.bank(pulse_ms=300)
        await bank.start()
        on.hands[1].jam(2, True)
        await bank.pulse(2)
        await until(lambda: not on.hands[1].energised)
        assert not (await bank.contacts())[2]
        assert on.hands[1].pulses[2] == 1


async def test_a_coil_found_energised_is_switched_off_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async with rig("pty", tmp_path) as on:
        await on.bus.ask(1, write_coil(6, True))
        assert on.hands[1].energised == {7}
        bank = on.bank()
        with caplog.at_level(logging.WARNING):
            await bank.start()
        assert on.hands[1].energised == frozenset()
        assert bank.found_energised == {7}
        assert "coils found energised: [7]" in caplog.text


async def test_going_on_matters_more_than_switching_coils_off(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async with rig("socket", tmp_path) as on:
        await on.bus.ask(1, write_coil(6, True))
        bank = on.bank()
        answer = on.sim.seat(1).device.answer
        on.sim.seat(1).device.answer = lambda pdu: bytes([0x8F, 4]) if pdu[0] == 15 else answer(pdu)
        await bank.start()
        assert "switching its coils off" in caplog.text
        assert (await bank.contacts())[1] is False


async def test_silence_ends_the_reports(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        bank = on.bank()
        await bank.start()
        reports = bank.reports()
        assert await anext(reports) == DoorClosed(1, found=True)
        on.sim.seat(1).dead = True
        with pytest.raises(NoReply):
            await asyncio.wait_for(to_the_end(reports), 3)


async def test_a_board_that_turns_into_something_else_ends_the_reports(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        bank = on.bank()
        await bank.start()
        on.sim.seat(1).extra = b"\0"
        with pytest.raises(Refused, match="is no waveshare-8"):
            await asyncio.wait_for(to_the_end(bank.reports()), 3)


async def test_noise_at_one_unit_is_its_silence_and_not_the_end_of_the_wire(tmp_path: Path):
    async with rig("pty", tmp_path, units=(1, 2)) as on:
        bank = on.bank()
        await bank.start()
        on.wire.faults.corrupt = 1000
        with pytest.raises(NoReply):
            await asyncio.wait_for(to_the_end(bank.reports()), 3)
        on.wire.faults.clear()
        await on.bank(2).start()


async def test_one_garbled_poll_is_no_reason_to_go_blind(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        bank = on.bank(poll_s=0.02)
        await bank.start()
        async with reported(bank) as said:
            await until(lambda: len(said) == 8)
            on.wire.faults.corrupt = 1
            await until(lambda: not on.wire.faults.corrupt)
            on.hands[1].open(1)
            await until(lambda: DoorOpened(1) in said)


async def test_a_board_that_lost_its_power_is_found_again_by_a_new_driver(tmp_path: Path):
    async with rig("pty", tmp_path, units=(1, 2)) as on:
        bank = on.bank()
        await bank.start()
        on.hands[1].open(2)
        on.sim.seat(1).dead = True
        with pytest.raises(NoReply):
            await bank.contacts()
        await bank.close()
        on.sim.seat(1).dead = False
        on.hands[1].power_cycle()
        fresh = on.bank()
        await fresh.start()
        assert (await fresh.contacts())[2]


async def test_a_cancelled_pulse_happens_once_or_never_and_the_bank_goes_on(tmp_path: Path):
    async with rig("pty", tmp_path) as on:
        bank = on.bank(pulse_ms=100)
        await bank.start()
        for step in range(30):
            before = on.hands[1].pulses[1]
            pulse = asyncio.create_task(bank.pulse(1))
            await asyncio.sleep(step * 0.0002)
            pulse.cancel()
            await asyncio.gather(pulse, return_exceptions=True)
            assert len(await bank.contacts()) == 8
            assert on.hands[1].pulses[1] - before <= 1


async def test_pulses_overtake_the_polls_of_many_banks(tmp_path: Path):
    async with rig("pty", tmp_path, units=range(1, 9)) as on:
        banks = [on.bank(unit, poll_s=0.02) for unit in range(1, 9)]
        for bank in banks:
            await bank.start()
        async with contextlib.AsyncExitStack() as stack:
            for bank in banks:
                await stack.enter_async_context(reported(bank))
            for bank in banks:
                await bank.pulse(1)
        index = {(question.unit, question.pdu[0]): place for place, question in enumerate(on.sim.questions)}
        assert len([unit for unit, function in index if function == 5]) == 8


async def test_a_closed_driver_asks_nothing_and_leaves_the_bus_to_others(tmp_path: Path):
    async with rig("pty", tmp_path, units=(1, 2)) as on:
        bank, other = on.bank(1), on.bank(2)
        await bank.start()
        await bank.close()
        await bank.close()
        with pytest.raises(LinkLost):
            await bank.pulse(1)
        with pytest.raises(LinkLost):
            await bank.contacts()
        await other.start()


@pytest.mark.parametrize("kind", KINDS)
async def test_usable_again_within_two_seconds_after_replugging(kind: str, tmp_path: Path):
    async with rig(kind, tmp_path) as on:
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
        assert on.hands[1].pulses[1] == 1
