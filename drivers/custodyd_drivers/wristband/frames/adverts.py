"""Advertising data: the structures of an advert as they are sent, apart and together; it knows no maker.

Source: Bluetooth Core Specification Supplement, part A (AD types); one structure is length, type, data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

LONGEST = 255  # one extended advert as a host gets it; a legacy one has 31 bytes
_UUIDS_16 = (0x02, 0x03)
_NAMES = (0x08, 0x09)
_SERVICE_16, _SERVICE_128, _COMPANY = 0x16, 0x21, 0xFF
_BASE = "-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True, slots=True)
class Advert:
    """What one advert holds: `company` id → data, `service` UUID (128 bits, lower case) → data, `uuids`, `name`."""

    company: Mapping[int, bytes] = field(default_factory=dict[int, bytes])
    service: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    uuids: tuple[str, ...] = ()
    name: str | None = None


def uuid(short: int) -> str:
    """A 16-bit UUID in its full form."""
    return f"0000{short:04x}{_BASE}"


def structures(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """(AD type, data) of each whole structure; a cut or empty one ends the advert, as the specification says."""
    at = 0
    while at + 1 < len(raw) and raw[at] and at + 1 + raw[at] <= len(raw):
        yield raw[at + 1], raw[at + 2 : at + 1 + raw[at]]
        at += 1 + raw[at]


def parse(raw: bytes) -> Advert:
    """The advert that `raw` is; whatever is no known structure is left out. Raises nothing."""
    company, service, uuids = dict[int, bytes](), dict[str, bytes](), list[str]()
    name = None
    for kind, data in structures(raw[:LONGEST]):
        if kind == _COMPANY and len(data) >= 2:
            company[int.from_bytes(data[:2], "little")] = data[2:]
        elif kind == _SERVICE_16 and len(data) >= 2:
            service[uuid(int.from_bytes(data[:2], "little"))] = data[2:]
        elif kind == _SERVICE_128 and len(data) >= 16:
            service[_full(data[:16])] = data[16:]
        elif kind in _UUIDS_16:
            uuids += [uuid(int.from_bytes(data[at : at + 2], "little")) for at in range(0, len(data) - 1, 2)]
        elif kind in _NAMES:
            name = data.decode("utf-8", "replace")
    return Advert(company, service, tuple(uuids), name)


def _full(little: bytes) -> str:
    text = little[::-1].hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def structure(kind: int, data: bytes) -> bytes:
    """One structure on the air."""
    return bytes([len(data) + 1, kind]) + data


def of_company(company: int, data: bytes) -> bytes:
    """Manufacturer data on the air."""
    return structure(_COMPANY, company.to_bytes(2, "little") + data)


def of_service(short: int, data: bytes) -> bytes:
    """Service data of a 16-bit UUID on the air."""
    return structure(_SERVICE_16, short.to_bytes(2, "little") + data)


FLAGS = structure(0x01, b"\x06")
"""General discoverable, no BR/EDR: how the adverts of bands and beacons begin."""
