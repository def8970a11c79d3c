"""Input devices of the kernel (evdev) for asyncio: taken for ourselves alone; it knows no key and no layout.

Own ioctls instead of the library `evdev`, which comes as source only and would need a compiler on the target. Sources:
Linux include/uapi/linux/input.h, Documentation/input/event-codes.rst.
"""

import contextlib
import fcntl
import os
import stat
from collections.abc import Callable

from custodyd_drivers.errors import Refused
from custodyd_drivers.link.descriptor import DescriptorLink, lost

_VERSION = 0x80044501  # EVIOCGVERSION: only an input device has one
_GRAB = 0x40044590  # EVIOCGRAB
_NAME = 0x81004506  # EVIOCGNAME of 256 bytes
_LONGEST_NAME = 80


class EventLink(DescriptorLink):
    """One opening of one input device; `meant` turns whole or cut events into the bytes that `read` gives.

    A named pipe stands in for a device in simulations and tests: nothing else can read from it, so it needs no grab.
    """

    def __init__(self, path: str, meant: Callable[[bytes], bytes]) -> None:
        super().__init__(path)
        self._translate = meant
        self.model = ""
        """What the device calls itself, known after `open`; hostile, but printable and short."""

    async def open(self) -> None:
        """Open it and take it from everyone else; raises LinkLost, Refused (lasting) for what is no input device."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as exc:
            raise lost(self.path, exc) from exc
        self._fd = descriptor
        if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            self._claim(descriptor)
        self._forget_typed(descriptor)
        self._attach(descriptor)

    def _claim(self, descriptor: int) -> None:
        try:
            fcntl.ioctl(descriptor, _VERSION, bytes(4))
        except OSError as exc:
            raise Refused(f"{self.path} is no keyboard", lasting=True) from exc
        try:
            fcntl.ioctl(descriptor, _GRAB, 1)
            name = fcntl.ioctl(descriptor, _NAME, bytes(256))
        except OSError as exc:
            raise lost(self.path, exc) from exc
        text = name.partition(b"\0")[0].decode("utf-8", "replace")
        self.model = "".join(letter for letter in text if letter.isprintable())[:_LONGEST_NAME]

    @staticmethod
    def _forget_typed(descriptor: int) -> None:
        """What was typed before anybody listened is not acted on."""
        with contextlib.suppress(OSError):
            while os.read(descriptor, 4096):
                pass

    def _meant(self, data: bytes) -> bytes:
        return self._translate(data)

    def _let_go(self) -> None:
        """Closing gives the device back to everyone."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
