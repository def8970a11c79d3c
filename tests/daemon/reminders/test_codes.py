"""Codes of four digits, found in what people really type, and nowhere in what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd.reminders import codes


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("0421", "0421"),
        ("确认0421", "0421"),
        ("收到 ０４２１。", "0421"),
        ("0421 0421", "0421"),
        ("04211", None),
        ("421", None),
        ("0421 0422", None),
        ("13800138000", None),
        ("", None),
        ("\ud800", None),
        ("0421" + "x" * 200, None),
    ],
)
def test_a_code_is_four_digits_alone(reply: str, code: str | None) -> None:
    assert codes.found(reply) == code


@given(st.text(max_size=400))
def test_any_text_is_read_without_harm(reply: str) -> None:
    found = codes.found(reply)
    assert found is None or (len(found) == 4 and found.isascii() and found.isdigit())


@given(st.integers(0, 9999), st.text(alphabet="确认收到。 ok", max_size=20))
def test_what_was_asked_for_is_found_again(number: int, words: str) -> None:
    code = codes.fresh(lambda code: False, lambda: number)
    assert codes.found(words + code + words) == code


def test_a_used_code_is_not_drawn_again() -> None:
    numbers = iter([7, 7, 8])
    assert codes.fresh(lambda code: code == "0007", lambda: next(numbers)) == "0008"


def test_after_ten_thousand_codes_an_old_one_is_taken() -> None:
    assert codes.fresh(lambda code: True, lambda: 5) == "0005"


def test_only_where_it_is_wanted_a_text_asks_for_an_acknowledgement() -> None:
    assert codes.asking("text", None) == "text"
    assert codes.found(codes.asking("text", "0421")) == "0421"
