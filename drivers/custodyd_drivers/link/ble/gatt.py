"""Reading values of a device over a connection, for some seconds; it knows no band and no meaning."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.uuids import normalize_uuid_16

from custodyd_drivers.errors import NoReply
from custodyd_drivers.link.ble.door import FOREIGN, bus, lost

CONNECT_S = 5.0
GO_S = 1.0


async def read_values(
    device: BLEDevice,
    dbus_address: str | None,
    wanted: Mapping[int, Callable[[bytes], None]],
    seconds: float,
) -> None:
    """Connect, give each value of the `wanted` characteristics (16-bit UUID) to its taker, for `seconds`, disconnect.

    Characteristics that tell by themselves are listened to, others are read once. Raises LinkLost, NoReply.
    """
    client = BleakClient(device, timeout=CONNECT_S)
    try:
        with bus(dbus_address):
            await client.connect()
        for short, taker in wanted.items():
            found = client.services.get_characteristic(normalize_uuid_16(short))
            if found is not None:
                await _take(client, found, taker)
        await asyncio.sleep(seconds)
    except TimeoutError as exc:
        raise NoReply("the band does not answer", CONNECT_S) from exc
    except FOREIGN as exc:
        raise lost("the connection to the band", exc) from exc
    finally:
        with contextlib.suppress(*FOREIGN):
            async with asyncio.timeout(GO_S):
                await client.disconnect()


async def _take(client: BleakClient, found: BleakGATTCharacteristic, taker: Callable[[bytes], None]) -> None:
    if "notify" in found.properties or "indicate" in found.properties:
        await client.start_notify(found, lambda _, value: taker(bytes(value)))
    else:
        taker(bytes(await client.read_gatt_char(found)))
