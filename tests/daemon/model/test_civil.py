"""Times of the record and times of people, one into the other."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd.model.civil import civil, micros


@given(st.integers(-(2**50), 2**53))
def test_a_time_of_the_record_comes_back_exactly(us: int) -> None:
    assert micros(civil(us)) == us


def test_beijing_is_eight_hours_ahead() -> None:
    assert civil(0).isoformat() == "1970-01-01T08:00:00+08:00"


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        micros(datetime(2026, 9, 1))  # noqa: DTZ001 - that is what is tried
