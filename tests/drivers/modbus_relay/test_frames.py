"""Pulses against the makers' bytes, and the settings that choose them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError, convert
from msgspec import json as msgjson
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU
from tests.drivers.modbus_relay.rig import bank_settings

from custodyd_drivers.contract import Wire
from custodyd_drivers.link.modbus import BusSettings, open_bus
from custodyd_drivers.link.modbus.client import Asked
from custodyd_drivers.modbus_relay import FAMILY, Settings, frames
from custodyd_drivers.modbus_relay.boards import BOARDS

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())


def framed(unit, request) -> str:
    return FramerRTU(DecodePDU(False)).buildFrame(Asked(unit, request)).hex()


@pytest.mark.parametrize(
    ("unit", "request_", "frame"),
    [
        (1, frames.flash_on(0, 7), GOLDEN["waveshare"]["flash-on relay 0 for 700 ms"]),
        (1, frames.raw_coil(frames.FLASH_OFF, 7), GOLDEN["waveshare"]["flash-off relay 0 for 700 ms"]),
        (1, frames.raw_coil(0, frames.TOGGLE), GOLDEN["waveshare"]["toggle relay 0"]),
        (1, frames.raw_coil(frames.ALL_COILS, 0xFF00), GOLDEN["waveshare"]["all relays on"]),
        (1, frames.raw_coil(frames.ALL_COILS, 0), GOLDEN["waveshare"]["all relays off"]),
        (0xFE, frames.mode_pulse(0, 10, 4), GOLDEN["dam0808"]["pulse relay 0 for 1 s, mode 4"]),
        (1, frames.pulse(BOARDS["waveshare-8"], 0, 700, 4), GOLDEN["waveshare"]["flash-on relay 0 for 700 ms"]),
        (0xFE, frames.pulse(BOARDS["dam0808"], 0, 1000, 4), GOLDEN["dam0808"]["pulse relay 0 for 1 s, mode 4"]),
    ],
)
def test_pulses_are_the_makers_bytes(unit, request_, frame):
    assert framed(unit, request_) == frame


@given(st.sampled_from(sorted(BOARDS)), st.integers(0, 31), st.integers(1, 20), st.sampled_from([2, 4]))
def test_every_pulse_ends_by_itself_and_names_its_channel(board, channel, units, mode):
    request = frames.pulse(BOARDS[board], channel, units * 100, mode)
    if board == "dam0808":
        assert request.data == bytes([0, 3 + 5 * channel, 0, 2, 4, 0, mode, 0, units])
    else:
        assert request.data == bytes([2, channel, 0, units])


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit": 0},
        {"unit": 248},
        {"board": "waveshare-9"},
        {"contact": "open"},
        {"pulse_ms": 550},
        {"pulse_ms": 2100},
        {"pulse_ms": 0},
        {"pulse_mode": 3},
        {"doors": 9},
        {"doors": 0},
        {"poll_s": 0},
        {"hold": True},
    ],
)
def test_a_bank_that_cannot_work_is_refused(wrong):
    right = {"bus": "b", "unit": 1, "board": "waveshare-8", "contact": "open_when_low"}
    convert(right, Settings)
    with pytest.raises(ValidationError):
        convert({**right, **wrong}, Settings)


def test_pulses_outside_the_advised_range_are_allowed_and_known():
    assert bank_settings().advised
    assert not bank_settings(pulse_ms=200).advised
    assert not bank_settings(pulse_ms=2000).advised


def test_the_schema_lists_the_boards():
    (schema,) = msgjson.schema(Settings)["$defs"].values()
    assert schema["properties"]["board"]["enum"] == list(BOARDS)


def test_the_family_opens_on_its_own_bus_only():
    assert FAMILY.wire is Wire.BUS
    bus = open_bus(BusSettings(port="x"))
    assert FAMILY.open(bank_settings(), bus).doors == 8
    with pytest.raises(TypeError):
        FAMILY.open(bank_settings())
    with pytest.raises(TypeError):
        FAMILY.open(object(), bus)
