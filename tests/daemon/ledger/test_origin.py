"""Names of segments."""

import pytest

from custodyd.ledger import Origin


def test_an_origin_names_bureau_station_and_segment_and_says_if_it_is_simulated() -> None:
    assert Origin("hz.example", "st-01").of("7") == "custodyd/hz.example/st-01/7"
    assert Origin("hz.example", "st-01", simulated=True).of("7") == "sim.custodyd/hz.example/st-01/7"


@pytest.mark.parametrize("part", ["", "A", "a/b", "a b", "a\n", "é"])
def test_neither_part_of_an_origin_may_hold_what_a_key_name_may_not(part: str) -> None:
    for pair in ((part, "s"), ("b", part)):
        with pytest.raises(ValueError, match="origin"):
            Origin(*pair)
