"""CMPP's codec against packets that others made, and against whatever bytes come."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.cmpp.frames import (
    LONGEST,
    Command,
    Connect,
    Connected,
    Cutter,
    Packet,
    Taken,
    Version,
    gateway_proof,
    source_proof,
)
from custodyd_drivers.cmpp.messages import Deliver, Receipt, Submit, Tariff
from custodyd_drivers.errors import Garbled

GOLDEN = {
    name: bytes.fromhex(text)
    for name, text in json.loads(Path(__file__).with_name("golden.json").read_text()).items()
    if name != "source"
}
V2, V3 = Version.V2, Version.V3
PROOF = source_proof("900001", b"888888", 1021080510)


def only(data: bytes) -> Packet:
    (packet,) = Cutter().feed(data)
    return packet


def test_connect_is_the_golden_packet() -> None:
    request = Connect("900001", PROOF, 0x21, 1021080510)
    assert Packet(Command.CONNECT, 0x17, request.encode()).encode() == GOLDEN["connect"]
    assert Connect.decode(only(GOLDEN["connect"]).body) == request


@pytest.mark.parametrize(("name", "version", "spoken"), [("connected2", V2, 0x21), ("connected3", V3, 0x30)])
def test_the_gateways_proof_is_that_of_the_golden_packet(name: str, version: Version, spoken: int) -> None:
    answer = Connected(0, gateway_proof(0, PROOF, b"888888", version), spoken)
    assert Packet(Command.CONNECT | 0x8000_0000, 0x17, answer.encode(version)).encode() == GOLDEN[name]
    assert Connected.decode(only(GOLDEN[name]).body, version) == answer


def test_a_refusal_in_the_other_versions_shape_is_read() -> None:
    assert Connected.decode(Connected(4, bytes(16), 0x20).encode(V2), V3).status == 4
    with pytest.raises(Garbled):
        Connected.decode(Connected(0, bytes(16), 0x20).encode(V2), V3)


@pytest.mark.parametrize(("name", "version"), [("submit2", V2), ("submit3", V3)])
def test_submit_is_the_golden_packet(name: str, version: Version) -> None:
    submit = Submit(
        "13500002696", "测试gocmpp submit".encode("utf-16-be"), "900001", "900001", "test",
        Tariff(2, "13500002696", "02", "10"), valid="151105131555101+",
    )  # fmt: skip
    assert Packet(Command.SUBMIT, 0x17, submit.encode(version)).encode() == GOLDEN[name]
    assert Submit.decode(only(GOLDEN[name]).body, version) == submit


@pytest.mark.parametrize(
    ("name", "version", "sequence", "msg_id"),
    [("deliver2", V2, 5, 13052947396898652160), ("deliver3", V3, 1, 13025908756704198656)],
)
def test_deliver_is_the_golden_packet(name: str, version: Version, sequence: int, msg_id: int) -> None:
    deliver = Deliver(msg_id, "13412340000", b"This is a test MO.", "900001", form=0)
    assert Packet(Command.DELIVER, sequence, deliver.encode(version)).encode() == GOLDEN[name]
    assert Deliver.decode(only(GOLDEN[name]).body, version) == deliver
    assert deliver.body.text == "This is a test MO."


@pytest.mark.parametrize(
    ("name", "version", "sequence", "msg_id"),
    [("taken2", V2, 5, 13052947396898652160), ("taken3", V3, 1, 13025908756704198656)],
)
def test_the_answer_to_deliver_is_the_golden_packet(name: str, version: Version, sequence: int, msg_id: int) -> None:
    request = Packet(Command.DELIVER, sequence)
    assert request.answered(Taken(msg_id, 0).encode(version)).encode() == GOLDEN[name]
    assert Taken.decode(only(GOLDEN[name]).body, version) == Taken(msg_id, 0)


def test_active_test_is_the_golden_packet_and_so_is_its_answer() -> None:
    request = Packet(Command.ACTIVE_TEST, 1)
    assert request.encode() == GOLDEN["active_test"]
    assert request.answered(b"\0").encode() == GOLDEN["active_test_answer"]


def test_a_status_report_is_the_golden_one() -> None:
    receipt = Receipt(13025908756704198656, "DELIVRD", "13412340000", "1511120955", "1511120957", 0x12345678)
    assert receipt.encode(V2) == GOLDEN["receipt"]
    assert Receipt.decode(GOLDEN["receipt"]) == receipt
    assert Receipt.decode(receipt.encode(V3)) == receipt


def test_gbk_is_read() -> None:
    assert Deliver(1, "1", "收到".encode("gb18030"), form=15).body.text == "收到"


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_any_bytes_are_packets_or_garbled(chunks: list[bytes]) -> None:
    cutter = Cutter()
    try:
        found = [packet for chunk in chunks for packet in cutter.feed(chunk)]
    except Garbled:
        return
    assert all(len(packet.body) <= LONGEST for packet in found)


PACKETS = [GOLDEN[name] for name in ("connect", "submit2", "deliver3", "active_test", "taken2")]


@given(st.lists(st.sampled_from(PACKETS), max_size=5), st.lists(st.integers(0, 700), max_size=6))
def test_where_the_bytes_are_split_makes_no_difference(packets: list[bytes], places: list[int]) -> None:
    data = b"".join(packets)
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    cutter = Cutter()
    found = [one.encode() for low, high in itertools.pairwise(edges) for one in cutter.feed(data[low:high])]
    assert found == packets
    assert not cutter.halfway


@given(st.binary(max_size=260), st.sampled_from([V2, V3]))
def test_any_body_is_read_or_garbled(body: bytes, version: Version) -> None:
    readers: list[Any] = [
        lambda: Connect.decode(body),
        lambda: Connected.decode(body, version),
        lambda: Submit.decode(body, version).body.text,
        lambda: Deliver.decode(body, version).body.text,
        lambda: Taken.decode(body, version),
        lambda: Receipt.decode(body),
    ]
    for read in readers:
        try:
            read()
        except Garbled:
            continue


@given(st.binary(max_size=140), st.sampled_from([V2, V3]), st.booleans())
def test_what_is_written_is_read_back(content: bytes, version: Version, is_report: bool) -> None:
    deliver = Deliver(7, "13800138000", content, "10690", "svc", is_report=is_report)
    assert Deliver.decode(deliver.encode(version), version) == deliver
    submit = Submit("13800138000", content, "900001", "10690", total=3, number=2, with_header=True)
    assert Submit.decode(submit.encode(version), version) == submit


@pytest.mark.parametrize("text", ["名", "9" * 7])
def test_what_does_not_fit_its_field_is_not_sent(text: str) -> None:
    with pytest.raises(Garbled):
        Submit("138", b"", text, "10690").encode(V2)
    with pytest.raises(Garbled):
        Submit("138", bytes(141), "900001", "10690").encode(V2)
