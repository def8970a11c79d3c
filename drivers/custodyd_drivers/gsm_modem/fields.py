"""The fields that all TPDUs are made of: addresses, timestamps (3GPP TS 23.040 §9.1, §9.2.3.11)."""

from datetime import datetime, timedelta, timezone

from custodyd_drivers.errors import Garbled
from custodyd_drivers.sms import gsm7
from custodyd_drivers.sms.octets import Octets

_DIGITS = "0123456789*#abc"
_FILLER = 0xF
_INTERNATIONAL = 0x91
_UNKNOWN = 0x81
_ALPHANUMERIC = 0x50
_TYPE_OF_NUMBER = 0x70
LONGEST_ADDRESS = 20
"""Semi-octets: §9.1.2.5 gives an address at most twelve octets, two of them length and type."""


def semi_octets(digits: str) -> bytes:
    """Digits two by two, the first in the low half, filled with F."""
    codes = [_DIGITS.index(digit) for digit in digits] + [_FILLER] * (len(digits) % 2)
    return bytes(low | high << 4 for low, high in zip(codes[::2], codes[1::2], strict=True))


def digits_of(data: bytes) -> str:
    """Digits of semi-octets without a filler at the end; raises Garbled on one elsewhere."""
    codes = [half for octet in data for half in (octet & 0xF, octet >> 4)]
    if codes and codes[-1] == _FILLER:
        codes.pop()
    if _FILLER in codes:
        raise Garbled("filler inside a number", len(data))
    return "".join(_DIGITS[code] for code in codes)


def encode_address(number: str) -> bytes:
    """Length in semi-octets, type and digits of a number with an optional +, or of a name in the 7-bit alphabet."""
    digits = number.removeprefix("+")
    if set(digits) <= set(_DIGITS):
        return bytes([len(digits), _INTERNATIONAL if number.startswith("+") else _UNKNOWN]) + semi_octets(digits)
    septets = b"".join(gsm7.codes(char) or b"?" for char in number)
    return bytes([(len(septets) * 7 + 3) // 4, 0x80 | _ALPHANUMERIC]) + gsm7.pack(septets)


def take_address(octets: Octets) -> str:
    """The next address: digits, with + when international, or a name; raises Garbled."""
    length, kind = octets.one(), octets.one()
    if length > LONGEST_ADDRESS:
        raise Garbled("address too long", length)
    data = octets.take((length + 1) // 2)
    if kind & _TYPE_OF_NUMBER == _ALPHANUMERIC:
        return gsm7.decode(gsm7.unpack(data, length * 4 // 7))
    number = digits_of(data)[:length]
    return f"+{number}" if kind & _TYPE_OF_NUMBER == _INTERNATIONAL & _TYPE_OF_NUMBER else number


def encode_smsc(number: str | None) -> bytes:
    """The service centre before a TPDU: length in octets, type and digits; one zero octet = the one on the SIM."""
    if not number:
        return b"\x00"
    address = encode_address(number)[1:]
    return bytes([len(address)]) + address


def encode_timestamp(moment: datetime) -> bytes:
    """Seven semi-octet pairs of an aware `moment`: year to second, then quarters of an hour from UTC."""
    quarters = round((moment.utcoffset() or timedelta()) / timedelta(minutes=15))
    zone = semi_octets(f"{abs(quarters):02}")[0] | (0x08 if quarters < 0 else 0)
    return semi_octets(moment.strftime("%y%m%d%H%M%S")) + bytes([zone])


def decode_timestamp(data: bytes) -> datetime | None:
    """The moment of seven octets, or None when they are none: a message with a broken date is still a message."""
    zone = data[6]
    quarters = (zone & 0x07) * 10 + (zone >> 4)
    offset = timedelta(minutes=15) * (-quarters if zone & 0x08 else quarters)
    try:
        year, month, day, hour, minute, second = (int(digits_of(bytes([octet]))) for octet in data[:6])
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except (ValueError, Garbled):
        return None
