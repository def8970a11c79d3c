"""BTHome version 2: objects in service data FCD2, plain or under AES-CCM with a counter.

    plain      devinfo | object id, value | ...
    encrypted  devinfo | cipher | counter (4 LE) | mic (4)     nonce = MAC (6) | D2 FC | devinfo | counter

Values are little-endian; an object id that is not known ends the packet, for its length is not known either.
Source: bthome.io/format, bthome.io/encryption.
"""

from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from custodyd_drivers.wristband.frames.reading import Event, Reading

SERVICE = 0xFCD2
PLAIN, SEALED = 0x40, 0x41
_MIC = 4
_SIZES = {
    0x00: 1, 0x01: 1, 0x02: 2, 0x03: 2, 0x04: 3, 0x05: 3, 0x06: 2, 0x07: 2, 0x08: 2, 0x09: 1, 0x0A: 3, 0x0B: 3,
    0x0C: 2, 0x0D: 2, 0x0E: 2, 0x0F: 1, 0x10: 1, 0x11: 1, 0x12: 2, 0x13: 2, 0x14: 2, 0x2E: 1, 0x2F: 1, 0x3A: 1,
    0x3C: 2, 0x3D: 2, 0x3E: 4, 0x3F: 2, 0x40: 2, 0x41: 2, 0x42: 3, 0x43: 2, 0x44: 2, 0x45: 2, 0x46: 1, 0x47: 2,
    0x48: 2, 0x49: 2, 0x4A: 2, 0x4B: 3, 0x4C: 4, 0x4D: 4, 0x4E: 4, 0x4F: 4, 0x50: 4, 0x51: 2, 0x52: 2, 0xF0: 2,
    0xF1: 4, 0xF2: 3,
    **dict.fromkeys(range(0x15, 0x2E), 1),
}  # fmt: skip
_PACKET, _BATTERY, _WARM, _VOLTS, _MOVING, _TAMPER, _BUTTON, _TENTHS = 0x00, 0x01, 0x02, 0x0C, 0x22, 0x2B, 0x3A, 0x45
_PRESSES: dict[int, Event] = {
    1: "single", 2: "double", 3: "triple", 4: "long", 5: "long", 6: "long", 0x80: "press",
}  # fmt: skip


def objects(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(object id, value) of each whole object."""
    at = 0
    while at < len(data) and data[at] in _SIZES:
        end = at + 1 + _SIZES[data[at]]
        if end > len(data):
            return
        yield data[at], data[at + 1 : end]
        at = end


def reading(data: bytes, mac: bytes = b"", key: bytes = b"") -> Reading | None:
    """A whole packet; None when it is of another version, or not sealed under `key` although there is one."""
    if not data or data[0] >> 5 != 2 or bool(data[0] & 1) != bool(key):
        return None
    if not key:
        found = dict(objects(data[1:]))
        return _said(found, _whole(found.get(_PACKET)), sealed=False)
    opened = unseal(data, mac, key)
    return None if opened is None else _said(dict(objects(opened[0])), opened[1], sealed=True)


def unseal(data: bytes, mac: bytes, key: bytes) -> tuple[bytes, int] | None:
    """(objects, counter) of a sealed packet; None when it was not made with this key and address."""
    if len(data) < 1 + 4 + _MIC or len(mac) != 6:
        return None
    cipher, counter, mic = data[1:-8], data[-8:-4], data[-4:]
    try:
        opened = AESCCM(key, tag_length=_MIC).decrypt(_nonce(mac, data[0], counter), cipher + mic, None)
    except (InvalidTag, ValueError):  # ValueError: a key of a length that AES does not have
        return None
    return opened, int.from_bytes(counter, "little")


def seal(plain: bytes, mac: bytes, key: bytes, counter: int, devinfo: int = SEALED) -> bytes:
    """A sealed packet of these objects."""
    count = counter.to_bytes(4, "little")
    sealed = AESCCM(key, tag_length=_MIC).encrypt(_nonce(mac, devinfo, count), plain, None)
    return bytes([devinfo]) + sealed[:-_MIC] + count + sealed[-_MIC:]


def _nonce(mac: bytes, devinfo: int, counter: bytes) -> bytes:
    return mac + b"\xd2\xfc" + bytes([devinfo]) + counter


def _said(found: dict[int, bytes], counter: int | None, *, sealed: bool) -> Reading:
    return Reading(
        strap_open=_yes(found.get(_TAMPER)),
        event=_PRESSES.get(found.get(_BUTTON, b"\0")[0]),
        battery=_whole(found.get(_BATTERY)),
        millivolts=_whole(found.get(_VOLTS)),
        temperature=_temperature(found),
        moving=_yes(found.get(_MOVING)),
        counter=counter,
        sealed=sealed,
    )


def _temperature(found: dict[int, bytes]) -> int | None:
    if _WARM in found:
        return int.from_bytes(found[_WARM], "little", signed=True)
    if _TENTHS in found:
        return 10 * int.from_bytes(found[_TENTHS], "little", signed=True)
    return None


def _whole(value: bytes | None) -> int | None:
    return None if value is None else int.from_bytes(value, "little")


def _yes(value: bytes | None) -> bool | None:
    return None if value is None else value == b"\x01"
