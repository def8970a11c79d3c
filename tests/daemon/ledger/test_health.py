"""Figures of the record's health."""

import pytest

from custodyd.ledger.health import percentile


@pytest.mark.parametrize(("part", "value"), [(0, 1.0), (50, 51.0), (99, 100.0)])
def test_a_percentile_is_the_value_at_its_rank_whatever_the_order(part: int, value: float) -> None:
    assert percentile([float(number) for number in range(100, 0, -1)], part) == value


def test_a_percentile_of_few_or_no_values_is_one_of_them_or_nought() -> None:
    assert percentile([7.5], 99) == 7.5
    assert percentile([2.0, 1.0], 99) == 2.0
    assert percentile([], 99) == 0.0
