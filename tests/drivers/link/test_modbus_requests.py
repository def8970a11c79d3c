"""Requests against the makers' bytes, as pymodbus really frames them; answers that fit and answers that do not."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError, convert
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU

from custodyd_drivers.link.modbus import (
    BusSettings,
    Misfit,
    bits,
    open_bus,
    read_coils,
    read_inputs,
    read_registers,
    registers,
    write_coil,
    write_coils,
    write_registers,
)
from custodyd_drivers.link.modbus.client import Asked

GOLDEN = json.loads((Path(__file__).parents[1] / "modbus_relay" / "golden.json").read_text())


def framed(unit, request) -> str:
    return FramerRTU(DecodePDU(False)).buildFrame(Asked(unit, request)).hex()


@pytest.mark.parametrize(
    ("unit", "request_", "frame"),
    [
        (1, read_coils(0, 8), GOLDEN["waveshare"]["read 8 relays"]),
        (1, read_inputs(0, 8), GOLDEN["waveshare"]["read 8 inputs"]),
        (1, read_registers(0x8000, 1), GOLDEN["waveshare"]["read version"]),
        (1, write_coil(0, True), GOLDEN["waveshare"]["relay 0 on"]),
        (1, write_coil(0, False), GOLDEN["waveshare"]["relay 0 off"]),
        (1, write_coils(0, [True] * 8), GOLDEN["waveshare"]["write 8 relays"]),
        (0xFE, read_coils(0, 8), GOLDEN["dam0808"]["read 8 relays"]),
        (0xFE, read_inputs(0, 8), GOLDEN["dam0808"]["read 8 inputs"]),
        (0xFE, write_coils(0, [True] * 8), GOLDEN["dam0808"]["all relays on"]),
        (0xFE, write_coils(0, [False] * 8), GOLDEN["dam0808"]["all relays off"]),
        (0xFE, write_registers(3, [4, 10]), GOLDEN["dam0808"]["pulse relay 0 for 1 s, mode 4"]),
    ],
)
def test_frames_are_the_makers_bytes(unit, request_, frame):
    assert framed(unit, request_) == frame


def test_modbus_tcp_carries_the_transaction_number():
    asked = Asked(3, read_coils(0, 8))
    asked.transaction_id = 0x0102
    assert FramerSocket(DecodePDU(False)).buildFrame(asked).hex() == "01020000000603" + "0100000008"


@given(st.lists(st.booleans(), min_size=1, max_size=64))
def test_coils_come_back_as_they_were_written(levels):
    data = write_coils(0, levels).data
    assert list(bits(data[5:], len(levels))) == levels
    assert list(bits(read_coils(0, len(levels)).payload(data[4:]), len(levels))) == levels


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=20))
def test_registers_come_back_as_they_were_written(values):
    data = write_registers(0, values).data
    assert list(registers(read_registers(0, len(values)).payload(data[4:]))) == values


@given(st.binary(max_size=8))
def test_only_the_expected_block_is_accepted(answer):
    try:
        payload = read_inputs(0, 16).payload(answer)
    except Misfit:
        assert len(answer) != 3 or answer[0] != 2
    else:
        assert answer == b"\x02" + payload


@given(st.binary(max_size=6))
def test_a_write_accepts_its_echo_only(answer):
    request = write_coil(5, True)
    if answer == b"\x00\x05\xff\x00":
        assert request.payload(answer) == answer
        return
    with pytest.raises(Misfit):
        request.payload(answer)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"port": "/dev/x", "host": "h"},
        {"port": "/dev/x", "baud": 9600},
        {"port": "/dev/x", "timeout_s": 9},
        {"port": ""},
    ],
)
def test_a_bus_table_that_cannot_work_is_refused(table):
    with pytest.raises(ValidationError):
        convert(table, BusSettings)


def test_the_gap_is_three_and_a_half_characters_and_fixed_above_19200():
    assert BusSettings(port="x", baudrate=9600).gap_s == pytest.approx(3.5 * 10 / 9600)
    assert BusSettings(port="x", baudrate=9600, parity="E").gap_s == pytest.approx(3.5 * 11 / 9600)
    assert BusSettings(port="x", baudrate=115200).gap_s == 0.00175
    assert BusSettings(host="h", framer="rtu").gap_s == 0.00175
    assert BusSettings(host="h").gap_s == 0


def test_only_bus_settings_open_a_bus():
    with pytest.raises(TypeError):
        open_bus({"port": "x"})
