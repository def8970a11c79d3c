"""Real descriptors between a twin and its host: ptys and TCP ports with one thread each; they know bytes, no device.

A twin's dialect is anything with `hear(data)`; it answers through the `say` that the wire hands it. `tick(dt)` is
called with the real seconds that passed, so that physics takes time as an argument. Whatever goes wrong on a wire goes
wrong here, in both directions, outside the driver and outside the dialect.
"""

import contextlib
import os
import selectors
import socket
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

from custodyd_simulators.faults import Faults
from custodyd_simulators.lane import Lane

TICK_S = 0.02
Say = Callable[[bytes], None]


class Dialect(Protocol):
    """How a twin speaks. All three are called on the wire's thread, under the wire's `lock`."""

    def attach(self, say: Say) -> None:
        """Take the voice; called once, before anything is heard."""
        ...

    def hear(self, data: bytes) -> None:
        """Take bytes from the host as they come: any split, any merge."""
        ...

    def tick(self, dt: float) -> None:
        """Let `dt` real seconds pass."""
        ...


@runtime_checkable
class Answering(Dialect, Protocol):
    """A dialect that tells one connection from the next, and may end one."""

    def came(self, hang_up: Callable[[], None]) -> None:
        """A new host is there; `hang_up` ends its connection."""
        ...


class Wire:
    """A thread that carries bytes between one dialect and one host at a time. Hands act on the twin under `lock`.

    `faults` are those of what the twin says, `hearing` those of what it hears.
    """

    splits = True  # bytes may arrive one by one, and single ones may be lost

    def __init__(self, dialect: Dialect, faults: Faults | None = None) -> None:
        self.dialect = dialect
        self.lock = threading.RLock()
        self.heard = 0  # bytes from the host, for tests that wait for a fact
        self._voice = Lane(self._send, faults)
        self._ear = Lane(self._hear)
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="twin wire", daemon=True)
        dialect.attach(self.say)

    @property
    def faults(self) -> Faults:
        """The knobs over what the twin says."""
        return self._voice.faults

    @faults.setter
    def faults(self, faults: Faults) -> None:
        self._voice.faults = faults

    @property
    def hearing(self) -> Faults:
        """The same knobs over what it hears."""
        return self._ear.faults

    def clear(self) -> None:
        """Turn every knob back, in both directions."""
        with self.lock:
            self.faults.clear()
            self.hearing.clear()

    def start(self) -> None:
        """Open the descriptors and begin to listen."""
        self.plug()
        self._thread.start()

    def close(self) -> None:
        """Stop the thread and let go of every descriptor."""
        self._stopping = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        with self.lock:
            self.unplug()
            for descriptor in (self._wake_read, self._wake_write):
                with contextlib.suppress(OSError):
                    os.close(descriptor)
            self._selector.close()

    def say(self, data: bytes) -> None:
        """Send one utterance through the faults."""
        with self.lock:
            self._voice.put(data, time.monotonic())
        self._wake()

    def inject(self, data: bytes) -> None:
        """Send bytes past the faults: a stale frame, noise, another device's voice."""
        with self.lock:
            self._voice.inject(data, time.monotonic())
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"!")

    def _run(self) -> None:
        last = time.monotonic()
        while not self._stopping:
            ready = self._selector.select(self._pause())
            now = time.monotonic()
            with self.lock:
                self.dialect.tick(now - last)  # before anything is heard: what is asked now takes its whole time
            last = now
            for key, _ in ready:
                self._serve(key.fd)
            with self.lock:
                now = time.monotonic()
                self._ear.deliver(now)
                self._voice.deliver(now)

    def _pause(self) -> float:
        with self.lock:
            now = time.monotonic()
            return self._ear.pause(now, self._voice.pause(now, TICK_S))

    def _serve(self, descriptor: int) -> None:
        if descriptor == self._wake_read:
            with contextlib.suppress(BlockingIOError):
                os.read(descriptor, 4096)
            return
        with self.lock:
            data = self._receive(descriptor)
            if data:
                self._ear.put(data, time.monotonic())

    def _hear(self, data: bytes) -> None:
        self.heard += len(data)
        self.dialect.hear(data)

    def plug(self) -> None:
        """Make the device reachable."""
        raise NotImplementedError  # the two wires below

    def unplug(self) -> None:
        """Take the device away: every descriptor closes, what was due is lost."""
        raise NotImplementedError  # the two wires below

    def _receive(self, descriptor: int) -> bytes:
        raise NotImplementedError  # the two wires below

    def _send(self, data: bytes) -> None:
        raise NotImplementedError  # the two wires below

    def _forget_due(self) -> None:
        self._voice.forget()
        self._ear.forget()


class PtyWire(Wire):
    """A serial port: a pty behind a stable symlink, as /dev/serial/by-id is behind a real one."""

    def __init__(self, dialect: Dialect, link: Path, faults: Faults | None = None) -> None:
        super().__init__(dialect, faults)
        self.link = link
        self._master: int | None = None
        self._slave: int | None = None

    @property
    def path(self) -> str:
        """What the host opens."""
        return str(self.link)

    def plug(self) -> None:
        """Make a new pty and point the link at it."""
        with self.lock:
            if self._master is not None:
                return
            # the slave stays open here, or the master would see EIO whenever a host closes
            self._master, self._slave = os.openpty()
            tty.setraw(self._slave)
            os.set_blocking(self._master, False)
            self._selector.register(self._master, selectors.EVENT_READ)
            self._point(os.ttyname(self._slave))
        self._wake()

    def _point(self, target: str) -> None:
        self.link.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.link.with_name(self.link.name + ".new")
        with contextlib.suppress(FileNotFoundError):
            fresh.unlink()
        fresh.symlink_to(target)
        fresh.replace(self.link)

    def unplug(self) -> None:
        """Close both ends and take the link away."""
        with self.lock:
            if self._master is None or self._slave is None:
                return
            with contextlib.suppress(FileNotFoundError):
                self.link.unlink()
            self._selector.unregister(self._master)
            os.close(self._master)
            os.close(self._slave)
            self._master = self._slave = None
            self._forget_due()

    def _receive(self, descriptor: int) -> bytes:
        if descriptor != self._master:
            return b""
        try:
            return os.read(descriptor, 4096)
        except OSError:  # EAGAIN, or EIO while no host holds the slave
            return b""

    def _send(self, data: bytes) -> None:
        if self._master is not None:
            with contextlib.suppress(OSError):  # a full queue drops bytes, as a real line does
                os.write(self._master, data)


class TcpWire(Wire):
    """A listening TCP port on loopback; the newest host is served, an older one is dropped."""

    def __init__(
        self, dialect: Dialect, host: str = "127.0.0.1", tcp_port: int = 0, faults: Faults | None = None
    ) -> None:
        super().__init__(dialect, faults)
        self.host = host
        self.tcp_port = tcp_port
        self._listener: socket.socket | None = None
        self._peer: socket.socket | None = None

    def plug(self) -> None:
        """Listen; the first time the kernel chooses the port, later it stays the same."""
        with self.lock:
            if self._listener is not None:
                return
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.tcp_port))
            listener.listen(4)
            listener.setblocking(False)
            self.tcp_port = listener.getsockname()[1]
            self._listener = listener
            self._selector.register(listener, selectors.EVENT_READ)
        self._wake()

    def unplug(self) -> None:
        """Stop listening and drop the host."""
        with self.lock:
            self._drop_peer()
            if self._listener is not None:
                self._selector.unregister(self._listener)
                self._listener.close()
                self._listener = None
            self._forget_due()

    def _receive(self, descriptor: int) -> bytes:
        if self._listener is not None and descriptor == self._listener.fileno():
            self._accept(self._listener)
            return b""
        if self._peer is None or descriptor != self._peer.fileno():
            return b""
        try:
            data = self._peer.recv(4096)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self._drop_peer()
        return data

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            self._drop_peer()
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._peer = peer
            self._selector.register(peer, selectors.EVENT_READ)
            if isinstance(self.dialect, Answering):
                self.dialect.came(lambda: self._hang_up(peer))

    def _hang_up(self, peer: socket.socket) -> None:
        if self._peer is peer:
            self._drop_peer()

    def _drop_peer(self) -> None:
        if self._peer is not None:
            self._selector.unregister(self._peer)
            self._peer.close()
            self._peer = None
            self._forget_due()  # TCP delivers nothing of one connection on the next

    def _send(self, data: bytes) -> None:
        if self._peer is not None:
            with contextlib.suppress(OSError):
                self._peer.sendall(data)
