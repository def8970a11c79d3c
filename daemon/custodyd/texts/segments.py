"""How many parts a short message takes (3GPP TS 23.040, UCS-2); it must not know what it says."""

_WHOLE = 70  # UTF-16 units of a message of one part
_PART = 67  # of each part of a longer one: the rest numbers it


def parts(text: str) -> int:
    """The number of parts; a character of two units is never split between them."""
    if _units(text) <= _WHOLE:
        return 1
    count, room = 1, _PART
    for character in text:
        units = _units(character)
        if units > room:
            count, room = count + 1, _PART
        room -= units
    return count


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
