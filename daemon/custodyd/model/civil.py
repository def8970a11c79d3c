"""Civil time as the law and the record write it, one into the other; it must not read a clock."""

from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "+08:00")
"""Beijing time; China keeps one offset and no summer time, so no zone database is needed."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def civil(micros: int) -> datetime:
    """Microseconds UTC of the record → Beijing's date and time."""
    return (_EPOCH + timedelta(microseconds=micros)).astimezone(CHINA)


def micros(moment: datetime) -> int:
    """An aware time → microseconds UTC; raises ValueError without an offset."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its offset, as in 2026-11-24T08:00:00+08:00")
    return (moment - _EPOCH) // timedelta(microseconds=1)
