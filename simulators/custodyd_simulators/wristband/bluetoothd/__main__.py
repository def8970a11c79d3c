"""The process: orders come as lines on the standard input, D-Bus clients on the bus; it ends when the input does.

    advert ADDRESS RSSI HEX      an advert reaches the antenna
    offer ADDRESS 2a37=HEX ...   what a device tells over a connection
    touch ADDRESS                a property of the device changes that is no advert
    adapter 0|1, power 0|1       the adapter is taken away or put in, switched off or on

It says `ready` once it stands on the bus, and `scanning 0|1` as clients begin and end to scan.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusFastError

from custodyd_simulators.wristband.bluetoothd.adapter import ADAPTER, Adapter
from custodyd_simulators.wristband.bluetoothd.gatt import Connections
from custodyd_simulators.wristband.bluetoothd.objects import Objects, is_call, send

LINE = 1 << 16
FORGET_EACH_S = 5.0
_WATCH = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"


class Bluetoothd:
    """One run of the stand-in on one bus."""

    def __init__(self, bus: MessageBus, say: Callable[[str], None]) -> None:
        self._bus = bus
        self._say = say
        self._objects = Objects(bus)
        self._adapter = Adapter(self._objects)
        self._connections = Connections(self._objects)
        self._told = False
        self._going = set[asyncio.Task[None]]()
        self._orders: dict[str, Callable[..., Coroutine[Any, Any, None]]] = {
            "advert": self._advert,
            "offer": self._offer,
            "touch": self._adapter.touch,
            "adapter": self._plugged,
            "power": self._powered,
        }

    async def run(self, lines: asyncio.StreamReader) -> None:
        """Obey until the lines end."""
        self._bus.add_message_handler(self._asked)
        await self._bus.call(
            Message("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch",
                    signature="s", body=[_WATCH])
        )  # fmt: skip
        await self._adapter.plug()
        await self._bus.request_name("org.bluez")
        self._say("ready")
        forgetting = asyncio.create_task(self._forget())
        while line := await lines.readline():
            verb, *words = line.decode("ascii").split()
            await self._orders[verb](*words)
        forgetting.cancel()

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(FORGET_EACH_S)
            await self._adapter.forget()

    async def _plugged(self, there: str) -> None:
        await (self._adapter.plug() if there == "1" else self._adapter.unplug())
        self._tell()

    async def _powered(self, on: str) -> None:
        await self._adapter.power(on == "1")
        self._tell()

    async def _advert(self, address: str, rssi: str, raw: str = "") -> None:
        await self._adapter.advert(address, int(rssi), bytes.fromhex(raw))

    async def _offer(self, address: str, *values: str) -> None:
        pairs = [value.partition("=") for value in values]
        await self._connections.offer(address, {int(short, 16): bytes.fromhex(value) for short, _, value in pairs})

    def _asked(self, message: Message) -> Message | bool | None:
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            if not message.body[2]:
                self._later(self._gone(message.body[0]))
            return None
        if not is_call(message):
            return None
        answer = self._objects.answer(message)
        if answer is not None:
            return answer
        if not (message.interface or "").startswith("org.bluez."):
            return None
        self._later(self._answered(message))
        return True

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._going.add(task)
        task.add_done_callback(self._going.discard)

    async def _gone(self, client: str) -> None:
        await self._adapter.gone(client)
        self._tell()

    async def _answered(self, asked: Message) -> None:
        of = self._adapter if asked.interface == ADAPTER else self._connections
        await send(self._bus, await of.answer(asked))
        self._tell()

    def _tell(self) -> None:
        scanning = bool(self._adapter.sessions)
        if scanning != self._told:
            self._told = scanning
            self._say(f"scanning {int(scanning)}")


async def main(address: str) -> int:
    """Stand on the bus at `address` until the standard input ends or the bus does."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader(LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    bus = await MessageBus(bus_address=address).connect()
    running = asyncio.ensure_future(Bluetoothd(bus, _say).run(lines))
    ending = asyncio.ensure_future(_ended(bus))
    await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
    running.cancel()
    ending.cancel()
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _ended(bus: MessageBus) -> None:
    try:
        await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast forgot its return type
    except (DBusFastError, OSError, EOFError):
        return


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
