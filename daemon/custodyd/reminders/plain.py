"""What a message must not say: numbers of identity cards and telephones never leave, also where a code holds one."""

import re

_DIGITS = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|(?:86)?1[3-9][0-9]{9})(?![0-9Xx])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS = "10X98765432"


def plain(value: str) -> str:
    """The value, each number of an identity card (GB 11643) or mobile telephone in it cut to its last two digits."""
    return _DIGITS.sub(lambda found: _cut(found[0]), value)


def _cut(number: str) -> str:
    if len(number) == 18 and not _is_identity(number):
        return number  # a case's number may have as many digits
    if len(number) == 15 and not _is_day(f"19{number[6:12]}"):
        return number
    return f"…{number[-2:]}"


def _is_identity(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _is_day(number[6:14]) and _CHECKS[total % 11] == number[-1].upper()


def _is_day(text: str) -> bool:
    return 1 <= int(text[4:6]) <= 12 and 1 <= int(text[6:8]) <= 31 and text[:2] in ("18", "19", "20")
