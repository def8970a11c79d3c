"""Objects with properties on a D-Bus, told of as they come, change and go; it must not know what they stand for."""

from collections.abc import Iterator, Mapping
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
Interfaces = dict[str, dict[str, Variant]]


_BURST = 64
"""Signals between two questions to the bus: dbus-fast takes a socket that is full for a broken one, and the answer to a
question says that the bus has read all that was sent before it."""


class Objects:
    """Path → interface → property → value. Every signal is awaited, and no burst is longer than the bus reads."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._sent = 0
        self._kept: dict[str, Interfaces] = {}

    def get(self, path: str, interface: str) -> dict[str, Variant] | None:
        """The properties of an object, None when it is not there."""
        return self._kept.get(path, {}).get(interface)

    def below(self, path: str) -> Iterator[str]:
        """Paths of the objects under `path`, deepest first."""
        yield from sorted((found for found in self._kept if found.startswith(f"{path}/")), key=len, reverse=True)

    async def add(self, path: str, interfaces: Interfaces) -> None:
        """A new object."""
        self._kept[path] = interfaces
        await self._signal("/", OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces])

    async def remove(self, path: str) -> None:
        """An object goes, with all below it."""
        for found in (*self.below(path), path):
            if found in self._kept:
                names = list(self._kept.pop(found))
                await self._signal("/", OBJECTS, "InterfacesRemoved", "oas", [found, names])

    async def change(self, path: str, interface: str, changed: Mapping[str, Variant]) -> None:
        """Properties change."""
        kept = self.get(path, interface)
        if kept is not None:
            kept.update(changed)
            await self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, dict(changed), []])

    async def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        await send(self._bus, Message.new_signal(path, interface, member, signature, body))
        self._sent += 1
        if self._sent % _BURST == 0:
            await self._bus.call(
                Message("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Peer", "Ping")
            )

    def answer(self, asked: Message) -> Message | None:
        """The answer to a question about objects and properties; None when it is none."""
        if asked.interface == OBJECTS and asked.member == "GetManagedObjects":
            return Message.new_method_return(asked, "a{oa{sa{sv}}}", [self._kept])
        if asked.interface != PROPERTIES:
            return None
        kept = self.get(asked.path or "", asked.body[0])
        if kept is None:
            return error(asked, "org.freedesktop.DBus.Error.UnknownObject", "no such object")
        if asked.member == "GetAll":
            return Message.new_method_return(asked, "a{sv}", [kept])
        if asked.member == "Get" and asked.body[1] in kept:
            return Message.new_method_return(asked, "v", [kept[asked.body[1]]])
        return error(asked, "org.freedesktop.DBus.Error.InvalidArgs", "no such property")


async def send(bus: MessageBus, message: Message) -> None:
    """Send a message and wait until it is on its way."""
    await bus.send(message)  # pyright: ignore[reportUnknownMemberType]  # a Future of nothing, untyped in dbus-fast


def error(asked: Message, name: str, text: str) -> Message:
    """A refusal."""
    return Message.new_error(asked, name, text)


def is_call(message: Message) -> bool:
    """Whether it asks for something."""
    return message.message_type is MessageType.METHOD_CALL
