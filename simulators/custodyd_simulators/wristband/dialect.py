"""How a band of each model speaks: its state as whole adverts, by the model's tables; it must not know a driver.

Tables of fields are spoken as they are read. Where a frame is read by a function, the same maker's frames are written
here by the codec.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from custodyd_drivers.wristband.frames import adverts, beacons, bthome, gatt, kbeacon
from custodyd_drivers.wristband.models import Field, Frame, Model
from custodyd_drivers.wristband.recognise import Known
from custodyd_simulators.wristband.band import Worn

Speak = Callable[[Frame, Known, Worn], bytes | None]
"""The data of one frame; None when the band has nothing to say in it now."""

_EVENTS = {name: number for number, name in kbeacon.EVENTS.items() if name is not None}
_PRESSES = {"single": 1, "double": 2, "triple": 3, "long": 4, "press": 0x80}


def speak(model: Model, known: Known, worn: Worn) -> list[bytes]:
    """One advert of each of the model's frames, as AD structures."""
    found = list[bytes]()
    for frame in model.frames:
        data = _FUNCTIONS.get(frame.decode or "", _from_fields)(frame, known, worn)
        if data is not None:
            found.append(adverts.FLAGS + _placed(frame, data))
    return found


def offers(worn: Worn) -> dict[int, bytes]:
    """The values that a band with a pulse sensor lets one read over a connection."""
    return {
        gatt.BATTERY: bytes([worn.battery]),
        gatt.HEART_RATE: gatt.Pulse(worn.body.bpm, worn.body.skin).encode(),
        gatt.TEMPERATURE: gatt.encode_temperature(worn.body.temperature),
    }


def _placed(frame: Frame, data: bytes) -> bytes:
    name = adverts.structure(0x09, frame.name.replace("*", "").replace("?", "0").encode()) if frame.name else b""
    if frame.company is not None:
        return adverts.of_company(frame.company, data) + name
    service = frame.service or ""
    if len(service) == 4:
        return adverts.of_service(int(service, 16), data) + name
    return adverts.structure(0x21, bytes.fromhex(service.replace("-", ""))[::-1] + data) + name


# --- tables -----------------------------------------------------------------------------------------------------------


def _from_fields(frame: Frame, known: Known, worn: Worn) -> bytes | None:
    if known.key:
        return None  # a band with a key does not speak in clear
    data = bytearray(frame.least)
    starts = bytes.fromhex(frame.starts.replace("?", "0"))
    data[: len(starts)] = starts
    identity = _identity(frame, known)
    if identity is None:
        return None
    for span in frame.identity:
        part, identity = identity[: span.length], identity[span.length :]
        data[span.offset : span.offset + span.length] = part[::-1] if span.reversed else part
    if frame.company == beacons.APPLE and starts == beacons.IBEACON_HEAD:
        data[17] = known.uuid[-1]
    for one in frame.fields:
        _write(data, one, worn)
    return bytes(data)


def _identity(frame: Frame, known: Known) -> bytes | None:
    wanted = sum(span.length for span in frame.identity)
    own = (*known.ids, known.address)
    return next((one for one in own if len(one) == wanted), None) if wanted else b""


def _write(data: bytearray, one: Field, worn: Worn) -> None:
    now = bytes(data[one.offset : one.offset + one.size])
    raw = int.from_bytes(now, one.endian)
    truths: Mapping[str, bool] = {
        "strap_open": worn.strap_open,
        "sos": worn.event not in (None, "cut"),
        "contact": worn.body.skin,
        "moving": worn.moving,
    }
    numbers: Mapping[str, float] = {
        "battery": worn.battery,
        "millivolts": worn.millivolts,
        "temperature": worn.body.temperature / 100,
        "heart_rate": worn.body.bpm,
        "counter": worn.counter,
    }
    if one.meaning in numbers:
        raw = round(numbers[one.meaning] / one.scale)
    elif one.bit is not None:
        raw = raw | 1 << one.bit if truths[one.meaning] else raw & ~(1 << one.bit)
    else:
        raw = (one.equals or 0) if truths[one.meaning] else (one.equals or 0) ^ 1
    data[one.offset : one.offset + one.size] = (raw % (1 << 8 * one.size)).to_bytes(one.size, one.endian)


# --- functions --------------------------------------------------------------------------------------------------------


def _event(frame: Frame, known: Known, worn: Worn) -> bytes | None:
    if known.key or not known.ids:
        return None
    base = known.ids[0]
    uuid = kbeacon.changed_uuid(known.uuid, _EVENTS[worn.event]) if worn.event in _EVENTS else known.uuid
    major, minor = int.from_bytes(base[15:17], "big"), int.from_bytes(base[17:19], "big")
    return beacons.IBeacon(uuid, major, minor).encode()


def _sensor(frame: Frame, known: Known, worn: Worn) -> bytes | None:
    if known.key or frame.company is None:
        return None
    return kbeacon.encode_sensor(worn.strap_open, worn.millivolts, worn.body.temperature)


def _encrypted(frame: Frame, known: Known, worn: Worn) -> bytes | None:
    if not known.key:
        return None
    uuid = kbeacon.changed_uuid(known.uuid, _EVENTS[worn.event]) if worn.event in _EVENTS else known.uuid
    return kbeacon.encrypt(uuid, known.address, known.key, 1_795_000_000 + worn.counter)


def _bthome(frame: Frame, known: Known, worn: Worn) -> bytes:
    battery, temperature = bytes([1, worn.battery]), worn.body.temperature.to_bytes(2, "little", signed=True)
    plain = bytes([0, worn.counter & 0xFF]) + battery + b"\x02" + temperature + bytes([0x2B, worn.strap_open])
    if worn.event in _PRESSES:
        plain += bytes([0x3A, _PRESSES[worn.event]])
    if not known.key:
        return bytes([bthome.PLAIN]) + plain
    return bthome.seal(plain, known.address, known.key, worn.counter)


_FUNCTIONS: Mapping[str, Speak] = MappingProxyType(
    {"kbeacon-event": _event, "kbeacon-sensor": _sensor, "kbeacon-encrypted": _encrypted, "bthome": _bthome}
)
