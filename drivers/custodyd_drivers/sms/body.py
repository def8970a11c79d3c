"""What a short message says: alphabets, parts and headers of the user data (3GPP TS 23.040 §9.2.3.24); no addresses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from custodyd_drivers.errors import Garbled
from custodyd_drivers.sms import gsm7
from custodyd_drivers.sms.octets import Octets

_OCTETS = 140  # §9.2.3.24: user data of one TPDU
_CONCAT_8 = 0x00
_CONCAT_16 = 0x08
MOST_PARTS = 255


class Alphabet(IntEnum):
    """Data coding scheme of the general group, no class, uncompressed (3GPP TS 23.038 §4)."""

    GSM7 = 0x00
    EIGHT_BIT = 0x04
    UCS2 = 0x08

    @classmethod
    def of(cls, scheme: int) -> "Alphabet":
        """The alphabet of any TP-DCS octet; raises Garbled for a compressed message."""
        group = scheme >> 4
        if group < 0x8:
            if scheme & 0x20:
                raise Garbled("compressed message", 1)
            return {1: cls.EIGHT_BIT, 2: cls.UCS2}.get(scheme >> 2 & 3, cls.GSM7)
        if group == 0xE:
            return cls.UCS2
        return cls.EIGHT_BIT if group == 0xF and scheme & 0x04 else cls.GSM7


@dataclass(frozen=True, slots=True)
class Part:
    """Place in a multipart message: `number` (from 1) of `total`, common `reference`; `wide` = sixteen bits of it."""

    reference: int
    total: int
    number: int
    wide: bool = False

    def header(self) -> bytes:
        """The user data header with this one element, its length octet first."""
        place = bytes([self.total, self.number])
        if self.wide:
            return b"\x06\x08\x04" + self.reference.to_bytes(2, "big") + place
        return b"\x05\x00\x03" + bytes([self.reference]) + place


@dataclass(frozen=True, slots=True)
class Body:
    """One TPDU's text as `units`: septets one per byte, or octets. A character may be cut between two parts."""

    alphabet: Alphabet
    units: bytes
    part: Part | None = None

    @property
    def text(self) -> str:
        """The text of this body alone."""
        return _decode(self.alphabet, self.units)

    def encode(self) -> bytes:
        """TP-UDL and TP-UD."""
        header = self.part.header() if self.part else b""
        if self.alphabet is Alphabet.GSM7:
            head, fill = _septets_of(header)
            return bytes([head + len(self.units)]) + header + gsm7.pack(self.units, fill)
        return bytes([len(header) + len(self.units)]) + header + self.units

    def content(self) -> bytes:
        """Header and units one octet each, as packets carry them that count octets: CMPP, SMPP."""
        return (self.part.header() if self.part else b"") + self.units

    @classmethod
    def of_content(cls, data: bytes, alphabet: "Alphabet", *, with_header: bool) -> "Body":
        """What `content` gave; raises Garbled."""
        header = _header(data) if with_header else b""
        return cls(alphabet, data[len(header) :], _part(header[1:]))

    @classmethod
    def take(cls, octets: Octets, scheme: int, *, with_header: bool) -> "Body":
        """The next TP-UDL and TP-UD under TP-DCS `scheme`; raises Garbled."""
        alphabet = Alphabet.of(scheme)
        length = octets.one()
        packed = alphabet is Alphabet.GSM7
        data = octets.take((length * 7 + 7) // 8 if packed else length)
        if len(data) > _OCTETS:
            raise Garbled("user data too long", len(data))
        header = _header(data) if with_header else b""
        rest = data[len(header) :]
        if packed:
            head, fill = _septets_of(header)
            rest = gsm7.unpack(rest, max(0, length - head), fill)
        return cls(alphabet, rest, _part(header[1:]))


def _septets_of(header: bytes) -> tuple[int, int]:
    """How many septets a header takes, and how many bits fill the last one."""
    septets = (len(header) * 8 + 6) // 7
    return septets, septets * 7 - len(header) * 8


def _header(data: bytes) -> bytes:
    if not data or data[0] >= len(data):
        raise Garbled("user data header longer than the user data", len(data))
    return data[: data[0] + 1]


def _part(elements: bytes) -> Part | None:
    octets = Octets(elements)
    left = len(elements)
    found: Part | None = None
    while left >= 2:
        kind, length = octets.one(), octets.one()
        value = octets.take(length)
        left -= 2 + length
        found = _concatenation(kind, value) or found
    return found


def _concatenation(kind: int, value: bytes) -> Part | None:
    if (kind, len(value)) not in ((_CONCAT_8, 3), (_CONCAT_16, 4)):
        return None
    *reference, total, number = value
    if not 1 <= number <= total:
        return None  # §9.2.3.24.1: an element with such values is ignored
    return Part(int.from_bytes(bytes(reference), "big"), total, number, wide=kind == _CONCAT_16)


def _decode(alphabet: Alphabet, units: bytes) -> str:
    if alphabet is Alphabet.GSM7:
        return gsm7.decode(units)
    if alphabet is Alphabet.UCS2:
        return units.decode("utf-16-be", errors="replace")
    return units.decode("latin-1")


def join(bodies: Sequence[Body]) -> str:
    """The text of all parts in the order given; a character cut between two parts is whole again."""
    alphabets = {body.alphabet for body in bodies}
    if len(alphabets) == 1:
        return _decode(alphabets.pop(), b"".join(body.units for body in bodies))
    return "".join(body.text for body in bodies)


def split(text: str, reference: int = 0, alphabet: Alphabet | None = None) -> tuple[Body, ...]:
    """`text` as few bodies as it needs: GSM-7 if it fits, else UCS-2; no character is cut; raises Garbled above 255.

    `alphabet` = this one, GSM7 only for what fits. A lone surrogate, which no handset could show, becomes U+FFFD.
    """
    if alphabet is None:
        alphabet = Alphabet.GSM7 if gsm7.fits(text) else Alphabet.UCS2
    units = [_units(char, alphabet) for char in text]
    if sum(map(len, units)) <= _room(alphabet, 0):
        return (Body(alphabet, b"".join(units)),)
    parts = tuple(_filled(units, _room(alphabet, len(Part(0, 0, 0).header()))))
    if len(parts) > MOST_PARTS:
        raise Garbled("text longer than 255 parts", len(text))
    return tuple(
        Body(alphabet, part, Part(reference % 256, len(parts), number)) for number, part in enumerate(parts, 1)
    )


def segments(text: str) -> int:
    """How many short messages `text` costs; raises Garbled above 255."""
    return len(split(text))


def _units(char: str, alphabet: Alphabet) -> bytes:
    if alphabet is Alphabet.GSM7:
        return gsm7.codes(char) or b""
    return ("\ufffd" if "\ud800" <= char <= "\udfff" else char).encode("utf-16-be")


def _room(alphabet: Alphabet, header: int) -> int:
    """Units of one body beside a header of so many octets: 160 or 153 septets, 140 or 134 octets."""
    return (_OCTETS - header) * 8 // 7 if alphabet is Alphabet.GSM7 else _OCTETS - header


def _filled(units: Sequence[bytes], room: int) -> Iterator[bytes]:
    part = b""
    for unit in units:
        if len(part) + len(unit) > room:
            yield part
            part = b""
        part += unit
    yield part
