"""SMPP's codec against one that others wrote, and against whatever bytes come."""

import itertools
from typing import Any

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.errors import Garbled
from custodyd_drivers.smpp.frames import Bind, Command, Cutter, Pdu, c_string, take_parameters
from custodyd_drivers.smpp.messages import MESSAGE_STATE, PAYLOAD, RECEIPTED_ID, Address, Message, Receipt

ENQUIRE = bytes.fromhex("00000010000000150000000000000001")  # v3.4 §4.11.1: a header and nothing else
NUMBERS = st.text("0123456789", min_size=1, max_size=20)


@given(NUMBERS, NUMBERS, st.binary(max_size=140), st.integers(1, 2**31 - 1))
def test_a_foreign_codec_reads_what_we_write(source: str, to: str, content: bytes, sequence: int) -> None:
    message = Message(Address(source), Address(to, 1), content, 0x40, True)
    wire = Pdu(Command.SUBMIT, sequence, message.encode()).encode()
    theirs: Any = smpp34.decode(wire)
    assert (theirs.source_addr, theirs.destination_addr, theirs.dest_addr_ton) == (source, to, 1)
    assert (bytes(theirs.short_message), theirs.data_coding, theirs.esm_class) == (content, 8, 0x40)
    assert (theirs.sequence_number, theirs.registered_delivery) == (sequence, 1)


@given(NUMBERS, NUMBERS, st.binary(max_size=140))
def test_we_read_what_a_foreign_codec_writes(source: str, to: str, content: bytes) -> None:
    pdu = smpp34.DeliverSm(
        source, to, content, data_coding=8, source_addr_ton=1, source_addr_npi=1, esm_class=0, sequence_number=7
    )
    (ours,) = Cutter().feed(bytes(pdu.encode()))
    message = Message.decode(ours.body)
    assert (ours.command, ours.sequence) == (Command.DELIVER, 7)
    assert (message.source, message.destination.number, message.content) == (Address(source, 1), to, content)


def test_enquire_link_is_a_header_alone() -> None:
    assert Pdu(Command.ENQUIRE_LINK, 1).encode() == ENQUIRE
    assert Cutter().feed(ENQUIRE) == [Pdu(Command.ENQUIRE_LINK, 1)]


@pytest.mark.parametrize("text", [b"id:0A1B stat:EXPIRED err:1", b"id:0A1B sub:001 dlvrd:000 stat:EXPIRED"])
def test_a_receipt_is_read_from_its_text_and_its_parameters_come_first(text: bytes) -> None:
    plain = Message(Address("1"), Address("2"), text, 0x04, coding=0)
    assert Receipt.of(plain) == Receipt("0A1B", "EXPIRED")
    given_ = {RECEIPTED_ID: b"77\0", MESSAGE_STATE: b"\x02"}
    both = Message(Address("1"), Address("2"), text, 0x04, coding=0, parameters=given_)
    assert Receipt.of(Message.decode(both.encode())) == Receipt("77", "DELIVRD")


def test_a_receipt_that_tells_nothing_is_none() -> None:
    with pytest.raises(Garbled):
        Receipt.of(Message(Address("1"), Address("2"), b"hello", 0x04, coding=0))


def test_a_payload_stands_for_the_content() -> None:
    message = Message(Address("1"), Address("2"), b"", parameters={PAYLOAD: "收到".encode("utf-16-be")})
    assert Message.decode(message.encode()).body.text == "收到"


@pytest.mark.parametrize("text", ["x" * 9, "口令", "a\0b"])
def test_a_password_that_does_not_fit_is_not_sent(text: str) -> None:
    with pytest.raises(Garbled):
        Bind("custodyd", text).encode()


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_any_bytes_are_pdus_or_garbled(chunks: list[bytes]) -> None:
    cutter = Cutter()
    try:
        for chunk in chunks:
            cutter.feed(chunk)
    except Garbled:
        return


@given(st.lists(st.integers(0, 64), max_size=6))
def test_where_the_bytes_are_split_makes_no_difference(places: list[int]) -> None:
    pdus = [Pdu(Command.BIND, 1, Bind("a", "b").encode()), Pdu(Command.ENQUIRE_LINK, 2)]
    data = b"".join(pdu.encode() for pdu in pdus)
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    cutter = Cutter()
    assert [one for low, high in itertools.pairwise(edges) for one in cutter.feed(data[low:high])] == pdus


@given(st.binary(max_size=200))
def test_any_body_is_read_or_garbled(body: bytes) -> None:
    readers: list[Any] = [
        lambda: Message.decode(body).body.text,
        lambda: Receipt.of(Message.decode(body)),
        lambda: Bind.decode(body),
        lambda: take_parameters(body),
    ]
    for read in readers:
        try:
            read()
        except Garbled:
            continue


def test_a_c_string_has_room_for_its_end() -> None:
    assert c_string("12345678", 9) == b"12345678\0"
