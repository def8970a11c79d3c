"""Keys of station and persons: kept apart from the record, replaced atomically, destroyed for good."""

import os
import re
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from custodyd.ledger import halves
from custodyd.ledger.errors import Erased, LedgerError, RecordUnavailable, WrongKey
from custodyd.ledger.keys import Card, PersonKeys, StationKeys, pseudonym, shred, write_new

WRAP = bytes(range(32))
CARD = Card("模拟人员甲", "+8610000000000", "000001")


def test_a_pseudonym_is_26_characters_of_base32_and_never_the_same() -> None:
    names = {pseudonym() for _ in range(100)}
    assert len(names) == 100
    assert all(re.fullmatch("p-[a-z2-7]{26}", name) for name in names)


def test_a_person_is_read_back_by_a_later_start(tmp_path: Path) -> None:
    person = pseudonym()
    PersonKeys(tmp_path, WRAP).create(person, CARD)
    later = PersonKeys(tmp_path, WRAP)
    assert later.card(person) == CARD
    assert len(later.key(person)) == 32
    assert later.people() == (person,)


def test_changing_the_card_keeps_the_key(tmp_path: Path) -> None:
    keys, person = PersonKeys(tmp_path, WRAP), pseudonym()
    keys.create(person, CARD)
    before = keys.key(person)
    keys.change(person, Card("模拟人员甲", "+8610000000001"))
    assert keys.key(person) == before
    assert keys.card(person).phone == "+8610000000001"


def test_a_replaced_file_leaves_no_copy_of_the_key(tmp_path: Path) -> None:
    keys, person = PersonKeys(tmp_path, WRAP), pseudonym()
    keys.create(person, CARD)
    with (tmp_path / person).open("rb") as held:
        before = held.read()
        keys.change(person, Card("模拟人员乙"))
        held.seek(0)
        assert held.read() != before
    assert os.listdir(tmp_path) == [person]


def test_a_destroyed_key_is_gone_and_its_bytes_were_overwritten(tmp_path: Path) -> None:
    keys, person = PersonKeys(tmp_path, WRAP), pseudonym()
    keys.create(person, CARD)
    with (tmp_path / person).open("rb") as held:
        before = held.read()
        keys.destroy(person)
        held.seek(0)
        assert held.read() != before
    assert os.listdir(tmp_path) == []
    for call in (keys.key, keys.card, keys.destroy):
        with pytest.raises(Erased):
            call(person)


def test_what_a_crash_left_behind_is_destroyed_and_the_key_stays(tmp_path: Path) -> None:
    keys, person = PersonKeys(tmp_path, WRAP), pseudonym()
    keys.create(person, CARD)
    (tmp_path / f"{person}.new").write_bytes((tmp_path / person).read_bytes())
    assert PersonKeys(tmp_path, WRAP).people() == (person,)
    assert os.listdir(tmp_path) == [person]
    assert keys.card(person) == CARD


def test_a_second_key_for_one_person_is_refused(tmp_path: Path) -> None:
    keys, person = PersonKeys(tmp_path, WRAP), pseudonym()
    keys.create(person, CARD)
    with pytest.raises(LedgerError):
        keys.create(person, CARD)


def test_files_are_for_the_owner_only_and_hold_no_name(tmp_path: Path) -> None:
    person = pseudonym()
    PersonKeys(tmp_path, WRAP).create(person, CARD)
    assert stat.S_IMODE((tmp_path / person).stat().st_mode) == 0o600
    assert CARD.name.encode() not in (tmp_path / person).read_bytes()
    assert repr(CARD) == "Card(…)"


def test_the_files_of_another_station_do_not_open(tmp_path: Path) -> None:
    person = pseudonym()
    PersonKeys(tmp_path, WRAP).create(person, CARD)
    with pytest.raises(WrongKey):
        PersonKeys(tmp_path, bytes(32)).key(person)


def test_one_persons_file_cannot_stand_in_for_another(tmp_path: Path) -> None:
    keys, one, other = PersonKeys(tmp_path, WRAP), pseudonym(), pseudonym()
    keys.create(one, CARD)
    (tmp_path / other).write_bytes((tmp_path / one).read_bytes())
    with pytest.raises(WrongKey):
        keys.card(other)


@pytest.mark.parametrize("name", ["../sign", "p-../x", "", "p-", "p-a/b", "p-ａ", "p-a.new"])
def test_a_hostile_name_reaches_no_file(tmp_path: Path, name: str) -> None:
    keys = PersonKeys(tmp_path / "keys", WRAP)
    with pytest.raises(Erased):
        keys.key(name)
    with pytest.raises(Erased):
        keys.destroy(name)


@pytest.mark.parametrize("content", [b"", b"\x80", bytes(range(64)), b"\x82\xa7wrapped\xc4\x00\xa4card\xc4\x00"])
def test_a_broken_key_file_is_a_typed_error(tmp_path: Path, content: bytes) -> None:
    keys, person = PersonKeys(tmp_path, WRAP), pseudonym()
    (tmp_path / person).write_bytes(content)
    with pytest.raises(WrongKey):
        keys.key(person)


def test_station_keys_are_made_once_and_read_back(tmp_path: Path) -> None:
    made = StationKeys.generate(tmp_path)
    assert StationKeys.load(tmp_path) == made
    assert "sign=" not in repr(made)
    assert stat.S_IMODE((tmp_path / "sign").stat().st_mode) == 0o600
    assert len(made.label) == 32
    assert made.label not in (made.wrap, made.sign)
    with pytest.raises(LedgerError):
        StationKeys.generate(tmp_path)


def test_missing_or_short_station_keys_are_named(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="sign"):
        StationKeys.load(tmp_path)
    (tmp_path / "sign").write_bytes(bytes(32))
    (tmp_path / "wrap").write_bytes(bytes(31))
    with pytest.raises(LedgerError, match="wrap"):
        StationKeys.load(tmp_path)


@given(st.binary(min_size=32, max_size=32), st.booleans())
def test_two_halves_give_the_key_back_in_either_order(wrap: bytes, swap: bool) -> None:
    first, second = halves.split(wrap)
    assert all(re.fullmatch("([A-Z2-7]{4} ){15}[A-Z2-7]{4}", half) for half in (first, second))
    pair = (second, first.lower()) if swap else (first.replace(" ", ""), second)
    assert halves.join(*pair) == wrap


@given(st.integers(0, 63), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_a_mistyped_half_is_refused(place: int, letter: str) -> None:
    first, second = (half.replace(" ", "") for half in halves.split(WRAP))
    typed = first[:place] + letter + first[place + 1 :]
    if typed == first:
        assert halves.join(typed, second) == WRAP
        return
    with pytest.raises(halves.BadHalf):
        halves.join(typed, second)


def test_halves_of_different_keys_and_one_half_twice_are_refused() -> None:
    first, second = halves.split(WRAP)
    with pytest.raises(halves.BadHalf, match="twice"):
        halves.join(first, first)
    with pytest.raises(halves.BadHalf, match="different"):
        halves.join(first, halves.split(bytes(32))[1])
    with pytest.raises(halves.BadHalf, match="different"):
        halves.join(first, halves.split(WRAP)[1])
    for text in ("", "é", "ABCD", second + " AAAA AAAA"):
        with pytest.raises(halves.BadHalf):
            halves.join(first, text)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file takes more than ten bytes now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_refuses_leaves_the_card_as_it_was_and_a_later_try_succeeds(tmp_path: Path) -> None:
    keys, person = PersonKeys(tmp_path, WRAP), pseudonym()
    keys.create(person, CARD)
    with full_disk():
        for verb in (lambda: keys.change(person, Card("模拟人员乙")), lambda: keys.create(pseudonym(), CARD)):
            with pytest.raises(RecordUnavailable):
                verb()
    assert keys.card(person) == CARD
    keys.change(person, Card("模拟人员乙"))
    assert keys.card(person).name == "模拟人员乙"
    assert keys.people() == (person,)


def test_a_key_file_that_cannot_be_read_now_is_not_taken_for_an_erased_or_a_foreign_one(tmp_path: Path) -> None:
    keys, person = PersonKeys(tmp_path, WRAP), pseudonym()
    (tmp_path / person).mkdir()
    for verb in (keys.card, keys.key, keys.destroy):
        with pytest.raises(RecordUnavailable):
            verb(person)
    (tmp_path / person).rmdir()
    (tmp_path / person).touch()
    with pytest.raises(WrongKey):
        keys.card(person)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_length_has_no_halves(size: int) -> None:
    with pytest.raises(ValueError, match="zip"):
        halves.split(bytes(size))


def test_directories_of_keys_are_for_the_owner_only(tmp_path: Path) -> None:
    people, station = tmp_path / "state" / "keys", tmp_path / "credentials" / "station"
    PersonKeys(people, WRAP)
    StationKeys.generate(station)
    for directory in (people, station):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE((station / "wrap").stat().st_mode) == 0o600
    PersonKeys(people, WRAP)  # a later start finds it


def test_a_station_key_that_is_there_is_never_replaced_and_named(tmp_path: Path) -> None:
    (tmp_path / "wrap").write_bytes(WRAP)
    with pytest.raises(LedgerError, match="'wrap'"):
        StationKeys.generate(tmp_path)
    assert (tmp_path / "wrap").read_bytes() == WRAP


def test_the_key_of_printed_codes_is_derived_as_the_page_says() -> None:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=b"", info=b"custodyd/code/1").derive(WRAP)
    assert StationKeys(bytes(32), WRAP).label == derived


def test_everyone_is_listed_in_order_and_nothing_else(tmp_path: Path) -> None:
    keys = PersonKeys(tmp_path, WRAP)
    for person in ("p-c", "p-a", "p-b"):
        keys.create(person, CARD)
    (tmp_path / "README").write_bytes(b"")
    assert keys.people() == ("p-a", "p-b", "p-c")
    assert len({keys.key(person) for person in keys.people()}) == 3


def test_a_key_is_no_card_and_a_card_no_key(tmp_path: Path) -> None:
    keys = PersonKeys(tmp_path, WRAP)
    keys.create("p-a", CARD)
    file = msgspec.msgpack.decode((tmp_path / "p-a").read_bytes())
    swapped = {"wrapped": file["card"], "card": file["wrapped"]}
    (tmp_path / "p-a").write_bytes(msgspec.msgpack.encode(swapped))
    for call in (keys.key, keys.card):
        with pytest.raises(WrongKey):
            call("p-a")


def test_nothing_is_boxed_twice_with_one_nonce(tmp_path: Path) -> None:
    keys = PersonKeys(tmp_path, WRAP)
    nonces: set[bytes] = set()
    for person in ("p-a", "p-b"):
        keys.create(person, CARD)
        file = msgspec.msgpack.decode((tmp_path / person).read_bytes())
        nonces |= {file["wrapped"][:12], file["card"][:12]}
        assert len(file["wrapped"]) == 12 + 32 + 16
    assert len(nonces) == 4


def test_a_file_is_overwritten_over_its_whole_length_before_it_is_unlinked(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    write_new(file, b"x" * 1000)
    with file.open("rb") as held:
        shred(file)
        after = held.read()
    assert not file.exists()
    assert len(after) == 1000
    assert max(after[start : start + 100].count(b"x") for start in range(0, 1000, 100)) < 50


def test_a_disk_that_refuses_a_key_is_named_and_the_old_key_stays(tmp_path: Path) -> None:
    keys = PersonKeys(tmp_path, WRAP)
    keys.create("p-a", CARD)
    (tmp_path / "p-a.new").mkdir()
    with pytest.raises(RecordUnavailable, match="directory") as caught:
        keys.change("p-a", Card("模拟人员乙"))
    assert caught.value.reason == "failing"
    assert keys.card("p-a") == CARD


def test_who_is_erased_is_named_by_the_pseudonym(tmp_path: Path) -> None:
    keys = PersonKeys(tmp_path, WRAP)
    for call in (keys.key, keys.card, keys.destroy):
        with pytest.raises(Erased, match="p-a"):
            call("p-a")
