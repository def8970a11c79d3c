"""Whatever a far end says: a sound answer or a typed error, in time, and the next question gets its own answer."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custodyd_drivers.errors import DeviceError
from custodyd_drivers.link.modbus import BusSettings, bits, open_bus, read_inputs
from custodyd_simulators.modbus_relay.adu import rtu
from custodyd_simulators.wires import Say, TcpWire

TIMEOUT_S = 0.02
SOUND = bytes.fromhex("020104")


@dataclass
class Parrot:
    """Says `lines` one after the other, one per request."""

    lines: list[bytes] = field(default_factory=list)
    _say: Say | None = None

    def attach(self, say: Say) -> None:
        self._say = say

    def hear(self, data: bytes) -> None:
        if self.lines and self._say:
            self._say(self.lines.pop(0))

    def tick(self, dt: float) -> None:
        pass


@pytest.fixture(scope="module")
def wire() -> Iterator[TcpWire]:
    wire = TcpWire(Parrot())
    wire.start()
    yield wire
    wire.close()


FUNCTIONS = st.sampled_from([0, 1, 2, 3, 5, 8, 11, 15, 16, 17, 20, 22, 23, 24, 43, 0x82, 0x80, 0xFF])
FRAMES = st.builds(
    lambda unit, code, rest: rtu(unit, bytes([code]) + rest), st.integers(0, 3), FUNCTIONS, st.binary(max_size=12)
)
HEADERS = st.builds(
    lambda number, length, rest: number.to_bytes(2, "big") + b"\0\0" + length.to_bytes(2, "big") + b"\1" + rest,
    st.integers(0, 3),
    st.integers(0, 20),
    st.binary(max_size=20),
)


async def converse(wire: TcpWire, framer: str, hostile: bytes) -> None:
    assert isinstance(wire.dialect, Parrot)
    bus = open_bus(BusSettings(host=wire.host, tcp_port=wire.tcp_port, framer=framer, timeout_s=TIMEOUT_S))
    await bus.start()
    with wire.lock:
        wire.dialect.lines = [hostile]
    start = time.monotonic()
    try:
        answer = await bus.ask(1, read_inputs(0, 8))
        assert len(answer.data) == 1
    except DeviceError:
        pass
    assert time.monotonic() - start < 2.0
    sound = rtu(1, SOUND) if framer == "rtu" else b"\0\2\0\0\0\4\1" + SOUND
    with wire.lock:
        wire.dialect.lines = [sound]
    assert bits((await bus.ask(1, read_inputs(0, 8))).data, 3) == (False, False, True)
    await bus.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=40), FRAMES, st.binary(min_size=200, max_size=1500)))
def test_any_bytes_on_an_rtu_line_end_in_an_answer_or_a_typed_error(wire: TcpWire, hostile: bytes):
    asyncio.run(converse(wire, "rtu", hostile))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=40), HEADERS))
def test_any_bytes_over_tcp_end_in_an_answer_or_a_typed_error(wire: TcpWire, hostile: bytes):
    asyncio.run(converse(wire, "socket", hostile))
