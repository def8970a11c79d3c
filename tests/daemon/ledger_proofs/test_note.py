"""Signed notes and checkpoints: known keys, strictness, what a stranger's tools expect."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.daemon.ledger_proofs.judges import GoJudge
from tests.daemon.ledger_proofs.sample import ORIGIN, SEED

from custodyd.ledger.note import (
    BadNote,
    Checkpoint,
    Signer,
    decode64,
    encode64,
    key_id,
    open_note,
    parse,
    parse_vkey,
    place_of,
    verify,
    vkey_text,
)

SIGNER = Signer(ORIGIN, SEED)
HEAD = Checkpoint(ORIGIN, 7, bytes(range(32)))
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8032 7.1, TEST 1


def test_the_public_key_is_the_one_of_rfc_8032() -> None:
    assert SIGNER.public == PUBLIC


def test_a_signature_over_nothing_is_the_one_of_rfc_8032() -> None:
    line = SIGNER.sign_text("").split("\n")[1]
    raw = decode64(line.rsplit(" ", 1)[1])
    assert raw[4:].hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


def test_a_verifier_key_is_read_back() -> None:
    assert parse_vkey(SIGNER.vkey) == (ORIGIN, PUBLIC)
    assert SIGNER.vkey == vkey_text(ORIGIN, PUBLIC)


@pytest.mark.foreign
@pytest.mark.timeout(300)
def test_go_signs_byte_for_byte_the_same_note(go_judge: GoJudge) -> None:
    skey = f"PRIVATE+KEY+{ORIGIN}+{key_id(ORIGIN, PUBLIC).hex()}+{encode64(bytes([1]) + SEED)}"
    (answer,) = go_judge.answers([{"SKey": skey, "Text": HEAD.text()}])
    assert json.loads(answer) == SIGNER.sign(HEAD)


def test_a_checkpoint_is_read_back() -> None:
    assert verify(SIGNER.sign(HEAD), SIGNER.vkey) == HEAD == parse(SIGNER.sign(HEAD))


def test_signatures_of_witnesses_do_not_disturb() -> None:
    witness = Signer("witness.example/w", bytes(32))
    note = SIGNER.sign(HEAD) + witness.sign_text(HEAD.text()).rpartition("\n\n")[2]
    assert verify(note, SIGNER.vkey) == HEAD
    assert open_note(note, witness.vkey) == HEAD.text()


def test_a_checkpoint_of_another_origin_is_refused() -> None:
    with pytest.raises(BadNote, match="another origin"):
        verify(SIGNER.sign(Checkpoint("custodyd/hz.example/st-02/1", 7, bytes(32))), SIGNER.vkey)


def test_a_key_of_another_segment_does_not_count() -> None:
    other = Signer(f"{ORIGIN}1", SEED)
    with pytest.raises(BadNote, match="no signature"):
        verify(SIGNER.sign(HEAD), other.vkey)


def test_extension_lines_are_kept_and_signed() -> None:
    head = Checkpoint(ORIGIN, 7, bytes(32), ("more",))
    assert verify(SIGNER.sign(head), SIGNER.vkey) == head


@given(st.integers(0, len(SIGNER.sign(HEAD).encode()) * 8 - 1))
def test_no_bit_of_a_note_can_be_flipped(bit: int) -> None:
    raw = bytearray(SIGNER.sign(HEAD).encode())
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises((BadNote, UnicodeDecodeError)):
        verify(raw.decode(), SIGNER.vkey)


@given(st.integers(0, len(SIGNER.vkey) * 8 - 1))
def test_no_bit_of_a_verifier_key_can_be_flipped(bit: int) -> None:
    raw = bytearray(SIGNER.vkey.encode())
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises((BadNote, UnicodeDecodeError)):
        verify(SIGNER.sign(HEAD), raw.decode())


@given(st.text(alphabet="\n— abc/+=0123456789", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse, parse_vkey, lambda note: verify(note, SIGNER.vkey)):
        try:
            read(text)
        except BadNote:
            continue


@pytest.mark.parametrize("size", ["-1", "07", "7 ", "７", "+7", "", "1_0"])
def test_a_size_has_one_spelling(size: str) -> None:
    text = f"{ORIGIN}\n{size}\n{encode64(bytes(32))}\n"
    with pytest.raises(BadNote):
        verify(SIGNER.sign_text(text), SIGNER.vkey)


@pytest.mark.parametrize("root", [encode64(bytes(31)), encode64(bytes(33)), encode64(bytes(32))[:-2] + "B=", "x"])
def test_a_root_has_one_spelling(root: str) -> None:
    with pytest.raises(BadNote):
        verify(SIGNER.sign_text(f"{ORIGIN}\n7\n{root}\n"), SIGNER.vkey)


def test_secrets_are_not_printed() -> None:
    assert "seed" not in repr(SIGNER)


@pytest.mark.parametrize(
    ("origin", "place"),
    [("custodyd/hz.example/st-01/7", ("st-01", "7")), ("st-01/7", ("st-01", "7")), ("7", ("", "7")), ("", ("", ""))],
)
def test_an_origin_ends_with_station_and_segment(origin: str, place: tuple[str, str]) -> None:
    assert place_of(origin) == place


@pytest.mark.parametrize(
    "head",
    [
        Checkpoint(ORIGIN, 0, bytes(32)),
        Checkpoint(ORIGIN, 7, bytes(32), ("some more words", "and more")),
        Checkpoint("a b", 7, bytes(32)),
    ],
)
def test_every_whole_checkpoint_is_read_back(head: Checkpoint) -> None:
    assert parse(SIGNER.sign(head)) == head


def test_a_text_may_hold_an_empty_line_and_the_signatures_follow_the_last() -> None:
    assert open_note(SIGNER.sign_text("a\n\nb\n"), SIGNER.vkey) == "a\n\nb\n"


def test_signatures_without_a_text_or_an_end_are_no_note() -> None:
    for note in (SIGNER.sign_text("\n").rpartition("\n\n")[2], SIGNER.sign(HEAD)[:-1]):
        with pytest.raises(BadNote):
            open_note(note, SIGNER.vkey)


def test_a_hundred_signatures_are_read_and_no_more() -> None:
    note = SIGNER.sign(HEAD)
    line = note.rpartition("\n\n")[2]
    assert verify(note + line * 99, SIGNER.vkey) == HEAD
    with pytest.raises(BadNote, match="too many"):
        verify(note + line * 100, SIGNER.vkey)


FIVE = encode64(bytes(5))


@pytest.mark.parametrize(
    "line",
    [f"— w x {FIVE}", f"—  {FIVE}", f"w {FIVE}", f"— w {encode64(bytes(4))}", "— w", f"— {FIVE}", f"-- w {FIVE}", ""],
)
def test_a_line_that_is_no_signature_spoils_the_note(line: str) -> None:
    with pytest.raises(BadNote):
        verify(f"{SIGNER.sign(HEAD)}{line}\n", SIGNER.vkey)


def test_the_shortest_signature_of_another_kind_is_passed_over() -> None:
    assert verify(f"{SIGNER.sign(HEAD)}— w {FIVE}\n", SIGNER.vkey) == HEAD


def test_a_key_from_the_documentation_of_gos_notes_is_read_with_its_id() -> None:
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    name, public = parse_vkey(vkey)
    assert key_id(name, public).hex() == "c74f20a3"
    assert vkey_text(name, public) == vkey
