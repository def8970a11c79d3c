"""Serial ports for asyncio, the only door to pyserial's port object; it knows bytes and time-outs, no device."""

import asyncio
import contextlib
import errno
import os
import termios
from dataclasses import dataclass

import serial

from custodyd_drivers.errors import LinkLost

# A burst larger than this between two reads is a flood, not a device: what is older is dropped.
_KEPT = 65_536


@dataclass(frozen=True, slots=True)
class Port:
    """Where a serial device is: `path` and the line's `baudrate`, `parity` (N, E, O), `stopbits` (1, 2)."""

    path: str
    baudrate: int = 9600
    parity: str = "N"
    stopbits: int = 1


def lost(port: str, cause: BaseException) -> LinkLost:
    """The typed form of whatever pyserial, termios or the kernel raised about `port`."""
    number = getattr(cause, "errno", None)
    if number == errno.ENOENT or isinstance(cause, FileNotFoundError):
        return LinkLost(f"{port} is not there")
    if number in (errno.EAGAIN, errno.EBUSY) or "exclusively lock" in str(cause):
        return LinkLost(f"{port} is in use by another process")
    if number in (errno.EACCES, errno.EPERM):
        return LinkLost(f"{port} may not be opened by this user")
    return LinkLost(f"{port} is gone")


FOREIGN = (serial.SerialException, OSError, termios.error, ValueError, TypeError)
"""What pyserial lets through when a tty dies (termios.error is no OSError; a closed port gives TypeError)."""


def opened(port: Port) -> serial.Serial:
    """The port opened exclusively, without waiting for anything, reading and writing without blocking; raises LinkLost.

    Whoever reads uses its descriptor: pyserial's own reads wait on a clock of their own.
    """
    try:
        found = serial.Serial(
            port.path,
            port.baudrate,
            parity=port.parity,
            stopbits=port.stopbits,
            timeout=0,
            write_timeout=0,
            exclusive=True,
        )
    except FOREIGN as exc:
        raise lost(port.path, exc) from exc
    os.set_blocking(found.fileno(), False)
    return found


def check_same(path: str, descriptor: int) -> None:
    """Raises LinkLost when `path` no longer leads to the device that `descriptor` has open."""
    try:
        same = os.stat(path).st_rdev == os.fstat(descriptor).st_rdev
    except OSError as exc:
        raise lost(path, exc) from exc
    if not same:
        raise LinkLost(f"{path} is another device now")


class SerialLink:
    """One opening of one port; read, write, forget, close. Not reopened: a new object for every attempt."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self._serial: serial.Serial | None = None
        self._fd = -1
        self._buffer = bytearray()
        self._arrived = asyncio.Event()
        self._failure: LinkLost | None = None

    async def open(self) -> None:
        """Open exclusively, without waiting for anything; raises LinkLost."""
        self._serial = opened(self.port)
        self._fd = self._serial.fileno()
        asyncio.get_running_loop().add_reader(self._fd, self._take)

    def _take(self) -> None:
        try:
            data = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        except OSError as exc:
            self._fail(lost(self.port.path, exc))
            return
        if not data:
            self._fail(LinkLost(f"{self.port.path} is gone"))
            return
        self._buffer += data
        del self._buffer[:-_KEPT]
        self._arrived.set()

    def _fail(self, failure: LinkLost) -> None:
        self._failure = failure
        self._arrived.set()
        self._detach()

    async def read(self, timeout: float | None = None) -> bytes:
        """All bytes at hand, waiting up to `timeout` seconds for the first; b"" on silence; raises LinkLost."""
        if not self._buffer and self._failure is None:
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), timeout)
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            return data
        if self._failure is not None:
            raise self._failure
        return b""

    async def write(self, data: bytes, timeout: float = 2.0) -> None:
        """Hand `data` to the kernel within `timeout` seconds; raises LinkLost (then it may have left in part)."""
        try:
            async with asyncio.timeout(timeout):
                await self._write_all(data)
        except TimeoutError as exc:
            raise LinkLost(f"{self.port.path} takes no more bytes") from exc
        except FOREIGN as exc:
            raise lost(self.port.path, exc) from exc

    async def _write_all(self, data: bytes) -> None:
        if self._serial is None or self._failure is not None:
            raise self._failure or LinkLost(f"{self.port.path} is closed")
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                await asyncio.sleep(0.002)

    def forget(self) -> None:
        """Drop what an abandoned question may still answer."""
        self._buffer.clear()
        if self._serial is not None:
            with contextlib.suppress(*FOREIGN):
                self._serial.reset_input_buffer()

    def _detach(self) -> None:
        if self._serial is not None:
            with contextlib.suppress(*FOREIGN):
                asyncio.get_running_loop().remove_reader(self._fd)

    async def close(self) -> None:
        """Let go of the descriptor at once, so that a returning device keeps its name; never raises."""
        self._detach()
        if self._serial is not None:
            with contextlib.suppress(*FOREIGN):
                self._serial.close()
            self._serial = None
        self._fail(LinkLost(f"{self.port.path} is closed"))
