"""How a maker's bands speak, as data: which adverts are theirs, where in them what stands; it knows no single band.

A model is a list of frames. Each says by what it is recognised (company id, service UUID, name; first bytes, length),
where the band names itself, and what it says: by a table of fields, or by the name of one function (`decode`).
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Number = Literal["u8", "s8", "u16", "s16", "u24", "s24", "u32", "s32"]
Meaning = Literal[
    "strap_open", "sos", "battery", "millivolts", "temperature", "heart_rate", "contact", "moving", "counter"
]
YES_OR_NO = frozenset({"strap_open", "sos", "contact", "moving"})
_STARTS = "^([0-9a-fA-F?]{2})*$"


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Root of the tables below: an unknown key is a mistake."""


class Span(Table, frozen=True, kw_only=True):
    """Some bytes of the data; `reversed` = the last byte stands first on the air."""

    offset: Annotated[int, Meta(ge=0, le=254)]
    length: Annotated[int, Meta(ge=1, le=32)]
    reversed: bool = False

    def of(self, data: bytes) -> bytes:
        """These bytes in the order in which they are written down."""
        found = data[self.offset : self.offset + self.length]
        return found[::-1] if self.reversed else found


class Field(Table, frozen=True, kw_only=True):
    """One value: where it stands and what it means. Raises ValueError for keys that do not go together.

    Yes-or-no meanings take a `bit`, or hold when the value `equals` something. Numbers are multiplied by `scale`, to
    percent, millivolts, °C, beats a minute; `absent` is the value that stands for none.
    """

    meaning: Meaning
    offset: Annotated[int, Meta(ge=0, le=254)]
    type: Number = "u8"
    endian: Literal["big", "little"] = "big"
    scale: float = 1.0
    bit: Annotated[int, Meta(ge=0, le=31)] | None = None
    equals: int | None = None
    absent: int | None = None

    def __post_init__(self) -> None:
        if (self.bit is None and self.equals is None) == (self.meaning in YES_OR_NO):
            raise ValueError(
                "`bit` or `equals` belong to yes-or-no meanings, and to those only 是非值须写 bit 或 equals"
            )
        if self.bit is not None and (self.equals is not None or self.bit >= 8 * self.size):
            raise ValueError("`bit` lies beyond the value, or stands beside `equals` 位号超出数值, 或与 equals 重复")

    @property
    def size(self) -> int:
        """Bytes."""
        return int(self.type[1:]) // 8


class Frame(Table, frozen=True, kw_only=True):
    """One kind of advert. Raises ValueError for keys that do not go together.

    Recognised by one of `company` and `service`, and by `name` (with * and ?) beside it; then by its first bytes
    `starts` (hex, ? = any digit) and its least `length`. `identity` are the bytes by which a band names itself; a frame
    without them belongs to the band with this address, or to whom this address has last named itself.
    """

    company: Annotated[int, Meta(ge=0, le=0xFFFF)] | None = None
    service: Annotated[str, Meta(pattern="^([0-9a-f]{4}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")] | None = None
    name: Annotated[str, Meta(min_length=1, max_length=32)] | None = None
    starts: Annotated[str, Meta(pattern=_STARTS, max_length=62)] = ""
    length: Annotated[int, Meta(ge=0, le=254)] = 0
    identity: tuple[Span, ...] = ()
    fields: tuple[Field, ...] = ()
    decode: Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_.-]*$", max_length=64)] | None = None

    def __post_init__(self) -> None:
        if (self.company is None) == (self.service is None):
            raise ValueError("one of `company` and `service` recognises a frame company 与 service 须写且只写一个")
        if self.decode is not None and self.fields:
            raise ValueError("`decode` stands in the place of `fields` decode 与 fields 不能并写")

    @property
    def least(self) -> int:
        """Bytes that the data must have."""
        ends = [span.offset + span.length for span in self.identity]
        ends += [field.offset + field.size for field in self.fields]
        return max(self.length, len(self.starts) // 2, *ends, 0)


class Model(Table, frozen=True, kw_only=True):
    """A maker's band. `interval_s` = seconds between two adverts of a band at rest; a voltage between `empty_mv` and
    `full_mv` stands for a percentage where the maker gives none."""

    interval_s: Annotated[float, Meta(ge=0.02, le=60.0)] = 1.0
    frames: Annotated[tuple[Frame, ...], Meta(min_length=1, max_length=32)]
    empty_mv: Annotated[int, Meta(ge=1, le=20000)] | None = None
    full_mv: Annotated[int, Meta(ge=1, le=20000)] | None = None

    def __post_init__(self) -> None:
        if (self.empty_mv or 0) >= (self.full_mv or 1) or (self.empty_mv is None) != (self.full_mv is None):
            raise ValueError("`empty_mv` and `full_mv` go together, the first below the second empty_mv 须小于 full_mv")


@cache
def built_in() -> Mapping[str, Model]:
    """The models that come with the product, by name."""
    text = files("custodyd_drivers.wristband").joinpath("models.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Model])


def mask(starts: str) -> re.Pattern[bytes]:
    """What the first bytes must be, as a pattern over bytes."""
    return re.compile(b"".join(_byte(starts[at : at + 2]) for at in range(0, len(starts), 2)), re.DOTALL)


def _byte(digits: str) -> bytes:
    if digits == "??":
        return b"."
    fitting = [f"{value:02x}" for value in range(256)]
    found = [one for one in fitting if all(a in ("?", b) for a, b in zip(digits.lower(), one, strict=True))]
    return b"[" + b"".join(f"\\x{one}".encode() for one in found) + b"]"
