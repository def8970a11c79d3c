"""A relay carries between real descriptors with the faults of every wire, and comes and goes with what is behind."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.simulators.test_wires import Echo, Host

from custodyd_simulators.relay import Address, Port, RelayPty, RelayTcp
from custodyd_simulators.wires import PtyWire, TcpWire, Wire


def until(fact: Callable[[], object], seconds: float = 3.0) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


class Pair:
    """A twin on a wire of its own, and a relay before it."""

    def __init__(self, kind: str, where: Path) -> None:
        self.echo = Echo()
        self.far: Wire
        self.near: RelayPty | RelayTcp
        if kind == "pty":
            self.far = PtyWire(self.echo, where / "far")
            self.far.start()
            self.near = RelayPty(Port(str(where / "far")), where / "near")
        else:
            self.far = TcpWire(self.echo)
            self.far.start()
            self.near = RelayTcp(Address("127.0.0.1", self.far.tcp_port))
        self.near.start()
        self.open: list[Host] = []

    def host(self) -> Host:
        host = Host(self.near)
        self.open.append(host)
        return host

    def reachable(self) -> bool:
        try:
            Host(self.near).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        for host in self.open:
            host.close()
        self.near.close()
        self.far.close()


@pytest.fixture(params=["pty", "tcp"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    held = len(os.listdir("/proc/self/fd"))
    made = Pair(request.param, tmp_path)
    yield made
    made.close()
    assert len(os.listdir("/proc/self/fd")) == held


def test_what_one_end_says_the_other_hears(pair: Pair) -> None:
    host = pair.host()
    host.write(bytes(range(256)))
    assert host.read(256) == bytes(range(256))
    assert b"".join(pair.echo.heard) == bytes(range(256))


def test_its_faults_are_turned_while_it_carries(pair: Pair) -> None:
    host = pair.host()
    host.write(b"whole")
    assert host.read(5) == b"whole"
    pair.near.hearing.cut_after = 3
    host.write(b"half of it")
    assert host.read(3) == b"hal"
    pair.near.faults.mute = True
    host.write(b"unanswered")
    until(lambda: pair.echo.heard[-1] == b"unanswered")
    pair.near.clear()
    host.write(b"again")
    assert host.read(5) == b"again"


def test_what_is_gone_behind_it_is_gone_before_it_and_comes_back_with_it(pair: Pair) -> None:
    host = pair.host()
    host.write(b"there")
    assert host.read(5) == b"there"
    pair.far.unplug()
    until(lambda: not pair.reachable())
    pair.far.plug()
    until(pair.reachable)
    again = pair.host()
    again.write(b"back")
    assert again.read(4) == b"back"


def test_what_is_unplugged_before_it_stays_unplugged_until_a_hand_plugs_it_in(pair: Pair) -> None:
    pair.near.unplug()
    assert not pair.reachable()
    pair.far.unplug()
    pair.far.plug()
    time.sleep(0.3)  # three looks
    assert not pair.reachable()
    pair.near.plug()
    until(pair.reachable)


def test_it_can_lead_to_another_device_in_the_same_place(pair: Pair, tmp_path: Path) -> None:
    other = Echo()
    wire = PtyWire(other, tmp_path / "other")
    wire.start()
    pair.near.lead(Port(wire.path))
    host = pair.host()
    host.write(b"who is there")
    assert host.read(12) == b"who is there"
    assert other.heard
    assert not pair.echo.heard
    pair.near.unplug()
    wire.close()


def test_an_answer_to_one_connection_never_reaches_the_next(tmp_path: Path) -> None:
    pair = Pair("tcp", tmp_path)
    try:
        first = pair.host()
        pair.near.faults.delay_s = 0.1
        first.write(b"late")
        until(lambda: pair.echo.heard)
        second = pair.host()
        assert second.read(1, 0.3) == b""
    finally:
        pair.close()
