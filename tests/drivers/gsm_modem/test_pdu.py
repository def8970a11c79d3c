"""The codec against golden PDUs, a foreign decoder, and anything Hypothesis can think of."""

import json
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from smspdudecoder.fields import SMSDeliver, SMSSubmit

from custodyd_drivers.errors import Garbled
from custodyd_drivers.gsm_modem import fields, pdu
from custodyd_drivers.gsm_modem.pdu import Deliver, StatusReport, Submit
from custodyd_drivers.sms import body, gsm7
from custodyd_drivers.sms.body import Alphabet, Body, Part

GOLDEN: dict[str, Any] = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))
FOUR_DAYS = 96
TEXTS = st.text(max_size=400) | st.text(alphabet="aä€[😀案卷\n", max_size=400)


@pytest.mark.parametrize("golden", GOLDEN["submits"])
def test_golden_submits_decode_and_encode_to_the_same_bytes(golden: dict[str, Any]) -> None:
    tpdu = pdu.without_smsc(golden["pdu"])
    submit = Submit.decode(tpdu)
    assert len(tpdu) == golden["cmgs"]
    assert (submit.recipient, submit.body.text) == ("+8613800138000", golden["text"])
    assert submit.report
    assert pdu.with_smsc(submit.tpdu()) == golden["pdu"]


def test_the_golden_reminder_is_what_the_encoder_makes_of_its_text() -> None:
    golden = GOLDEN["submits"][0]
    (only,) = pdu.submits("+8613800138000", golden["text"], validity=pdu.validity_octet(FOUR_DAYS))
    assert pdu.with_smsc(only.tpdu()) == golden["pdu"]


def test_the_golden_two_parts_are_what_the_encoder_makes_of_their_text() -> None:
    first, second = GOLDEN["submits"][1:3]
    parts = pdu.submits("+8613800138000", first["text"] + second["text"], reference=0x42)
    assert [part.body.part for part in parts] == [Part(0x42, 2, 1), Part(0x42, 2, 2)]
    assert [pdu.with_smsc(part.tpdu()) for part in parts] == [first["pdu"], second["pdu"]]


@pytest.mark.parametrize("golden", GOLDEN["foreign_submits"])
def test_foreign_golden_submits_are_made_and_read(golden: dict[str, Any]) -> None:
    weeks = golden["validity_weeks"]
    validity = None if weeks is None else pdu.validity_octet(weeks * 7 * 24)
    text = golden["text"]
    (only,) = pdu.submits(golden["recipient"], text, validity=validity, report=False)
    again = Submit.decode(pdu.without_smsc(golden["pdu"]))
    assert (again.recipient, again.body.text, again.validity) == (golden["recipient"], text, validity)
    # the foreign encoder numbers its messages itself: all but TP-MR is equal
    ours, theirs = only.tpdu(), pdu.without_smsc(golden["pdu"])
    assert ours[:1] + ours[2:] == theirs[:1] + theirs[2:]
    if golden["smsc"]:
        assert golden["pdu"].startswith(pdu.with_smsc(b"", golden["smsc"]))


def test_golden_addresses_are_read_and_made() -> None:
    for octets, number in GOLDEN["addresses"].items():
        assert fields.take_address(fields.Octets(bytes.fromhex(octets))) == number
        assert fields.encode_address(number).hex().upper() == octets


def test_golden_timestamps_are_read_and_made() -> None:
    for octets, moment in GOLDEN["timestamps"].items():
        assert fields.decode_timestamp(bytes.fromhex(octets)) == datetime.fromisoformat(moment)
        assert fields.encode_timestamp(datetime.fromisoformat(moment)).hex() == octets


@pytest.mark.parametrize("golden", GOLDEN["concatenations"])
def test_golden_concatenation_elements_are_read(golden: dict[str, Any]) -> None:
    element = bytes.fromhex(golden["element"])
    data = bytes([len(element)]) + element + "案".encode("utf-16-be")
    found = Body.take(fields.Octets(bytes([len(data)]) + data), Alphabet.UCS2, with_header=True)
    assert found.part == Part(golden["reference"], golden["total"], golden["number"], golden["wide"])
    assert found.text == "案"


@pytest.mark.parametrize("golden", GOLDEN["status_reports"])
def test_golden_status_reports_are_read_and_made(golden: dict[str, Any]) -> None:
    report = pdu.received(golden["pdu"])
    assert isinstance(report, StatusReport)
    assert (report.reference, report.status) == (golden["reference"], golden["status"])
    assert pdu.with_smsc(report.tpdu()) == golden["pdu"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("案" * 70, 1),
        ("案" * 71, 2),
        ("案" * 134, 2),
        ("案" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 67, 3),  # 33 whole pairs of 67 units
    ],
)
def test_segments_are_counted_as_the_network_bills_them(text: str, expected: int) -> None:
    assert pdu.segments(text) == expected


def test_more_than_255_parts_are_refused_as_garbled() -> None:
    with pytest.raises(Garbled):
        pdu.segments("案" * (255 * 67 + 1))


@given(TEXTS)
@example("😀" * 100)
@example("[" * 160)
def test_any_text_comes_back_whole_and_no_part_is_too_long(text: str) -> None:
    parts = pdu.submits("+8613800138000", text, reference=7, validity=167)
    read = [Submit.decode(part.tpdu()) for part in parts]
    assert read == list(parts)
    assert pdu.join([part.body for part in read]) == text
    assert "".join(part.body.text for part in read) == text  # no character is cut between parts
    assert all(len(part.body.encode()) <= 141 for part in parts)


@given(TEXTS, st.sampled_from(["+8613800138000", "10086", "CustodyHub", ""]))
def test_any_message_to_us_comes_back_whole(text: str, sender: str) -> None:
    for part in body.split(text, 9):
        sent = datetime(2026, 10, 21, 8, 5, 10, tzinfo=UTC)
        message = Deliver(sender, part, sent)
        assert pdu.received(pdu.with_smsc(message.tpdu(), "+8613800100500")) == message


@given(st.binary(max_size=200))
@settings(max_examples=400)
def test_random_octets_are_read_or_garbled_never_anything_else(data: bytes) -> None:
    for reader in (Submit.decode, Deliver.decode, StatusReport.decode):
        try:
            reader(data)
        except Garbled:
            continue


@given(st.text(max_size=60) | st.text(alphabet="0123456789ABCDEFabcdef", max_size=400))
def test_random_text_from_the_modem_is_read_or_garbled(text: str) -> None:
    try:
        pdu.received(text)
    except Garbled:
        return


@given(st.binary(min_size=1, max_size=150), st.data())
def test_a_flipped_bit_in_a_good_message_never_crashes(text: bytes, data: st.DataObject) -> None:
    good = bytearray(Deliver("+8613800138000", Body(Alphabet.UCS2, text[:134], Part(1, 2, 1))).tpdu())
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        Deliver.decode(bytes(good))
    except Garbled:
        return


@given(st.text(min_size=1, max_size=300, alphabet=st.characters(codec="utf-16-be", exclude_characters="\x1b")))
def test_a_foreign_decoder_reads_our_submits(text: str) -> None:
    for part in pdu.submits("+8613800138000", text, validity=167):
        read = SMSSubmit.decode(StringIO(pdu.with_smsc(part.tpdu())))
        if part.body.alphabet is Alphabet.UCS2:
            assert read["user_data"]["data"] == part.body.text
        assert read["recipient"]["number"] == "8613800138000"


@given(st.text(min_size=1, max_size=150, alphabet="".join(sorted(set("@£$¥èéùìòÇABCxyz 0189 []{}€^~|\\ÄÖ§ñ")))))
def test_a_foreign_decoder_reads_our_seven_bit_messages(text: str) -> None:
    if not gsm7.fits(text) or pdu.segments(text) > 1:
        return
    message = Deliver("+8613800138000", body.split(text)[0], datetime(2026, 10, 21, tzinfo=UTC))
    read = SMSDeliver.decode(StringIO(pdu.with_smsc(message.tpdu())))
    # beside extension characters it shows seven spare bits as one more character
    assert read["user_data"]["data"] in (text, text + "@")


def test_eight_bit_data_is_shown_octet_by_octet() -> None:
    assert Body(Alphabet.EIGHT_BIT, b"\x41\xe9").text == "Aé"


def test_a_character_cut_between_two_foreign_parts_is_whole_again() -> None:
    emoji = "😀".encode("utf-16-be")
    parts = [Body(Alphabet.UCS2, emoji[:2], Part(1, 2, 1)), Body(Alphabet.UCS2, emoji[2:], Part(1, 2, 2))]
    assert pdu.join(parts) == "😀"


def test_a_lone_surrogate_leaves_as_the_replacement_character() -> None:
    assert pdu.join(body.split("a\ud83d")) == "a\ufffd"


def test_an_unknown_extension_shows_its_basic_character() -> None:
    assert gsm7.decode(b"\x1b\x41\x1b\x1b\x65\x1b") == "A e"


@pytest.mark.parametrize(
    ("hours", "octet"),
    [(0, 0), (1, 11), (12, 143), (13, 145), (24, 167), (48, 168), (96, 170), (720, 196), (24 * 36, 198)],
)
def test_validity_is_never_shorter_than_asked(hours: int, octet: int) -> None:
    assert pdu.validity_octet(hours) == octet


def test_a_broken_date_does_not_lose_the_message() -> None:
    message = Deliver("10086", body.split("ok")[0])
    assert pdu.received(pdu.with_smsc(message.tpdu())) == message


@given(st.integers(0, 3_155_000_000), st.integers(-47, 56))
def test_timestamps_keep_their_zone(seconds: int, quarters: int) -> None:
    zone = timezone(timedelta(minutes=15 * quarters))
    aware = (datetime(2000, 1, 2, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(zone)
    again = fields.decode_timestamp(fields.encode_timestamp(aware))
    assert again == aware
    assert again is not None
    assert again.utcoffset() == aware.utcoffset()


@pytest.mark.parametrize(
    ("scheme", "alphabet"),
    [(0x00, 0), (0x04, 4), (0x08, 8), (0x0C, 0), (0x19, 8), (0x48, 8), (0xC8, 0), (0xE0, 8), (0xF1, 0), (0xF5, 4)],
)
def test_every_coding_group_names_its_alphabet(scheme: int, alphabet: int) -> None:
    assert Alphabet.of(scheme) == alphabet


def test_a_compressed_message_is_garbled() -> None:
    with pytest.raises(Garbled):
        Alphabet.of(0x20)


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_a_part_that_cannot_be_is_no_part(reference: int, total: int, number: int) -> None:
    header = bytes([5, 0, 3, reference, total, number])
    found = Body.take(fields.Octets(bytes([6]) + header), Alphabet.UCS2, with_header=True)
    assert (found.part is not None) == (1 <= number <= total)
