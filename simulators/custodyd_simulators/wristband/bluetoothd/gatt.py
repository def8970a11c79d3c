"""Connections to devices that offer values: services come, tell, go in the order of BlueZ; it knows no band."""

import asyncio
from collections.abc import Mapping

from dbus_fast import Message, Variant

from custodyd_drivers.wristband.frames import gatt
from custodyd_drivers.wristband.frames.adverts import uuid
from custodyd_simulators.wristband.bluetoothd.adapter import DEVICE, device_path
from custodyd_simulators.wristband.bluetoothd.objects import Objects, error

SERVICE, CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
CONNECT_S = 0.05
_OF = {
    gatt.HEART_RATE: (gatt.HEART_SERVICE, "notify"),
    gatt.TEMPERATURE: (gatt.THERMOMETER_SERVICE, "indicate"),
    gatt.BATTERY: (gatt.BATTERY_SERVICE, "read"),
}
"""Characteristic → its service and what it lets one do."""


class Connections:
    """What devices offer, and who is connected. bleak cuts 21 characters off a path: serviceXXXX/charXXXX."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._offers: dict[str, dict[int, bytes]] = {}

    async def offer(self, address: str, values: Mapping[int, bytes]) -> None:
        """A device offers these values now; where somebody listens, they are told."""
        path = device_path(address)
        self._offers[path] = dict(values)
        for short, value in values.items():
            where = self._char(path, short)
            kept = self._objects.get(where, CHARACTERISTIC)
            if kept is not None and kept["Notifying"].value:
                await self._objects.change(where, CHARACTERISTIC, {"Value": Variant("ay", value)})

    async def answer(self, asked: Message) -> Message:
        """Methods of devices and characteristics."""
        path, member = asked.path or "", asked.member
        if asked.interface == DEVICE and member == "Connect":
            return await self._connect(asked, path)
        if asked.interface == DEVICE and member == "Disconnect":
            await self.drop(path)
            return Message.new_method_return(asked)
        if asked.interface == CHARACTERISTIC and member in ("StartNotify", "StopNotify"):
            await self._objects.change(path, CHARACTERISTIC, {"Notifying": Variant("b", member == "StartNotify")})
            return Message.new_method_return(asked)
        if asked.interface == CHARACTERISTIC and member == "ReadValue":
            return self._read(asked, path)
        return error(asked, "org.freedesktop.DBus.Error.UnknownMethod", "no such method")

    async def drop(self, path: str) -> None:
        """The connection ends."""
        kept = self._objects.get(path, DEVICE)
        if kept is None or not kept["Connected"].value:
            return
        for below in list(self._objects.below(path)):
            await self._objects.remove(below)
        gone = {"ServicesResolved": Variant("b", False), "Connected": Variant("b", False)}
        await self._objects.change(path, DEVICE, gone)

    async def _connect(self, asked: Message, path: str) -> Message:
        if not self._offers.get(path):
            return error(asked, "org.bluez.Error.Failed", "le-connection-abort-by-remote")
        await asyncio.sleep(CONNECT_S)
        await self._objects.change(path, DEVICE, {"Connected": Variant("b", True)})
        for short, value in self._offers[path].items():
            await self._export(path, short, value)
        await self._objects.change(path, DEVICE, {"ServicesResolved": Variant("b", True)})
        return Message.new_method_return(asked)

    async def _export(self, path: str, short: int, value: bytes) -> None:
        service, may = _OF[short]
        where = self._char(path, short)
        above = where.rpartition("/")[0]
        own = {"UUID": Variant("s", uuid(service)), "Device": Variant("o", path), "Primary": Variant("b", True)}
        await self._objects.add(above, {SERVICE: {**own, "Includes": Variant("ao", [])}})
        kept = {
            "UUID": Variant("s", uuid(short)),
            "Service": Variant("o", above),
            "Flags": Variant("as", [may]),
            "Value": Variant("ay", value),
            "Notifying": Variant("b", False),
        }
        await self._objects.add(where, {CHARACTERISTIC: kept})

    def _read(self, asked: Message, path: str) -> Message:
        kept = self._objects.get(path, CHARACTERISTIC)
        if kept is None or "read" not in kept["Flags"].value:
            return error(asked, "org.bluez.Error.NotPermitted", "Read not permitted")
        return Message.new_method_return(asked, "ay", [kept["Value"].value])

    def _char(self, path: str, short: int) -> str:
        index = list(_OF).index(short) * 0x10
        return f"{path}/service{index + 1:04x}/char{index + 2:04x}"
