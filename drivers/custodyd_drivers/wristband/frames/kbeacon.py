"""KKM (KBeacon) wristbands W3 and W7 and their kin: sensor and system frames, events, encrypted iBeacon.

    sensor   21 | mask (2 BE) | fields in the order of the mask, all big-endian
    system   22 | model | battery % | MAC (6) | firmware major, minor
    EBeacon  03 | 15 | AES-ECB(key, UUID) | UTC (4 BE) | power (s8)     key = MD5(password (16) | MAC (6) | UTC (4))

They stand in manufacturer data of 0A53 or service data of FEAA. An event changes the last byte of the iBeacon's UUID
for some seconds and is then gone from the air. Source: KBeacon advertisement documentation and SDK of the maker.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from custodyd_drivers.wristband.frames.beacons import fixed, from_fixed
from custodyd_drivers.wristband.frames.reading import SILENT, Event, Reading

KKM = 0x0A53
SENSOR, SYSTEM, ENCRYPTED = 0x21, 0x22, 0x03
_SIZES = {
    0x0001: 2, 0x0002: 2, 0x0004: 2, 0x0008: 6, 0x0010: 1, 0x0020: 1, 0x0040: 2, 0x0080: 5, 0x0100: 0, 0x0200: 3,
}  # fmt: skip
"""Mask bit → bytes of its field; 0100 stands in frames on the air and has none."""
_VOLTAGE, _TEMPERATURE, _ALARM = 0x0001, 0x0002, 0x0010

EVENTS: Mapping[int, Event | None] = MappingProxyType(
    {1: None, 2: None, 3: "long", 4: "single", 5: "double", 6: "triple", 7: "cut", 8: None, 9: None}
)
"""What is added to the last byte of the UUID; motion, angle and temperature are no events of a person."""


def sensor(data: bytes) -> Reading | None:
    """A sensor frame; None when it is cut short or none."""
    if len(data) < 3 or data[0] != SENSOR:
        return None
    found, at = dict[int, bytes](), 3
    mask = int.from_bytes(data[1:3], "big")
    for bit, size in _SIZES.items():
        if mask & bit:
            found[bit] = data[at : at + size]
            at += size
    if at > len(data):
        return None
    return Reading(
        strap_open=bool(found[_ALARM][0]) if _ALARM in found else None,
        millivolts=int.from_bytes(found[_VOLTAGE], "big") if _VOLTAGE in found else None,
        temperature=from_fixed(found[_TEMPERATURE]) if _TEMPERATURE in found else None,
    )


def encode_sensor(strap_open: bool, millivolts: int, temperature: int) -> bytes:
    """A sensor frame with voltage, temperature and alarm."""
    mask = (_VOLTAGE | _TEMPERATURE | _ALARM).to_bytes(2, "big")
    return bytes([SENSOR]) + mask + millivolts.to_bytes(2, "big") + fixed(temperature) + bytes([strap_open])


@dataclass(frozen=True, slots=True)
class System:
    """What the system frame says of the band itself."""

    model: int
    battery: int
    mac: bytes
    firmware: tuple[int, int]

    def encode(self) -> bytes:
        """The frame."""
        return bytes([SYSTEM, self.model, self.battery]) + self.mac + bytes(self.firmware)


def system(data: bytes) -> System | None:
    """A system frame, if it is one."""
    if len(data) < 11 or data[0] != SYSTEM:
        return None
    return System(data[1], data[2], data[3:9], (data[9], data[10]))


def changed_uuid(base: bytes, event: int) -> bytes:
    """The UUID while an event is told."""
    return base[:15] + bytes([(base[15] + event) & 0xFF])


def event(base: bytes, uuid: bytes) -> Reading | None:
    """What a UUID says that begins like `base`: alive, or an event; None when it is neither."""
    if len(base) != 16 or len(uuid) != 16 or uuid[:15] != base[:15]:
        return None
    added = (uuid[15] - base[15]) & 0xFF
    if added == 0:
        return SILENT
    return Reading(event=EVENTS[added]) if added in EVENTS else None


def encrypted(data: bytes, mac: bytes, password: bytes) -> tuple[bytes, int] | None:
    """(UUID, UTC seconds) of an EBeacon; whether the UUID is the right one is the caller's question."""
    if len(data) != 23 or data[:2] != b"\x03\x15" or len(mac) != 6:
        return None
    utc = data[18:22]
    decryptor = Cipher(algorithms.AES(_key(password, mac, utc)), modes.ECB()).decryptor()  # noqa: S305 - the maker's
    return decryptor.update(data[2:18]) + decryptor.finalize(), int.from_bytes(utc, "big")


def encrypt(uuid: bytes, mac: bytes, password: bytes, utc: int, power: int = -59) -> bytes:
    """An EBeacon."""
    stamp = utc.to_bytes(4, "big")
    encryptor = Cipher(algorithms.AES(_key(password, mac, stamp)), modes.ECB()).encryptor()  # noqa: S305 - the maker's
    sealed = encryptor.update(uuid) + encryptor.finalize()
    return b"\x03\x15" + sealed + stamp + power.to_bytes(1, "big", signed=True)


def _key(password: bytes, mac: bytes, utc: bytes) -> bytes:
    return hashlib.md5(password[:16].ljust(16, b"\0") + mac + utc, usedforsecurity=False).digest()
