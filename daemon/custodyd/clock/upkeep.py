"""How civil time is kept, asked of systemd over D-Bus: synchronised or not, by which server, how far off; no rule.

The sandbox refuses adjtimex even for reading (`ProtectClock=`), so two services are asked, both documented in
systemd's manual: org.freedesktop.timedate1(5), and timesync1 of systemd-timesyncd, which is asked only where it runs.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, cast

from custodyd.model.entry import ClockState

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

log = logging.getLogger(__name__)

LIMIT_S = 5.0
"""Of each question; the first one starts timedated, which takes a while on a small machine."""
_LONGEST_NAME = 253  # octets of a host name, RFC 1035 §2.3.4
_FARTHEST_MS = 2**53 - 1  # the largest integer of an entry
_OCTETS = (4, 16)  # of an address
_SENT, _TAKEN_THERE, _SENT_THERE, _TAKEN, _PACKETS = 8, 9, 10, 11, 13  # in NTPMessage; times in microseconds


async def ask(limit_s: float = LIMIT_S) -> ClockState:
    """What is known of the clock now. Whatever nobody answers within `limit_s` is absent, which means unknown.

    `offset_ms` is what the last exchange with the server found: its time minus ours, RFC 5905 §8.
    """
    from dbus_fast import DBusFastError  # with the first question: a start needs neither its 25 ms nor its 5 MB

    try:
        async with _system_bus(limit_s) as bus:
            synced = await _synced(bus, limit_s)
            found = await _timesync(bus, limit_s)
    except (DBusFastError, OSError, EOFError, TimeoutError, ValueError, LookupError) as exc:  # the last two: no D-Bus
        log.debug("nobody tells how the clock is kept: %s", exc)
        return ClockState()
    return ClockState(_source(found), synced, _offset_ms(found))


@asynccontextmanager
async def _system_bus(limit_s: float) -> "AsyncGenerator[MessageBus]":
    from dbus_fast import BusType
    from dbus_fast.aio import MessageBus

    async with asyncio.timeout(limit_s):
        bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        yield bus
    finally:
        bus.disconnect()
        with suppress(OSError, EOFError, ValueError, LookupError):  # why it ended before, if it did
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast forgot its type


async def _synced(bus: "MessageBus", limit_s: float) -> bool | None:
    own = "org.freedesktop.timedate1"
    found = await _asked(bus, limit_s, own, "Get", own, "NTPSynchronized", may_start=True)
    synced: bool | None = _typed(found, "b")
    return synced


async def _timesync(bus: "MessageBus", limit_s: float) -> dict[str, Any]:
    """The properties of timesyncd's manager; none where another keeps the clock."""
    found = await _asked(bus, limit_s, "org.freedesktop.timesync1", "GetAll", "org.freedesktop.timesync1.Manager")
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


async def _asked(
    bus: "MessageBus", limit_s: float, service: str, member: str, *body: str, may_start: bool = False
) -> Any:  # what D-Bus says may have any shape
    """The first value of the answer; None for an error and for silence. `may_start` = a service that does not run."""
    from dbus_fast import Message, MessageFlag, MessageType

    question = Message(
        destination=service,
        path="/" + service.replace(".", "/"),
        interface="org.freedesktop.DBus.Properties",
        member=member,
        signature="s" * len(body),
        body=list(body),
        flags=MessageFlag.NONE if may_start else MessageFlag.NO_AUTOSTART,
    )
    try:
        async with asyncio.timeout(limit_s):
            answer = await bus.call(question)
    except TimeoutError:
        return None
    return answer.body[0] if answer.message_type is MessageType.METHOD_RETURN and answer.body else None


def _typed(variant: Any, signature: str) -> Any:
    """A variant's value; None if it is none, or not of the documented type: then nothing is known of its shape."""
    return variant.value if getattr(variant, "signature", None) == signature else None


def _source(found: dict[str, Any]) -> str | None:
    """The server's name, else its address."""
    name, address = _typed(found.get("ServerName"), "s"), _typed(found.get("ServerAddress"), "(iay)")
    if name:
        return name if len(name) <= _LONGEST_NAME and name.isascii() and name.isprintable() else None
    # family and octets; none at all while no server was chosen
    return str(ip_address(address[1])) if address and len(address[1]) in _OCTETS else None


def _offset_ms(found: dict[str, Any]) -> int | None:
    told: list[int] | None = _typed(found.get("NTPMessage"), "(uuuuittayttttbtt)")
    if not told or not told[_PACKETS]:
        return None
    offset = (told[_TAKEN_THERE] - told[_SENT] + told[_SENT_THERE] - told[_TAKEN]) // 2000
    return max(-_FARTHEST_MS, min(offset, _FARTHEST_MS))
