"""What goes wrong below in our own words, and which bus bleak speaks on; it knows no scan and no connection."""

import asyncio
import os
from collections.abc import Generator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from bleak.exc import BleakDBusError, BleakError
from dbus_fast.errors import DBusFastError

from custodyd_drivers.errors import LinkLost, Refused

FOREIGN = (BleakError, DBusFastError, OSError, EOFError, AssertionError)
"""What bleak and dbus-fast raise when the bus, the service or a reply is not as they expect."""

_BUS = "DBUS_SYSTEM_BUS_ADDRESS"
_spoken = WeakKeyDictionary[asyncio.AbstractEventLoop, str]()
_open: list[str | None] = []  # what the variable held before the outermost `bus`, while one is open


def lost(fact: str, exc: BaseException) -> LinkLost:
    """The error that stands for a foreign one."""
    named = exc.dbus_error if isinstance(exc, BleakDBusError) else type(exc).__name__
    return LinkLost(f"{fact}: {named}")


@contextmanager
def bus(address: str | None) -> Generator[None]:
    """While bleak connects: the system bus is the one at `address`; raises Refused for a second one in this process.

    bleak takes no address, it asks the environment at the moment it connects, and keeps one connection per event loop.
    """
    loop = asyncio.get_running_loop()
    if _spoken.setdefault(loop, address or "") != (address or ""):
        raise Refused("all receivers of one station speak on one bus", lasting=True)
    if address is None:
        yield
        return
    _open.append(os.environ.get(_BUS))
    os.environ[_BUS] = address
    try:
        yield
    finally:
        before = _open[0]
        _open.pop()
        if not _open:
            _restore(before)


def _restore(before: str | None) -> None:
    if before is None:
        del os.environ[_BUS]
    else:
        os.environ[_BUS] = before
