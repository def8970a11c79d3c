"""Codes on labels: what is made is read back, and nothing else is believed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd.labels.codes import CROCKFORD, LONGEST, Flaw, Kind, Label, NoLabel, fresh_id, make, read

KEY = bytes(range(32))
IDS = st.binary(min_size=5, max_size=5).map(fresh_id)
ISSUES = st.integers(min_value=1, max_value=9999)
# Computed once: printf %s C1-D-7K2M9QXA-1- | openssl dgst -sha256 -mac HMAC -macopt hexkey:0001..1f -binary |
# head -c 10 | base32
GOLDEN = "C1-D-7K2M9QXA-1-O56ERF6IJQBBC57Z"


def test_a_code_is_the_one_that_a_foreign_tool_computes() -> None:
    assert make(Kind.DOSSIER, "7K2M9QXA", 1, KEY) == GOLDEN


@given(st.sampled_from(Kind), IDS, ISSUES)
def test_what_is_made_is_read_back(kind: Kind, id: str, issue: int) -> None:
    code = make(kind, id, issue, KEY)
    assert read(code, KEY) == Label(kind, id, issue)
    assert len(code) <= LONGEST
    assert re.fullmatch(r"[0-9A-Z $%*+./:-]+", code), "QR alphanumeric mode"


@pytest.mark.parametrize("place", range(len(GOLDEN)))
def test_every_changed_character_is_noticed(place: int) -> None:
    for other in {chr(number) for number in range(32, 127)} | {"卷", "\0", "Ａ", "１"}:
        if other != GOLDEN[place]:
            assert isinstance(read(GOLDEN[:place] + other + GOLDEN[place + 1 :], KEY), NoLabel)


@pytest.mark.parametrize("place", range(len(GOLDEN)))
def test_a_missing_or_doubled_character_is_noticed(place: int) -> None:
    assert isinstance(read(GOLDEN[:place] + GOLDEN[place + 1 :], KEY), NoLabel)
    assert isinstance(read(GOLDEN[: place + 1] + GOLDEN[place:], KEY), NoLabel)


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", Flaw.FOREIGN),
        ("https://example.invalid/document?id=1", Flaw.FOREIGN),
        ("A3201062026110001", Flaw.FOREIGN),
        (GOLDEN.lower(), Flaw.FOREIGN),
        ("C1-" + "A" * 10_000, Flaw.OVERLONG),
        (GOLDEN.replace("7K", "7k"), Flaw.ALPHABET),
        (GOLDEN + "\n", Flaw.ALPHABET),
        ("C2" + GOLDEN[2:], Flaw.VERSION),
        (GOLDEN.replace("-D-", "-X-"), Flaw.SHAPE),
        (GOLDEN.replace("-1-", "-0-"), Flaw.SHAPE),
        (GOLDEN.replace("-1-", "-01-"), Flaw.SHAPE),
        (GOLDEN.replace("-1-", "-10000-"), Flaw.SHAPE),
        (GOLDEN.replace("-1-", "-2-"), Flaw.SIGNATURE),
        (GOLDEN.replace("-D-", "-E-"), Flaw.SIGNATURE),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, flaw: Flaw) -> None:
    assert read(text, KEY) == NoLabel(flaw)


def test_another_station_signs_differently() -> None:
    assert read(make(Kind.DOSSIER, "7K2M9QXA", 1, bytes(32)), KEY) == NoLabel(Flaw.SIGNATURE)


@given(st.text() | st.text(alphabet=CROCKFORD + "-", max_size=30).map("C1-D-".__add__))
def test_hostile_text_is_refused_and_never_raises(text: str) -> None:
    assert isinstance(read(text, KEY), NoLabel)


@given(st.binary(min_size=5, max_size=5), st.binary(min_size=5, max_size=5))
def test_different_draws_give_different_ids(one: bytes, other: bytes) -> None:
    assert (fresh_id(one) == fresh_id(other)) is (one == other)


def test_an_id_is_eight_characters_that_nobody_misreads() -> None:
    assert fresh_id(bytes(5)) == "00000000"
    assert fresh_id(b"\xff" * 5) == "ZZZZZZZZ"
    assert set(fresh_id()) <= set(CROCKFORD)


@pytest.mark.parametrize(
    ("id", "issue"), [("7K2M9QX", 1), ("7K2M9QXO", 1), ("7K2M9QXA", 0), ("7K2M9QXA", 10_000), ("卷" * 8, 1)]
)
def test_parts_that_fit_no_code_are_refused(id: str, issue: int) -> None:
    with pytest.raises(ValueError, match="a label takes"):
        make(Kind.DOSSIER, id, issue, KEY)


def test_a_short_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        make(Kind.DOSSIER, "7K2M9QXA", 1, b"short")
    with pytest.raises(ValueError, match="5 random bytes"):
        fresh_id(b"1234")
