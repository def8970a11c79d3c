"""The twin against the makers' bytes and against anything else a wire may bring."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.link.modbus import BusSettings
from custodyd_drivers.modbus_relay import Settings
from custodyd_drivers.modbus_relay.boards import BOARDS
from custodyd_simulators.modbus_relay import TWIN, Bank, Relays, SimulatedBus
from custodyd_simulators.modbus_relay.adu import Mbap, Rtu, crc16, rtu

GOLDEN = json.loads((Path(__file__).parents[2] / "drivers" / "modbus_relay" / "golden.json").read_text())
EVERY = [frame for maker in GOLDEN.values() for frame in maker.values()]


def alone(board: str = "waveshare-8", unit: int = 1, **keys) -> tuple[SimulatedBus, Relays, list[str]]:
    bus, said = SimulatedBus(**keys), []
    row = BOARDS[board]
    relays = Relays(row, unit, Bank(row.channels, lock=bus.lock))
    bus.add(relays)
    bus.attach(lambda data: said.append(data.hex()))
    return bus, relays, said


def answer(bus: SimulatedBus, said: list[str], frame: str) -> str:
    before = len(said)
    bus.hear(bytes.fromhex(frame))
    return said[-1] if len(said) > before else ""


@pytest.mark.parametrize("frame", EVERY)
def test_the_checksum_is_the_makers(frame: str):
    data = bytes.fromhex(frame)
    assert crc16(data[:-2]) == data[-2:]


def test_waveshare_frames_do_what_the_wiki_says():
    bus, relays, said = alone()
    frames = GOLDEN["waveshare"]
    for name in ("relay 0 on", "relay 0 off", "toggle relay 0", "all relays on", "all relays off"):
        assert answer(bus, said, frames[name]) == frames[name]
    assert relays.bank.energised == frozenset()
    assert answer(bus, said, frames["flash-on relay 0 for 700 ms"]) == frames["flash-on relay 0 for 700 ms"]
    assert relays.bank.energised == {1}
    assert answer(bus, said, frames["read 8 relays"]) == rtu(1, b"\1\1\1").hex()
    relays.tick(0.71)
    assert answer(bus, said, frames["read 8 relays"]) == rtu(1, b"\1\1\0").hex()
    assert answer(bus, said, frames["read 8 inputs"]) == rtu(1, b"\2\1\1").hex()
    assert answer(bus, said, frames["read version"]) == rtu(1, b"\3\2\0\xc8").hex()
    assert answer(bus, said, frames["read address"]) == rtu(0, b"\3\2\0\1").hex()
    impossible = rtu(1, bytes.fromhex("0500001234")).hex()
    assert answer(bus, said, impossible) == frames["exception 03 to function 05"]
    assert relays.executed == 6


def test_flash_off_is_the_opposite_of_flash_on():
    bus, relays, said = alone()
    answer(bus, said, GOLDEN["waveshare"]["relay 0 on"])
    answer(bus, said, GOLDEN["waveshare"]["flash-off relay 0 for 700 ms"])
    assert relays.bank.energised == frozenset()
    relays.tick(0.71)
    assert relays.bank.energised == {1}


def test_dam0808_frames_do_what_the_manual_says_also_at_its_common_number():
    bus, relays, said = alone("dam0808", unit=5)
    frames = GOLDEN["dam0808"]
    assert answer(bus, said, frames["relay 0 on"]) == frames["relay 0 on"]
    assert answer(bus, said, frames["all relays on"])
    assert answer(bus, said, frames["read 8 relays"]) == rtu(0xFE, b"\1\1\xff").hex()
    assert answer(bus, said, frames["all relays off"])
    assert answer(bus, said, frames["pulse relay 0 for 1 s, mode 4"]) == rtu(0xFE, bytes.fromhex("1000030002")).hex()
    assert relays.bank.energised == {1}
    relays.tick(1.01)
    assert relays.bank.energised == frozenset()


def test_a_dam0808_of_the_other_kind_pulses_in_mode_2():
    row = BOARDS["dam0808"]
    relays = Relays(row, 1, Bank(8), pulse_mode=2)
    relays.answer(bytes.fromhex("100003000204" + "0002" + "0005"))
    assert relays.bank.energised == {1}


def test_a_board_takes_a_new_number_and_then_hears_no_other():
    bus, relays, said = alone()
    assert answer(bus, said, rtu(0, bytes.fromhex("0640000002")).hex())
    assert relays.unit == 2
    assert not answer(bus, said, GOLDEN["waveshare"]["read 8 relays"])


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        ("07", 1),
        ("2b0e0100", 1),
        ("0100000000", 3),
        ("0100000009", 2),
        ("0200080001", 2),
        ("010000", 3),
        ("0300000001", 2),
        ("0380000002", 2),
        ("0500001234", 3),
        ("0502000000", 3),
        ("0502008000", 3),
        ("0500200000", 2),
        ("0f0000000802ffff", 3),
        ("0f0000000901ff", 3),
        ("0f00010008" + "01ff", 2),
        ("100003000204000400" + "0a", 2),
        ("0640000000", 3),
        ("0620000005", 2),
    ],
)
def test_what_a_board_cannot_do_it_refuses_and_does_not_count(pdu: str, code: int):
    relays = Relays(BOARDS["waveshare-8"], 1, Bank(8))
    data = bytes.fromhex(pdu)
    assert relays.answer(data) == bytes([data[0] | 0x80, code])
    assert relays.executed == 0


@given(st.sampled_from(sorted(BOARDS)), st.binary(max_size=40))
def test_a_board_answers_any_request(board: str, pdu: bytes):
    row = BOARDS[board]
    said = Relays(row, 1, Bank(row.channels)).answer(pdu)
    assert len(said) >= 2


@given(st.lists(st.binary(max_size=30), max_size=10))
def test_a_bus_that_hears_no_sound_frame_says_nothing(noise: list[bytes]):
    heard = Rtu()
    assert all(crc16(rtu(q.unit, q.pdu)[:-2]) for data in noise for q in heard.feed(data))
    tcp, _, said = alone(numbered=True)
    for data in noise:
        tcp.hear(data)
    assert len(said) <= len(tcp.questions)


@given(st.integers(1, 247), st.binary(min_size=4, max_size=4), st.integers(0, 63))
def test_one_flipped_bit_silences_a_board(unit: int, data: bytes, bit: int):
    bus, relays, said = alone(unit=unit)
    frame = bytearray(rtu(unit, b"\5" + data))
    frame[bit // 8] ^= 1 << bit % 8
    bus.hear(bytes(frame))
    bus.tick(1)
    assert not said
    assert not relays.executed


@given(st.lists(st.sampled_from(EVERY), max_size=6), st.lists(st.integers(1, 7), min_size=1), st.binary(max_size=3))
def test_requests_are_found_however_they_are_split(frames: list[str], sizes: list[int], junk: bytes):
    requests = [frame for frame in frames if not frame.startswith("0185")]
    data = junk + b"".join(map(bytes.fromhex, requests)) if not requests else b"".join(map(bytes.fromhex, requests))
    parser, found, place = Rtu(), [], 0
    for size in sizes * (len(data) + 1):
        found += parser.feed(data[place : place + size])
        place += size
        if place >= len(data):
            break
    assert [rtu(one.unit, one.pdu).hex() for one in found] == requests


@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 255), st.binary(min_size=1, max_size=20)), max_size=5))
def test_numbered_requests_come_back_as_wrapped(asked):
    wire = b"".join(
        number.to_bytes(2, "big") + b"\0\0" + (len(pdu) + 1).to_bytes(2, "big") + bytes([unit]) + pdu
        for number, unit, pdu in asked
    )
    parser, found = Mbap(), []
    for place in range(len(wire)):
        found += parser.feed(wire[place : place + 1])
    assert [(one.number, one.unit, one.pdu) for one in found] == asked
    assert b"".join(parser.wrap(one, one.pdu) for one in found) == wire


def test_half_a_frame_goes_stale():
    bus, _, said = alone()
    frame = bytes.fromhex(GOLDEN["waveshare"]["read 8 relays"])
    bus.hear(frame[:5])
    bus.tick(0.2)
    assert answer(bus, said, frame.hex())


def test_dead_and_absent_units_are_silent_and_a_mute_one_obeys():
    bus, relays, said = alone()
    on = GOLDEN["waveshare"]["relay 0 on"]
    bus.seat(1).dead = True
    assert not answer(bus, said, on)
    assert relays.executed == 0
    bus.seat(1).dead = False
    bus.seat(1).mute = True
    assert not answer(bus, said, on)
    assert relays.executed == 1
    assert not answer(bus, said, rtu(9, b"\1\0\0\0\x08").hex())
    with pytest.raises(KeyError):
        bus.seat(9)


def test_a_twin_takes_only_what_is_its_own(tmp_path: Path):
    with pytest.raises(TypeError):
        TWIN.bus(object(), tmp_path)
    standing = TWIN.bus(BusSettings(host="192.0.2.7"), tmp_path / "bus")
    assert standing.transport["host"] == "127.0.0.1"
    assert standing.transport["tcp_port"]
    with pytest.raises(TypeError):
        TWIN.join(standing.hand, 1, object())
    settings = Settings(bus="b", unit=1, board="waveshare-8", contact="open_when_low")
    assert TWIN.join(standing.hand, 1, settings).levels() == [True] * 8
    standing.wire.close()
