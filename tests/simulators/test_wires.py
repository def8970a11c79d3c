"""Faults in both directions of a wire, on real descriptors."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from custodyd_simulators.faults import Faults
from custodyd_simulators.wires import PtyWire, Say, TcpWire, Wire


class Echo:
    """Says what it hears."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    def attach(self, say: Say) -> None:
        self.say = say

    def hear(self, data: bytes) -> None:
        self.heard.append(data)
        self.say(data)

    def tick(self, dt: float) -> None:
        """Nothing happens by itself."""


class Host:
    """The other end of a wire, blocking and bounded."""

    def __init__(self, wire: Wire) -> None:
        self.socket: socket.socket | None = None
        if isinstance(wire, TcpWire):
            self.socket = socket.create_connection((wire.host, wire.tcp_port), timeout=5)
            self.descriptor = self.socket.fileno()
        else:
            assert isinstance(wire, PtyWire)
            self.descriptor = os.open(wire.path, os.O_RDWR | os.O_NOCTTY)
        os.set_blocking(self.descriptor, False)

    def write(self, data: bytes) -> None:
        os.write(self.descriptor, data)

    def read(self, size: int, seconds: float = 5.0) -> bytes:
        """At least `size` bytes, or what came within so many seconds."""
        found, until = b"", time.monotonic() + seconds
        while len(found) < size and time.monotonic() < until:
            try:
                found += os.read(self.descriptor, 4096)
            except BlockingIOError:
                time.sleep(0.002)
        return found

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        else:
            os.close(self.descriptor)


Made = tuple[Wire, Echo, Host]


@pytest.fixture(params=["pty", "tcp"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Made]:
    echo = Echo()
    wire = PtyWire(echo, tmp_path / "port") if request.param == "pty" else TcpWire(echo)
    wire.start()
    host = Host(wire)
    host.write(b"?")  # a TCP wire has a host once it has accepted it
    assert host.read(1) == b"?"
    echo.heard.clear()
    yield wire, echo, host
    host.close()
    wire.close()


def _faulty(way: str) -> Callable[[Wire], Faults]:
    return lambda wire: wire.hearing if way == "hearing" else wire.faults


@pytest.mark.parametrize("way", ["faults", "hearing"])
def test_what_is_cut_doubled_or_delayed_one_way_comes_so(made: Made, way: str) -> None:
    wire, _, host = made
    faults = _faulty(way)(wire)
    faults.cut_after = 2
    host.write(b"abcd")
    assert host.read(2) == b"ab"
    faults.double = 1
    host.write(b"ef")
    assert host.read(4) == b"efef"
    faults.delay_s = 0.1
    began = time.monotonic()
    host.write(b"gh")
    assert host.read(2) == b"gh"
    assert time.monotonic() - began >= 0.1


def test_a_twin_that_hears_nothing_still_speaks(made: Made) -> None:
    wire, echo, host = made
    wire.hearing.mute = True
    host.write(b"lost")
    echo.say(b"by itself")
    assert host.read(9) == b"by itself"
    assert not echo.heard
    wire.clear()
    host.write(b"heard")
    assert host.read(5) == b"heard"


def test_a_twin_that_is_mute_still_hears(made: Made) -> None:
    wire, echo, host = made
    wire.faults.mute = True
    host.write(b"heard")
    assert host.read(1, 0.1) == b""
    assert echo.heard == [b"heard"]


def test_what_is_held_back_comes_right_before_the_next() -> None:
    faults = Faults(hold=2)
    said = [list(faults.utter(data)) for data in (b"a", b"b", b"c")]
    assert [[part for _, part in one] for one in said] == [[], [], [b"ab", b"", b"c"]]


def test_the_same_seed_loses_the_same_bytes() -> None:
    def left(seed: int) -> bytes:
        faults = Faults(lose=0.3, drop=0.1, seed=seed)
        return b"".join(part for _ in range(20) for _, part in faults.utter(bytes(range(20))))

    assert left(7) == left(7) != left(8)
    assert 0 < len(left(7)) < 400
