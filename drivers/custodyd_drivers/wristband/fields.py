"""Tables of fields → readings: one value after the other, checked against what can be; pure, it knows no maker."""

from collections.abc import Callable, Sequence
from typing import Any

from custodyd_drivers.wristband.frames.reading import Reading
from custodyd_drivers.wristband.models import YES_OR_NO, Field

_HUNDREDTHS = frozenset({"temperature"})
_BOUNDS = {
    "battery": (0, 100),
    "millivolts": (1, 20_000),
    "temperature": (-4_000, 10_000),
    "heart_rate": (20, 250),
    "counter": (0, 2**53),
}
"""What a value can be; beyond that it is none."""


def reader(fields: Sequence[Field]) -> Callable[[bytes], Reading]:
    """A function that reads these fields from data that is long enough for them."""
    each = [(_name(field), _value(field)) for field in fields]

    def read(data: bytes) -> Reading:
        said: dict[str, Any] = {name: value(data) for name, value in each}
        return Reading(**said)

    return read


def _name(field: Field) -> str:
    return "event" if field.meaning == "sos" else field.meaning


def _value(field: Field) -> Callable[[bytes], object]:
    if field.meaning == "sos":
        pressed = _truth(field)
        return lambda data: "press" if pressed(data) else None
    return _truth(field) if field.meaning in YES_OR_NO else _number(field)


def _raw(field: Field) -> Callable[[bytes], int]:
    start, end, endian = field.offset, field.offset + field.size, field.endian
    signed = field.type.startswith("s")
    return lambda data: int.from_bytes(data[start:end], endian, signed=signed)


def _truth(field: Field) -> Callable[[bytes], bool | None]:
    raw, absent, equals, bit = _raw(field), field.absent, field.equals, field.bit or 0

    def read(data: bytes) -> bool | None:
        value = raw(data)
        if value == absent:
            return None
        return bool(value >> bit & 1) if equals is None else value == equals

    return read


def _number(field: Field) -> Callable[[bytes], int | None]:
    raw, absent = _raw(field), field.absent
    scale = field.scale * (100 if field.meaning in _HUNDREDTHS else 1)
    low, high = _BOUNDS[field.meaning]

    def read(data: bytes) -> int | None:
        value = raw(data)
        if value == absent:
            return None
        scaled = value if scale == 1 else round(value * scale)
        return scaled if low <= scaled <= high else None

    return read
