"""Values of the standard services that a band may offer: heart rate, thermometer, battery; it knows no connection.

Source: GATT Specification Supplement (Heart Rate Measurement 2A37, Temperature Measurement 2A1C, Battery Level 2A19);
IEEE 11073-20601 for the 32-bit FLOAT.
"""

from dataclasses import dataclass

HEART_RATE, TEMPERATURE, BATTERY = 0x2A37, 0x2A1C, 0x2A19
HEART_SERVICE, THERMOMETER_SERVICE, BATTERY_SERVICE = 0x180D, 0x1809, 0x180F
_WIDE, _CONTACT, _CONTACT_SUPPORTED, _ENERGY, _INTERVALS = 0x01, 0x02, 0x04, 0x08, 0x10
_FAHRENHEIT = 0x01
_SPECIAL = frozenset({0x7FFFFF, 0x800000, 0x7FFFFE, 0x800002, 0x800001})  # NaN, NRes, +INF, -INF, reserved


@dataclass(frozen=True, slots=True)
class Pulse:
    """Beats per minute; `contact` with the skin, None where the sensor cannot tell; `intervals` in 1/1024 s."""

    bpm: int
    contact: bool | None
    intervals: tuple[int, ...] = ()

    def encode(self) -> bytes:
        """A Heart Rate Measurement."""
        contact = 0 if self.contact is None else _CONTACT_SUPPORTED | (_CONTACT if self.contact else 0)
        flags = contact | (_INTERVALS if self.intervals else 0) | (_WIDE if self.bpm > 0xFF else 0)
        bpm = self.bpm.to_bytes(2 if flags & _WIDE else 1, "little")
        return bytes([flags]) + bpm + b"".join(one.to_bytes(2, "little") for one in self.intervals)


def pulse(value: bytes) -> Pulse | None:
    """A Heart Rate Measurement; None when it is cut short."""
    if not value:
        return None
    flags = value[0]
    at = 1 + (2 if flags & _WIDE else 1)
    bpm, rest = value[1:at], value[at:]
    if flags & _ENERGY:
        rest = rest[2:]
    if len(value) < at + (2 if flags & _ENERGY else 0):
        return None
    contact = bool(flags & _CONTACT) if flags & _CONTACT_SUPPORTED else None
    whole = len(rest) // 2 * 2 if flags & _INTERVALS else 0
    intervals = tuple(int.from_bytes(rest[one : one + 2], "little") for one in range(0, whole, 2))
    return Pulse(int.from_bytes(bpm, "little"), contact, intervals)


def temperature(value: bytes) -> int | None:
    """Hundredths of °C in a Temperature Measurement; None when it is none, not a number, or beyond any person."""
    if len(value) < 5:
        return None
    mantissa, exponent = int.from_bytes(value[1:4], "little"), int.from_bytes(value[4:5], "little", signed=True)
    if mantissa in _SPECIAL or not -6 <= exponent <= 3:
        return None
    degrees = (mantissa - 0x1000000 if mantissa & 0x800000 else mantissa) * 10.0**exponent
    if value[0] & _FAHRENHEIT:
        degrees = (degrees - 32) * 5 / 9
    return round(degrees * 100) if -40 <= degrees <= 100 else None


def encode_temperature(hundredths: int) -> bytes:
    """A Temperature Measurement in °C with two decimals."""
    return b"\x00" + hundredths.to_bytes(3, "little", signed=True) + b"\xfe"


def battery(value: bytes) -> int | None:
    """Percent in a Battery Level."""
    return value[0] if len(value) == 1 and value[0] <= 100 else None
