"""Lengths as they are written and compared."""

import pytest

from custodyd.law import Length


@pytest.mark.parametrize("written", ["12h", "30d", "5wd", "2mo"])
def test_a_length_is_written_as_it_is_read(written: str) -> None:
    assert str(Length.parse(written)) == written


def test_a_year_is_twelve_months() -> None:
    assert Length.parse("2y") == Length(24, "mo")


@pytest.mark.parametrize("written", ["", "0d", "12", "h", "-1d", "1.5mo", "10000d", "3w", "１d"])
def test_what_is_no_length_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no length"):
        Length.parse(written)


@pytest.mark.parametrize(
    ("one", "other", "within"),
    [
        *(("24h", "24h", True), ("24h", "1d", True), ("25h", "1d", False), ("1d", "24h", False)),
        *(
            ("28d", "1mo", True),
            ("29d", "1mo", False),
            ("2wd", "30d", False),
            ("5d", "5wd", True),
            ("2mo", "62d", True),
            ("2mo", "61d", False),
            ("1d", "48h", True),
            ("36h", "1mo", True),
        ),
    ],
)
def test_one_length_is_surely_within_another_or_nobody_can_tell(one: str, other: str, within: bool) -> None:
    assert Length.parse(one).surely_within(Length.parse(other)) == within


def test_unlike_lengths_are_not_added() -> None:
    assert Length.parse("30d").plus(Length.parse("30d")) == Length(60, "d")
    with pytest.raises(ValueError, match="units"):
        Length.parse("30d").plus(Length.parse("1mo"))
