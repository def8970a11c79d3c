"""The bytes of entries: what RFC 8785 says, or a typed refusal."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodyd.ledger import Unrecordable
from custodyd.ledger.canonical import LARGEST, decode, encode
from custodyd.model.entry import MAX_INTEGER, Actor, Entry

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
KEY = st.text(st.characters(max_codepoint=127), max_size=10)
PLAIN = st.recursive(
    TEXT | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4),
    max_leaves=10,
)


def entry(**fields: Any) -> Entry:
    known: dict[str, Any] = {
        "v": 1,
        "seq": 0,
        "salt": "AAAAAAAAAAAAAAAAAAAAAA==",
        "station": "s",
        "segment": "1",
        "run": "0" * 16,
        "kind": "device.blind.began",
        "happened": 0,
        "happened_by": "daemon",
        "recorded": 0,
        "mono": 0,
        "data": {},
    }
    return Entry(**(known | fields))


@given(st.dictionaries(KEY, PLAIN, max_size=5), TEXT)
@settings(max_examples=200, deadline=None)
def test_the_bytes_are_those_of_another_canonical_writer(data: dict[str, Any], place: str) -> None:
    made = entry(data=data, place=place)
    read, written = encode(made)
    # within our limits RFC 8785 is what the standard library writes, sorted and tight
    assert (
        written == json.dumps(json.loads(written), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    )
    assert json.loads(written)["data"] == data
    assert decode(written) == read == made


@pytest.mark.parametrize(
    "value",
    [1.0, 1e22, -0.0, None, MAX_INTEGER + 1, -MAX_INTEGER - 1, {"ключ": 1}, {1: "x"}, [None], {"a": {"b": 0.5}}, b"x"],
)
def test_what_json_libraries_disagree_on_is_refused(value: Any) -> None:
    with pytest.raises(Unrecordable):
        encode(entry(data={"value": value}))


@pytest.mark.parametrize("text", ["\ud800", "x" * (LARGEST + 1)])
def test_text_that_has_no_bytes_or_too_many_is_refused(text: str) -> None:
    with pytest.raises(Unrecordable):
        encode(entry(data={"text": text}))


@pytest.mark.parametrize(
    "fields",
    [
        {"happened": MAX_INTEGER + 1},
        {"happened": 0.5},
        {"place": 7},
        {"actor": Actor(by="none", slot=2**60)},
        {"causes": (("1", 2**60),)},
        {"happened_by": "rumour"},
    ],
)
def test_a_field_of_the_wrong_type_or_range_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(Unrecordable):
        encode(entry(**fields))


def test_an_entry_of_exactly_the_largest_size_is_taken() -> None:
    rest = len(encode(entry(data={"t": ""}))[1])
    assert len(encode(entry(data={"t": "x" * (LARGEST - rest)}))[1]) == LARGEST
