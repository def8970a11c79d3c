"""The KERONG twin against the maker's bytes, whoever asks, and what hands and faults do to it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.kerong.frames import CU16, CU48, Dialect
from custodyd_drivers.kerong.settings import BusSettings, Settings
from custodyd_drivers.link.modbus import BusSettings as ModbusSettings
from custodyd_simulators.bank import Bank
from custodyd_simulators.hands import Doors
from custodyd_simulators.kerong import TWIN, Board, SimulatedLine

GOLDEN = json.loads((Path(__file__).parents[2] / "drivers" / "kerong" / "golden.json").read_text())


def line(dialect: Dialect, addresses: tuple[int, ...] = (0,)) -> tuple[SimulatedLine, list[Board], list[str]]:
    sim, said = SimulatedLine(), list[str]()
    boards = [Board(dialect, address, Bank(dialect.locks, open_when_high=False)) for address in addresses]
    for board in boards:
        sim.add(board)
    sim.attach(lambda data: said.append(data.hex()))
    return sim, boards, said


@pytest.mark.parametrize("dialect", [CU16, CU48])
def test_a_board_with_all_doors_shut_answers_with_the_makers_bytes(dialect: Dialect) -> None:
    sim, _, said = line(dialect)
    golden = GOLDEN[dialect.name.lower()]
    sim.hear(bytes.fromhex(golden["status of board 0"]))
    assert said == [golden["all locked"]]


def test_an_open_first_lock_is_the_lowest_bit() -> None:
    sim, (board,), said = line(CU16)
    board.bank.open(1)
    sim.hear(bytes.fromhex(GOLDEN["cu16"]["status of board 0"]))
    assert said == [GOLDEN["cu16"]["lock 1 open"]]


@pytest.mark.parametrize(
    ("dialect", "request_", "pulled"),
    [
        (CU16, "unlock lock 1", [1]),
        (CU16, "unlock lock 6", [6]),
        (CU16, "unlock all", list(range(1, 17))),
        (CU48, "unlock lock 5", [5]),
        (CU48, "unlock all", list(range(1, 49))),
    ],
)
def test_the_makers_unlocks_pull_the_right_bolts(dialect: Dialect, request_: str, pulled: list[int]) -> None:
    sim, (board,), said = line(dialect)
    sim.hear(bytes.fromhex(GOLDEN[dialect.name.lower()][request_]))
    assert sorted(board.bank.energised) == pulled
    assert (said, board.unlocks) == ([], 1)


def test_every_board_answers_when_all_are_asked() -> None:
    sim, _, said = line(CU16, (0, 1))
    sim.hear(bytes.fromhex(GOLDEN["cu16"]["status of all boards"]))
    assert said == ["020036ffff00000339", "021036ffff00000349"]


def test_the_status_of_all_locks_is_the_status_of_the_board() -> None:
    sim, _, said = line(CU48)
    sim.hear(bytes.fromhex(GOLDEN["cu48"]["status of all locks"]))
    assert said == ["02003075ffffffffffff00000000000003a4"]


def test_the_answer_to_an_unlock_is_a_knob() -> None:
    sim, (board,), said = line(CU48)
    board.unlock_answer = "short"
    sim.hear(bytes.fromhex(GOLDEN["cu48"]["unlock lock 5"]))
    assert said == ["02000475037e"]
    sim.tick(1.0)
    board.unlock_answer = "status"
    sim.hear(bytes.fromhex(GOLDEN["cu48"]["unlock lock 5"]))
    assert len(said[-1]) == 36


def test_a_board_that_pulls_a_bolt_hears_nothing_for_a_moment() -> None:
    sim, _, said = line(CU48)
    sim.hear(bytes.fromhex(GOLDEN["cu48"]["unlock lock 5"] + GOLDEN["cu48"]["status of board 0"]))
    assert len(said) == 1, "what came in one piece was heard before the bolt moved"
    sim.hear(bytes.fromhex(GOLDEN["cu48"]["status of board 0"]))
    assert len(said) == 1
    sim.tick(0.1)
    sim.hear(bytes.fromhex(GOLDEN["cu48"]["status of board 0"]))
    assert len(said) == 2


def test_a_pulse_ends_by_the_boards_own_timer() -> None:
    sim, (board,), _ = line(CU48)
    sim.hear(bytes.fromhex(GOLDEN["cu48"]["unlock lock 5"]))
    sim.tick(0.49)
    assert board.bank.energised == {5}
    sim.tick(0.02)
    assert board.bank.energised == frozenset()


def test_the_pulse_of_a_cu16_is_told_and_kept() -> None:
    sim, (board,), said = line(CU16)
    sim.hear(bytes.fromhex("020037033c"))
    assert said == ["0200380032036f"]
    sim.hear(bytes.fromhex("020037001e035a"))
    assert board.pulse_s == 0.3


def test_half_a_frame_goes_stale() -> None:
    sim, _, said = line(CU48)
    whole = bytes.fromhex(GOLDEN["cu48"]["status of board 0"])
    sim.hear(whole[:3])
    sim.tick(0.2)
    sim.hear(whole[3:])
    assert said == []
    sim.tick(0.2)
    sim.hear(whole)
    assert len(said) == 1


@given(st.sampled_from([CU16, CU48]), st.binary(max_size=100))
def test_no_garbage_raises_or_opens_a_door_without_a_whole_command(dialect: Dialect, garbage: bytes) -> None:
    sim, (board,), _ = line(dialect)
    sim.hear(garbage)
    codes = {dialect.unlock, 0x33} if dialect is CU16 else {dialect.unlock}
    assert board.unlocks == 0 or any(code in garbage for code in codes)


def test_dead_mute_and_swallowing_boards() -> None:
    sim, _, said = line(CU48)
    ask = bytes.fromhex(GOLDEN["cu48"]["status of board 0"])
    seat = sim.seat(0)
    for knob in ("dead", "mute"):
        setattr(seat, knob, True)
        sim.hear(ask)
        setattr(seat, knob, False)
    seat.swallow = 1
    sim.hear(ask)
    assert said == []
    sim.hear(ask)
    assert len(said) == 1
    with pytest.raises(KeyError):
        sim.seat(9)


def test_the_twin_stands_where_its_table_says(tmp_path: Path) -> None:
    port = TWIN.bus(BusSettings(port="/dev/x"), tmp_path / "bus")
    tcp = TWIN.bus(BusSettings(host="192.0.2.7"), tmp_path / "bus")
    try:
        assert port.transport == {"port": str(tmp_path / "bus")}
        assert tcp.transport["host"] == "127.0.0.1"
        bank = TWIN.join(port.hand, 3, Settings(bus="b", unit=3, board="cu12"))
        assert isinstance(bank, Doors)
        assert bank.channels == 12
        with pytest.raises(TypeError):
            TWIN.join(object(), 3, Settings(bus="b", unit=3, board="cu12"))
        with pytest.raises(TypeError):
            TWIN.bus(ModbusSettings(port="x"), tmp_path)
    finally:
        for standing in (port, tcp):
            standing.wire.close()
