"""Sealed labels: bound by a hash, opened by a key, disclosed one at a time."""

from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha3_256, sha256

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from custodyd.ledger.errors import Erased, WrongKey
from custodyd.ledger.seals import Seals, commitment, is_bound
from custodyd.ledger.suite import SUITE_1
from custodyd.model.entry import Label

KEYS = {"p-a": bytes(32), "p-b": bytes(range(32))}


def key_of(person: str) -> bytes:
    if person not in KEYS:
        raise Erased(person)
    return KEYS[person]


SEALS = Seals(key_of)
LABEL = Label("/data/name", "p-a", "模拟人员甲")


@given(st.text(max_size=60))
def test_what_was_sealed_is_opened(text: str) -> None:
    assert SEALS.open(SEALS.seal(Label("/data/name", "p-a", text))) == text


def test_the_commitment_is_the_one_of_the_specification() -> None:
    sealed = Seals(key_of, bytes).seal(LABEL)
    wanted = sha256(b"custodyd/label/1\x00" + bytes(32) + LABEL.text.encode()).digest()
    assert b64decode(sealed.commit) == wanted == commitment(bytes(32), LABEL.text)


def test_a_disclosed_label_is_checked_with_nothing_but_the_hash() -> None:
    sealed = SEALS.seal(LABEL)
    opening, text = SEALS.disclose(sealed)
    assert is_bound(sealed.commit, opening, text)
    assert not is_bound(sealed.commit, opening, "模拟人员乙")
    assert not is_bound(sealed.commit, b64encode(bytes(32)).decode(), text)
    assert not is_bound(sealed.commit, "?", text)


def test_two_seals_of_one_text_show_no_likeness() -> None:
    first, second = SEALS.seal(LABEL), SEALS.seal(LABEL)
    assert first.commit != second.commit
    assert first.box != second.box


def test_an_opening_cannot_take_bytes_from_the_text() -> None:
    sealed = Seals(key_of, lambda size: b"x" * size).seal(Label("/a", "p-a", "xyz"))
    assert not is_bound(sealed.commit, b64encode(b"x" * 33).decode(), "yz")


def test_a_destroyed_key_leaves_nothing_to_read() -> None:
    sealed = msgspec.structs.replace(SEALS.seal(LABEL), person="p-gone")
    with pytest.raises(Erased):
        SEALS.open(sealed)


def test_the_key_of_someone_else_does_not_open() -> None:
    with pytest.raises(WrongKey):
        SEALS.open(msgspec.structs.replace(SEALS.seal(LABEL), person="p-b"))


@given(st.sampled_from(["commit", "box"]), st.integers(0, 10_000))
def test_a_changed_seal_does_not_open(field: str, place: int) -> None:
    sealed = SEALS.seal(LABEL)
    raw = bytearray(b64decode(getattr(sealed, field)))
    raw[place % len(raw)] ^= 1
    with pytest.raises(WrongKey):
        SEALS.open(msgspec.structs.replace(sealed, **{field: b64encode(raw).decode()}))


@pytest.mark.parametrize("value", ["", "?", "AAAA", "é"])
def test_a_malformed_seal_is_a_typed_error(value: str) -> None:
    with pytest.raises(WrongKey):
        SEALS.open(msgspec.structs.replace(SEALS.seal(LABEL), commit=value))
    with pytest.raises(WrongKey):
        SEALS.open(msgspec.structs.replace(SEALS.seal(LABEL), box=value))


def test_a_box_built_with_another_text_than_was_bound_is_found() -> None:
    sealed = SEALS.seal(LABEL)
    commit = b64decode(sealed.commit)
    forged = AESGCM(SUITE_1.derive(KEYS["p-a"], commit, b"custodyd/label/1")).encrypt(
        bytes(12), bytes(32) + b"forged", commit
    )
    with pytest.raises(WrongKey, match="another text"):
        SEALS.open(msgspec.structs.replace(sealed, box=b64encode(forged).decode()))


def test_a_label_under_another_suite_is_bound_by_that_suite_alone() -> None:
    other = replace(SUITE_1, number=2, new=sha3_256)
    seals = Seals(lambda _: bytes(32), suite=other)
    sealed = seals.seal(Label("/data/name", "p-a", "模拟人员甲"))
    assert (sealed.path, sealed.person) == ("/data/name", "p-a")
    opening, text = seals.disclose(sealed)
    assert text == "模拟人员甲"
    assert is_bound(sealed.commit, opening, text, other)
    assert not is_bound(sealed.commit, opening, text)
    with pytest.raises(WrongKey):
        Seals(lambda _: bytes(32)).disclose(sealed)
