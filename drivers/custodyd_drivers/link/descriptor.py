"""One descriptor that asyncio watches: bytes as they come, bounded writes, one failure; it knows no device."""

import asyncio
import contextlib
import errno
import os

from custodyd_drivers.errors import DeviceError, LinkLost

# A burst larger than this between two reads is a flood, not a device: what is older is dropped.
_KEPT = 65_536


def lost(path: str, cause: BaseException) -> LinkLost:
    """The typed form of whatever a library or the kernel raised about `path`."""
    number = getattr(cause, "errno", None)
    if number == errno.ENOENT or isinstance(cause, FileNotFoundError):
        return LinkLost(f"{path} is not there")
    if number in (errno.EAGAIN, errno.EBUSY) or "exclusively lock" in str(cause):
        return LinkLost(f"{path} is in use by another process")
    if number in (errno.EACCES, errno.EPERM):
        return LinkLost(f"{path} may not be opened by this user")
    return LinkLost(f"{path} is gone")


def check_same(path: str, descriptor: int) -> None:
    """Raises LinkLost when `path` no longer leads to the device that `descriptor` has open."""
    try:
        same = os.stat(path).st_rdev == os.fstat(descriptor).st_rdev
    except OSError as exc:
        raise lost(path, exc) from exc
    if not same:
        raise LinkLost(f"{path} is another device now")


class DescriptorLink:
    """One opening of one device; read, write, forget, close. Whoever opens it attaches the descriptor."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._fd = -1
        self._buffer = bytearray()
        self._arrived = asyncio.Event()
        self._failure: DeviceError | None = None

    def _attach(self, descriptor: int) -> None:
        """Begin to read from a descriptor that does not block."""
        self._fd = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._take)

    def _meant(self, data: bytes) -> bytes:
        """What the bytes from the descriptor say; raises DeviceError when they can come from no such device."""
        return data

    def _let_go(self) -> None:
        """Close the descriptor; never raises."""
        raise NotImplementedError  # whoever opened it

    def _take(self) -> None:
        try:
            data = os.read(self._fd, 4096)
            if not data:
                raise LinkLost(f"{self.path} is gone")
            self._buffer += self._meant(data)
        except BlockingIOError:
            return
        except OSError as exc:
            self._fail(lost(self.path, exc))
            return
        except DeviceError as exc:
            self._fail(exc)
            return
        del self._buffer[:-_KEPT]
        if self._buffer:  # what means nothing yet is no arrival
            self._arrived.set()

    def _fail(self, failure: DeviceError) -> None:
        self._failure = failure
        self._arrived.set()
        self._detach()

    async def read(self, timeout: float | None = None) -> bytes:
        """All bytes at hand, waiting up to `timeout` seconds for the first; b"" on silence; raises LinkLost."""
        if not self._buffer and self._failure is None:
            self._arrived.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._arrived.wait()
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
            raise LinkLost(f"{self.path} takes no more bytes") from exc
        except OSError as exc:
            raise lost(self.path, exc) from exc

    async def _write_all(self, data: bytes) -> None:
        if self._fd < 0 or self._failure is not None:
            raise self._failure or LinkLost(f"{self.path} is closed")
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                await asyncio.sleep(0.002)

    def forget(self) -> None:
        """Drop what was heard and not read."""
        self._buffer.clear()

    def _detach(self) -> None:
        if self._fd >= 0:
            asyncio.get_running_loop().remove_reader(self._fd)

    async def close(self) -> None:
        """Let go of the descriptor at once, so that a returning device keeps its name; never raises."""
        self._detach()
        self._let_go()
        self._fd = -1
        self._fail(LinkLost(f"{self.path} is closed"))
