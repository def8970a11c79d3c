"""One adapter: power, sessions of scanning clients, and devices as their adverts come in; it knows no band.

As in BlueZ with the filter DuplicateData: each report sets the signal strength and what the advert holds anew and tells
of it, a change of anything else tells of that alone, and a device that was not heard for a while is forgotten.
"""

import time

from dbus_fast import Message, Variant

from custodyd_drivers.wristband.frames import adverts
from custodyd_simulators.wristband.bluetoothd.objects import Objects, error

ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
PATH = "/org/bluez/hci0"
ADDRESS = "00:1A:7D:DA:71:13"
FORGET_S = 30.0


class Adapter:
    """hci0 on the bus."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self.there = False
        self.sessions: set[str] = set()
        self._heard: dict[str, float] = {}

    @property
    def powered(self) -> bool:
        """Whether it is there and switched on."""
        kept = self._objects.get(PATH, ADAPTER)
        return kept is not None and bool(kept["Powered"].value)

    async def plug(self) -> None:
        """The adapter comes."""
        properties = {
            "Address": Variant("s", ADDRESS),
            "AddressType": Variant("s", "public"),
            "Name": Variant("s", "custodysim"),
            "Alias": Variant("s", "custodysim"),
            "Powered": Variant("b", True),
            "Discovering": Variant("b", False),
            "Roles": Variant("as", ["central", "peripheral"]),
            "UUIDs": Variant("as", []),
        }
        if not self.there:
            self.there = True
            await self._objects.add(PATH, {ADAPTER: properties})

    async def unplug(self) -> None:
        """The adapter goes, with everything it knew."""
        self.there = False
        self.sessions.clear()
        self._heard.clear()
        await self._objects.remove(PATH)

    async def power(self, on: bool) -> None:
        """It is switched on or off."""
        if not on:
            self.sessions.clear()
        await self._objects.change(PATH, ADAPTER, {"Powered": Variant("b", on), "Discovering": Variant("b", False)})

    async def advert(self, address: str, rssi: int, raw: bytes) -> None:
        """An advert reached the antenna."""
        if not self.sessions:
            return
        path = device_path(address)
        self._heard[path] = time.monotonic()
        changed = _data(adverts.parse(raw), rssi)
        if self._objects.get(path, DEVICE) is None:
            await self._objects.add(path, {DEVICE: {**_new(address), **changed}})
        else:
            await self._objects.change(path, DEVICE, changed)

    async def touch(self, address: str) -> None:
        """Something about a device changes that is no advert: it seems to connect, and to go."""
        for connected in (True, False):
            await self._objects.change(device_path(address), DEVICE, {"Connected": Variant("b", connected)})

    async def forget(self) -> None:
        """Let go of devices that were not heard for long."""
        now = time.monotonic()
        for path in [path for path, at in self._heard.items() if now - at > FORGET_S]:
            del self._heard[path]
            await self._objects.remove(path)

    async def gone(self, client: str) -> None:
        """A client left the bus: its session ends."""
        if client in self.sessions:
            await self._end(client)

    async def answer(self, asked: Message) -> Message:
        """Adapter1's methods."""
        member, sender = asked.member, asked.sender or ""
        if member == "StartDiscovery":
            return await self._start(asked, sender)
        if member == "StopDiscovery":
            if sender not in self.sessions:
                return error(asked, "org.bluez.Error.Failed", "No discovery started")
            await self._end(sender)
            return Message.new_method_return(asked)
        if member == "SetDiscoveryFilter":
            return Message.new_method_return(asked)
        if member == "RemoveDevice":
            await self._objects.remove(asked.body[0])
            return Message.new_method_return(asked)
        return error(asked, "org.freedesktop.DBus.Error.UnknownMethod", "no such method")

    async def _start(self, asked: Message, sender: str) -> Message:
        if not self.powered:
            return error(asked, "org.bluez.Error.NotReady", "Resource Not Ready")
        if sender in self.sessions:
            return error(asked, "org.bluez.Error.InProgress", "Operation already in progress")
        self.sessions.add(sender)
        await self._objects.change(PATH, ADAPTER, {"Discovering": Variant("b", True)})
        return Message.new_method_return(asked)

    async def _end(self, sender: str) -> None:
        self.sessions.discard(sender)
        if not self.sessions:
            await self._objects.change(PATH, ADAPTER, {"Discovering": Variant("b", False)})


def device_path(address: str) -> str:
    """Where a device stands."""
    return f"{PATH}/dev_{address.replace(':', '_')}"


def _new(address: str) -> dict[str, Variant]:
    return {
        "Adapter": Variant("o", PATH),
        "Address": Variant("s", address),
        "AddressType": Variant("s", "random"),
        "Alias": Variant("s", address.replace(":", "-")),
        "Connected": Variant("b", False),
        "Paired": Variant("b", False),
        "Trusted": Variant("b", False),
        "Blocked": Variant("b", False),
        "ServicesResolved": Variant("b", False),
        "UUIDs": Variant("as", []),
    }


def _data(advert: adverts.Advert, rssi: int) -> dict[str, Variant]:
    found = {"RSSI": Variant("n", rssi, False)}
    if advert.company:
        held = {key: Variant("ay", data, False) for key, data in advert.company.items()}
        found["ManufacturerData"] = Variant("a{qv}", held, False)
    if advert.service:
        held_by = {key: Variant("ay", data, False) for key, data in advert.service.items()}
        found["ServiceData"] = Variant("a{sv}", held_by, False)
    if advert.uuids:
        found["UUIDs"] = Variant("as", list(advert.uuids), False)
    if advert.name is not None:
        found["Name"] = found["Alias"] = Variant("s", advert.name, False)
    return found
