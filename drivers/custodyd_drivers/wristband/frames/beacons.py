"""iBeacon and Eddystone: the frames that name a band or a beacon; it knows no maker.

    iBeacon        manufacturer 004C   02 15 | UUID (16) | major (2 BE) | minor (2 BE) | power at 1 m (s8)
    Eddystone UID  service FEAA        00 | power at 0 m (s8) | namespace (10) | instance (6) [| rfu (2)]
    Eddystone TLM  service FEAA        20 00 | mV (2 BE) | temperature (s8.8) | adverts (4 BE) | 0.1 s (4 BE)

Source: Apple, Proximity Beacon Specification R1; Google, Eddystone protocol specification.
"""

from dataclasses import dataclass

APPLE = 0x004C
EDDYSTONE = 0xFEAA
IBEACON_HEAD = b"\x02\x15"
UID_HEAD, TLM_HEAD = b"\x00", b"\x20\x00"
IBEACON_SIZE, UID_SIZE, TLM_SIZE = 23, 18, 14


@dataclass(frozen=True, slots=True)
class IBeacon:
    """Who it is; `power` is the signal strength at 1 m, dBm."""

    uuid: bytes
    major: int
    minor: int
    power: int = -59

    def encode(self) -> bytes:
        """Manufacturer data of company 004C."""
        tail = (
            self.major.to_bytes(2, "big") + self.minor.to_bytes(2, "big") + self.power.to_bytes(1, "big", signed=True)
        )
        return IBEACON_HEAD + self.uuid + tail


def ibeacon(data: bytes) -> IBeacon | None:
    """The iBeacon in manufacturer data of company 004C, if it is one."""
    if not data.startswith(IBEACON_HEAD) or len(data) != IBEACON_SIZE:
        return None
    power = int.from_bytes(data[22:23], "big", signed=True)
    return IBeacon(data[2:18], int.from_bytes(data[18:20], "big"), int.from_bytes(data[20:22], "big"), power)


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Eddystone TLM, version 0: millivolts, hundredths of °C, adverts and tenths of a second since power-on."""

    millivolts: int
    temperature: int | None
    adverts: int
    tenths: int

    def encode(self) -> bytes:
        """Service data of FEAA."""
        degrees = b"\x80\x00" if self.temperature is None else fixed(self.temperature)
        counts = self.adverts.to_bytes(4, "big") + self.tenths.to_bytes(4, "big")
        return TLM_HEAD + self.millivolts.to_bytes(2, "big") + degrees + counts


def fixed(hundredths: int) -> bytes:
    """Hundredths as a signed 8.8 fixed-point number, big-endian."""
    return round(hundredths * 256 / 100).to_bytes(2, "big", signed=True)


def from_fixed(data: bytes) -> int:
    """Hundredths of a signed 8.8 fixed-point number, big-endian."""
    return round(int.from_bytes(data, "big", signed=True) * 100 / 256)
