"""Ranges of small numbers as people write them: "1-16", "1-8, 10, 12-14"; it must not know what is numbered."""

MOST = 999
"""More numbers than one line of a cabinet has."""


def numbers(text: str) -> tuple[int, ...]:
    """The numbers in the order written; raises ValueError for zero, a backward range or more than 999 numbers."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high:
            raise ValueError(f"{part.strip()} does not count upwards from 1 or more")
        if len(found) + high - low + 1 > MOST:
            raise ValueError(f"more than {MOST} numbers")
        found.extend(range(low, high + 1))
    return tuple(found)
