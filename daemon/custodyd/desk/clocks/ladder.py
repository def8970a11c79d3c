"""The ladder of a statutory clock by its total length, after the table in the law's notes [ours]; it tells nobody."""

from collections.abc import Sequence

from custodyd.law import Length
from custodyd.settings import Rung

_HOURS = {"h": 1, "d": 24, "wd": 24, "mo": 30 * 24}
_DAY = 24
_OFFICER = ("case-officer",)
_LEGAL = (*_OFFICER, "legal-officer")
_LEADER = (*_LEGAL, "unit-leader")
_ALL = (*_LEADER, "clerk")
_LEFT: Sequence[tuple[int, tuple[float, float, float]]] = (
    (4, (2, 1, 0.5)),
    (12, (4, 2, 1)),
    (24, (12, 4, 1)),
    (2 * _DAY, (24, 12, 4)),
    (3 * _DAY, (48, 24, 8)),
    (7 * _DAY, (3 * _DAY, 2 * _DAY, _DAY)),
    (15 * _DAY, (7 * _DAY, 3 * _DAY, _DAY)),
    (30 * _DAY, (10 * _DAY, 5 * _DAY, 2 * _DAY)),
    (210 * _DAY, (15 * _DAY, 10 * _DAY, 7 * _DAY)),  # custody: seven days before is the last day to apply
)
_LONG = (30 * _DAY, 15 * _DAY, 7 * _DAY)
"""Hours left at blue, yellow and orange, by the longest total that takes them: H4, H12, H24, D2 … MCU, then M12."""
_H48 = (24.0, 8.0, 2.0)  # an hour clock of two days, which ends at its minute


def rungs(total: Length) -> tuple[Rung, ...]:
    """Green at the start, three levels by the hours left, red at the end."""
    hours = total.amount * _HOURS[total.unit]
    left = next((left for most, left in _LEFT if hours <= most), _LONG)
    blue, yellow, orange = _H48 if total == Length(48, "h") else left
    return (
        Rung("green", None, ()),
        Rung("blue", blue, _OFFICER),
        Rung("yellow", yellow, _LEGAL),
        Rung("orange", orange, _LEADER),
        Rung("red", 0, _ALL),
    )
