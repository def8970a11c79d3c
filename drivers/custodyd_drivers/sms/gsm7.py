"""The GSM 7-bit default alphabet and its packing (3GPP TS 23.038 §6); it knows characters and bits, no message."""

# One row per sixteen codes. Code 1B is the escape to the extension table and stands for no character.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
_ESCAPE = 0x1B
_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_CODES = {char: bytes([code]) for code, char in enumerate(_BASIC) if code != _ESCAPE} | {
    char: bytes([_ESCAPE, code]) for code, char in _EXTENSION.items()
}


def codes(char: str) -> bytes | None:
    """The one or two septets of `char`, or None when the alphabet lacks it."""
    return _CODES.get(char)


def fits(text: str) -> bool:
    """Whether every character of `text` is in the alphabet or its extension."""
    return all(char in _CODES for char in text)


def decode(septets: bytes) -> str:
    """Text of septets, one per byte; an unknown extension code shows its basic character (§6.2.1.1)."""
    out: list[str] = []
    escaped = False
    for septet in septets:
        if septet == _ESCAPE and not escaped:
            escaped = True
            continue
        out.append(_shown(septet & 0x7F, escaped=escaped))
        escaped = False
    return "".join(out)


def _shown(code: int, *, escaped: bool) -> str:
    if code == _ESCAPE:
        return " "  # a second escape is reserved: a receiver shows a space
    return _EXTENSION.get(code, _BASIC[code]) if escaped else _BASIC[code]


def pack(septets: bytes, fill: int = 0) -> bytes:
    """Octets of septets, least significant bit first, after `fill` zero bits (§6.1.2.1)."""
    value = 0
    for place, septet in enumerate(septets):
        value |= septet << (7 * place)
    return (value << fill).to_bytes((7 * len(septets) + fill + 7) // 8, "little")


def unpack(data: bytes, count: int, fill: int = 0) -> bytes:
    """`count` septets, one per byte, of packed octets that begin with `fill` unused bits."""
    value = int.from_bytes(data, "little") >> fill
    return bytes(value >> (7 * place) & 0x7F for place in range(count))
