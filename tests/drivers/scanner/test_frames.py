"""The GM65 codec, pinned by the makers' bytes, and the sieve that takes answers out of a stream of codes."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.scanner.frames import (
    ACK,
    BAUD_WORDS,
    BY_COMMAND,
    BY_INDUCTION,
    READ_BAUD,
    SAVE,
    TRIGGER,
    Command,
    Order,
    Reply,
    Sieve,
    Status,
    Zone,
    fcs,
)

# GM65 and EM3095 manuals, Waveshare Barcode Scanner Module manual; the answer to READ_BAUD is GM65's at 9600 Bd
GOLDEN_ORDERS = {
    "7e 00 08 01 00 02 01 02 da": TRIGGER,
    "7e 00 07 01 00 2a 02 d8 0f": READ_BAUD,
    "7e 00 09 01 00 00 00 de c8": SAVE,
    "7e 00 08 02 00 2a 39 01 a7 ea": Order(Command.WRITE, Zone.BAUD, BAUD_WORDS[9600]),
    "7e 00 08 01 00 d9 d3 20 38": Order(Command.WRITE, Zone.FACTORY, b"\xd3"),
}
GOLDEN_REPLIES = {
    "02 00 00 01 00 33 31": ACK,
    "02 00 01 01 00 04 01": Reply(Status.WRONG_FCS, b"\x00"),
    "02 00 03 01 00 6a 61": Reply(Status.INVALID, b"\x00"),
}
REPLIES = st.builds(Reply, st.sampled_from(Status), st.binary(min_size=1, max_size=2))
TEXTS = st.text(min_size=1, max_size=20).filter(str.isprintable).map(lambda text: text.encode("utf-8") + b"\r")


@pytest.mark.parametrize("written", GOLDEN_ORDERS)
def test_orders_are_the_makers_bytes(written: str) -> None:
    assert GOLDEN_ORDERS[written].encode() == bytes.fromhex(written)


@pytest.mark.parametrize("written", GOLDEN_REPLIES)
def test_answers_are_the_makers_bytes(written: str) -> None:
    reply = GOLDEN_REPLIES[written]
    assert reply.encode() == bytes.fromhex(written)
    assert Sieve().feed(bytes.fromhex(written)) == (b"", [reply])


def test_the_modes_are_those_of_the_manual() -> None:
    assert (BY_COMMAND, BY_INDUCTION) == (0x7D, 0x7F)


def test_an_answer_may_leave_its_check_open() -> None:
    assert Sieve().feed(b"\x02\x00\x00\x01\x00\xab\xcd") == (b"", [ACK])


def sifted(parts: list[bytes]) -> tuple[bytes, list[Reply]]:
    sieve = Sieve()
    texts, replies = zip(*(sieve.feed(part) for part in parts), strict=True)
    return b"".join(texts) + sieve.silence(), list(itertools.chain(*replies))


@given(st.lists(REPLIES | TEXTS, max_size=6), st.data())
def test_answers_come_out_of_the_stream_however_it_is_split(spoken: list[Reply | bytes], data: st.DataObject) -> None:
    stream = b"".join(one.encode() if isinstance(one, Reply) else one for one in spoken)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))))
    parts = [stream[a:b] for a, b in itertools.pairwise([0, *cuts, len(stream)])]
    text = b"".join(one for one in spoken if isinstance(one, bytes))
    assert sifted(parts) == (text, [one for one in spoken if isinstance(one, Reply)])


@given(st.binary(max_size=200), st.data())
def test_hostile_bytes_are_sifted_alike_however_they_are_split(stream: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(stream)))
    assert sifted([stream[:cut], stream[cut:]]) == sifted([stream])


def test_an_answer_in_the_middle_of_a_code_is_taken_out() -> None:
    assert sifted([b"AB" + ACK.encode() + b"CD\r"]) == (b"ABCD\r", [ACK])


@pytest.mark.parametrize("length", range(1, 7))
def test_half_an_answer_never_becomes_part_of_a_clean_code(length: int) -> None:
    text, replies = sifted([ACK.encode()[:length] + b"AB\r"])
    assert replies == []
    assert text == ACK.encode()[:length] + b"AB\r", "its control characters stay and spoil the code"


@pytest.mark.parametrize("bit", range(len(ACK.encode()) * 8))
def test_a_damaged_answer_spoils_the_code_beside_it(bit: int) -> None:
    frame = bytearray(ACK.encode())
    frame[bit // 8] ^= 1 << bit % 8
    text, replies = sifted([bytes(frame) + b"AB\r"])
    assert replies == []
    assert any(byte < 0x20 for byte in text[:-1])


def test_what_is_held_back_is_short() -> None:
    sieve = Sieve()
    for _ in range(1000):
        sieve.feed(b"\x02\x00\x00\x02" * 16)
        assert len(sieve.silence()) <= 8


def test_the_check_is_the_crc_of_xmodem() -> None:
    assert fcs(b"123456789") == b"\x31\xc3", "the check value of CRC-16/XMODEM"
