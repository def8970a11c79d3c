"""A wire before whatever else can be opened: a foreign twin's port, a real device; it knows neither end's meaning.

    wire = RelayPty(Port("/dev/pts/7"), Path("wires/reader"))        the host opens wires/reader
    wire = RelayTcp(Address("127.0.0.1", 4196))                      the host connects to wire.tcp_port

A relay has the faults of every wire, in both directions, and they may be turned while it carries. What is gone behind
it is gone before it, and comes back with it.
"""

import contextlib
import os
import selectors
import socket
import tty
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from custodyd_simulators.wires import PtyWire, Say, TcpWire, Wire

_CONNECT_S = 1.0
_LOOK_S = 0.1  # between two attempts to reach a far end that is away


class Far(Protocol):
    """Where a relay leads."""

    def open(self) -> int:
        """A non-blocking descriptor of the far end, which the relay then owns; raises OSError while it is away."""
        ...


@dataclass(frozen=True, slots=True)
class Port:
    """A serial port or a pty. Its line speed is set by whoever knows it; a pty has none."""

    path: str

    def open(self) -> int:
        """See `Far`."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(descriptor)
        return descriptor


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP port."""

    host: str
    tcp_port: int

    def open(self) -> int:
        """See `Far`."""
        found = socket.create_connection((self.host, self.tcp_port), _CONNECT_S)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.setblocking(False)
        return found.detach()


class _Onward:
    """A `wires.Dialect` that says nothing by itself: what it hears leaves at the far end."""

    def __init__(self, far: Far, look: Callable[[], None]) -> None:
        self.far = far
        self.descriptor: int | None = None
        self._look = look
        self._look_in_s = 0.0

    def attach(self, say: Say) -> None:
        """It has no voice of its own: its wire says what comes from the far end."""

    def hear(self, data: bytes) -> None:
        """Pass on; what the far end does not take is lost, as on a real line."""
        if self.descriptor is not None:
            with contextlib.suppress(OSError):
                os.write(self.descriptor, data)

    def tick(self, dt: float) -> None:
        """Look again for a far end that is away."""
        self._look_in_s -= dt
        if self._look_in_s <= 0:
            self._look_in_s = _LOOK_S
            self._look()

    def open(self) -> bool:
        """Whether the far end is there."""
        if self.descriptor is None:
            with contextlib.suppress(OSError):
                self.descriptor = self.far.open()
        return self.descriptor is not None

    def close(self) -> None:
        """Let go of it."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None

    def read(self) -> bytes | None:
        """What came from it, None when it has come to its end."""
        try:
            return os.read(self.descriptor, 4096) or None if self.descriptor is not None else b""
        except BlockingIOError:
            return b""
        except OSError:
            return None


class _Relaying(Wire):
    """What both relays add to their kind of wire: a far end that is open exactly while the wire is plugged in."""

    _onward: _Onward
    _wanted = False

    def plug(self) -> None:
        """Reach the far end, now or as soon as it is there, and become reachable."""
        with self.lock:
            self._wanted = True
            self._reach()

    def unplug(self) -> None:
        """Take the device away, and leave the far end."""
        with self.lock:
            self._wanted = False
            self._leave()

    def lead(self, far: Far) -> None:
        """From now on lead to another far end, as if another device were plugged into the same place."""
        with self.lock:
            self._leave()
            self._onward.far = far
            self._look()

    def _look(self) -> None:
        if self._wanted:
            self._reach()

    def _reach(self) -> None:
        if self._onward.descriptor is None and self._onward.open():
            assert self._onward.descriptor is not None
            self._selector.register(self._onward.descriptor, selectors.EVENT_READ)
            super().plug()  # nothing when it is plugged in already

    def _leave(self) -> None:
        self._let_go()
        super().unplug()

    def _let_go(self) -> None:
        if self._onward.descriptor is not None:
            self._selector.unregister(self._onward.descriptor)
            self._onward.close()

    def _receive(self, descriptor: int) -> bytes:
        if descriptor != self._onward.descriptor:
            return super()._receive(descriptor)
        data = self._onward.read()
        if data is None:
            self._leave()
        elif data:
            self.say(data)
        return b""


class RelayPty(_Relaying, PtyWire):
    """A pty behind a stable symlink, before `far`."""

    def __init__(self, far: Far, link: Path) -> None:
        self._onward = _Onward(far, self._look)
        PtyWire.__init__(self, self._onward, link)


class RelayTcp(_Relaying, TcpWire):
    """A TCP port on loopback, before `far`; its number is known once the far end was reached."""

    def __init__(self, far: Far, tcp_port: int = 0) -> None:
        self._onward = _Onward(far, self._look)
        TcpWire.__init__(self, self._onward, tcp_port=tcp_port)

    def _accept(self, listener: socket.socket) -> None:
        # a new connection is a new one at the far end too: what the old one still answers is lost with it
        self._let_go()
        super()._accept(listener)
        self._look()
