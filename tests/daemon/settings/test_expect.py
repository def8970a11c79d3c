"""What a value must be is said in words, whatever type a family chose."""

from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from custodyd.settings.expect import choices, expected


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


CHOSEN = Annotated[str, Meta(pattern="^(a|b)$", extra_json_schema={"enum": ["a", "b"]})]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (int, "an integer"),
        (Annotated[int, Meta(gt=0)], "an integer (> 0)"),
        (Annotated[int, Meta(ge=1)] | None, "an integer (≥ 1)"),
        (Annotated[float, Meta(ge=0.5, le=2)], "a number from 0.5 to 2"),
        (Annotated[int, Meta(ge=0, le=9, multiple_of=3)], "an integer (≥ 0, ≤ 9, n × 3)"),
        (float, "a number"),
        (bool, "true or false"),
        (str, "text"),
        (Annotated[str, Meta(pattern="^[\x01-~]$")], "text of the form ^[\\x01-~]$"),
        (Literal["N", 2], 'one of: 2, "N"'),
        (Colour, 'one of: "red", "blue"'),
        (CHOSEN, 'one of: "a", "b"'),
        (CHOSEN | None, 'one of: "a", "b"'),
        (list[int], "a list [...], each item an integer"),
        (dict[str, int], "a table"),
        (int | str, "an integer / text"),
        (Annotated[int | str, Meta(description="either")], "an integer / text"),
        (bytes, "a value of type bytes"),
    ],
)
def test_a_type_is_said_in_words(kind: Any, words: str) -> None:
    said = expected(kind)
    assert said["en"] == words
    assert said["zh-CN"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [(Literal["a", 1], ["a"]), (Colour, ["red", "blue"]), (CHOSEN | None, ["a", "b"]), (int | str, [])],
)
def test_only_a_closed_list_offers_choices(kind: Any, values: list[str]) -> None:
    assert choices(kind) == values
