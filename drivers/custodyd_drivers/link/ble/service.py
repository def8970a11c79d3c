"""bluetoothd and one adapter of it: there, powered, alive, or gone; it knows no advert.

bleak does not say when bluetoothd dies: the scan goes silent and stays so after its return. So the name on the bus is
watched on a connection of our own, the adapter's power too, and a question is asked now and then.
"""

import asyncio
import contextlib
from typing import Any, cast

from dbus_fast import BusType, Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusFastError

from custodyd_drivers.errors import DeviceError, LinkLost, NoReply
from custodyd_drivers.link.ble.door import FOREIGN
from custodyd_drivers.link.ble.door import lost as as_lost

BLUEZ, ADAPTER = "org.bluez", "org.bluez.Adapter1"
_DBUS, _DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_OBJECTS = "org.freedesktop.DBus.ObjectManager"
CALL_S = 2.0


class Service:
    """One adapter (`hci0`) under the bluetoothd of one bus (None = the system's). Opened once, closed, not revived."""

    def __init__(self, adapter: str, dbus_address: str | None) -> None:
        self._path = f"/org/bluez/{adapter}"
        self._adapter = adapter
        self._address = dbus_address
        self._bus: MessageBus | None = None
        self._owner = ""
        self._end: DeviceError | None = None
        self._ended = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def open(self) -> str:
        """Find the adapter powered; returns its address. Raises LinkLost, NoReply."""
        try:
            self._bus = await self._connected()
        except TimeoutError as exc:
            raise NoReply("the bus does not answer", CALL_S) from exc
        except FOREIGN as exc:
            raise as_lost("no D-Bus", exc) from exc
        self._bus.add_message_handler(self._heard)
        self._watching = asyncio.create_task(self._watch(self._bus), name="the bus of bluetoothd")
        await self._match(f"type='signal',sender='{_DBUS}',member='NameOwnerChanged',arg0='{BLUEZ}'")
        await self._match(f"type='signal',sender='{BLUEZ}',interface='{_PROPERTIES}',path='{self._path}'")
        await self._match(f"type='signal',sender='{BLUEZ}',interface='{_OBJECTS}',member='InterfacesRemoved'")
        self._owner = str(await self._ask(_DBUS, _DBUS_PATH, _DBUS, "GetNameOwner", "s", BLUEZ))
        found = cast("dict[str, Variant]", await self._ask(BLUEZ, self._path, _PROPERTIES, "GetAll", "s", ADAPTER))
        if not _value(found, "Powered"):
            raise LinkLost(f"{self._adapter} is switched off")
        return str(_value(found, "Address") or "")

    async def _connected(self) -> MessageBus:
        async with asyncio.timeout(CALL_S):
            return await MessageBus(bus_address=self._address, bus_type=BusType.SYSTEM).connect()

    async def prove(self) -> None:
        """Have bluetoothd answer a question; raises LinkLost, NoReply."""
        powered = await self._ask(BLUEZ, self._path, _PROPERTIES, "Get", "ss", ADAPTER, "Powered")
        if not (isinstance(powered, Variant) and powered.value):
            raise LinkLost(f"{self._adapter} is switched off")

    async def devices(self) -> frozenset[str]:
        """Paths of everything that bluetoothd keeps now; raises LinkLost, NoReply."""
        return frozenset(cast("dict[str, Any]", await self._ask(BLUEZ, "/", _OBJECTS, "GetManagedObjects", "")))

    async def lost(self) -> DeviceError:
        """Wait until bluetoothd, the adapter or the bus is gone; returns which."""
        await self._ended.wait()
        return self._end or LinkLost("the Bluetooth service is closed")

    async def close(self) -> None:
        """Let go of the bus; never raises."""
        self._gone("the Bluetooth service is closed")
        bus, self._bus = self._bus, None
        if bus is not None:
            with contextlib.suppress(DBusFastError, OSError):
                bus.disconnect()
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching], timeout=0.2)

    # --- what the bus tells ---

    async def _watch(self, bus: MessageBus) -> None:
        try:
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast forgot its return type
        except FOREIGN as exc:
            self._gone(f"the bus of bluetoothd is gone: {type(exc).__name__}")
        else:
            self._gone("the bus of bluetoothd is gone")

    def _heard(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        body: list[Any] = message.body
        if message.member == "NameOwnerChanged" and body[:1] == [BLUEZ] and body[2] != self._owner and self._owner:
            self._gone("bluetoothd ended")
        elif message.member == "InterfacesRemoved" and body[0] == self._path and ADAPTER in body[1]:
            self._gone(f"{self._adapter} was taken away")
        elif message.member == "PropertiesChanged" and message.path == self._path and body[0] == ADAPTER:
            changed = cast("dict[str, Variant]", body[1])
            if _value(changed, "Powered") is False:
                self._gone(f"{self._adapter} was switched off")

    def _gone(self, fact: str) -> None:
        self._end = self._end or LinkLost(fact)
        self._ended.set()

    # --- questions ---

    async def _match(self, rule: str) -> None:
        await self._ask(_DBUS, _DBUS_PATH, _DBUS, "AddMatch", "s", rule)

    async def _ask(self, to: str, path: str, interface: str, member: str, signature: str, *body: str) -> object:
        """The first value of the answer; a service that does not run is not started by asking."""
        question = Message(
            destination=to, path=path, interface=interface, member=member, signature=signature, body=list(body),
            flags=MessageFlag.NO_AUTOSTART,
        )  # fmt: skip
        if self._bus is None:
            raise LinkLost("the Bluetooth service is closed")
        try:
            async with asyncio.timeout(CALL_S):
                answer = await self._bus.call(question)
        except TimeoutError as exc:
            raise NoReply("bluetoothd does not answer", CALL_S) from exc
        except FOREIGN as exc:
            raise as_lost("D-Bus", exc) from exc
        if answer.message_type is MessageType.ERROR:
            raise LinkLost(self._refusal(answer))
        values = cast("list[object]", answer.body)
        return values[0] if values else None

    def _refusal(self, answer: Message) -> str:
        name = answer.error_name or "no answer"
        if name.endswith(("ServiceUnknown", "NameHasNoOwner")):
            return "bluetoothd does not run"
        if name.endswith(("UnknownObject", "UnknownMethod", "UnknownInterface")):
            return f"there is no {self._adapter}"
        return f"bluetoothd refused: {name}"[:200]


def _value(properties: dict[str, Variant], name: str) -> object:
    found = properties.get(name)
    return found.value if found is not None else None
