# The two services of systemd that tell about the clock, on a bus of their own. Annotations are read when the classes
# are made, so none of them may be a string.
from collections.abc import Callable
from typing import Annotated, Any

from dbus_fast import DBusError, Message, MessageType, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_property

TIMEDATE, TIMESYNC = "org.freedesktop.timedate1", "org.freedesktop.timesync1"
READ = PropertyAccess.READ
Address = Annotated[tuple[int, bytes], DBusSignature("(iay)")]
NtpMessage = Annotated[tuple[Any, ...], DBusSignature("(uuuuittayttttbtt)")]


class Timedate(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(TIMEDATE)
        self.synced = True
        self.broken = False

    @dbus_property(access=READ, name="NTPSynchronized")
    def ntp_synchronized(self) -> DBusBool:
        if self.broken:
            raise DBusError("org.freedesktop.DBus.Error.Failed", "no answer today")
        return self.synced


class Timesync(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(f"{TIMESYNC}.Manager")
        self.server = "ntp.bureau.example"
        self.address = (2, bytes([192, 168, 10, 1]))
        self.times = (1_000_000, 1_250_000, 1_250_100, 1_000_100)  # 250 ms behind the server
        self.packets = 7

    @dbus_property(access=READ, name="ServerName")
    def server_name(self) -> DBusStr:
        return self.server

    @dbus_property(access=READ, name="ServerAddress")
    def server_address(self) -> Address:
        return self.address

    @dbus_property(access=READ, name="NTPMessage")
    def ntp_message(self) -> NtpMessage:
        return (0, 4, 4, 2, -24, 100, 200, b"GPS\0", *self.times, False, self.packets, 50)


async def serve(address: str, *interfaces: ServiceInterface) -> MessageBus:
    """A connection that owns the names of these interfaces and answers for them."""
    bus = await MessageBus(bus_address=address).connect()
    for interface in interfaces:
        name = interface.name.removesuffix(".Manager")
        bus.export("/" + name.replace(".", "/"), interface)
        await bus.request_name(name)
    return bus


async def serve_silence(address: str, name: str, asked: Callable[[], None]) -> MessageBus:
    """A connection that owns a name, tells that it was asked, and never answers."""
    bus = await MessageBus(bus_address=address).connect()

    def hear(message: Message) -> bool:
        asked()
        return message.message_type is MessageType.METHOD_CALL

    bus.add_message_handler(hear)
    await bus.request_name(name)
    return bus


async def answer_with(address: str, name: str, signature: str, body: list[Any]) -> MessageBus:
    """A connection that owns a name and gives every question this one answer."""
    bus = await MessageBus(bus_address=address).connect()

    def answer(message: Message) -> Message | None:
        asked = message.message_type is MessageType.METHOD_CALL
        return Message.new_method_return(message, signature, body) if asked else None

    bus.add_message_handler(answer)
    await bus.request_name(name)
    return bus
