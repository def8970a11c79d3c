"""Bad wires and bad modems: noise between all lines, slow and doubled bytes, floods, anything at all."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.contract import MessageAcceptedLate, MessageDelivered, MessageReceived
from custodyd_drivers.errors import DeviceError
from custodyd_drivers.gsm_modem.exchange import Exchange
from custodyd_drivers.gsm_modem.frames import LONGEST, PROMPT, Cutter, Final, Line, final_of
from custodyd_simulators.faults import Faults
from custodyd_simulators.hands import Sms

TO = "+8613800138000"
LONG = "案卷" * 60
NOISE = [
    b"\r\n^RSSI:17\r\n",
    b"\r\n^BOOT:12345678,0,0,0,77\r\n",
    b"\r\n+CREG: 1\r\n",
    b"\r\nRING\r\n",
    b"\r\n\xff\xfe\r\n",
]


async def test_twenty_messages_leave_while_the_modem_chatters(bench) -> None:
    modem = await bench.started(submit_timeout_s=10.0)
    bench.listen(modem)

    async def chatter() -> None:
        while True:
            for noise in NOISE:
                bench.wire.inject(noise)
            await asyncio.sleep(0.001)  # as dense as the line allows, not a wait for anything

    chattering = asyncio.create_task(chatter())
    texts = [f"第{number}次提醒" for number in range(20)]
    references = [await modem.send(TO, text) for text in texts]
    await bench.until(lambda: len(bench.of(MessageDelivered)) == 20)
    chattering.cancel()
    assert {report.reference for report in bench.of(MessageDelivered)} == {each for (each,) in references}
    assert [sms.text for sms in bench.hand.inbox] == texts
    assert modem.ignored > 20


@pytest.mark.parametrize(
    "faults",
    [
        Faults(pause_s=0.0002),
        Faults(delay_s=0.02),
        Faults(double=1000),
        Faults(junk=b"\x00\xff~"),
        Faults(junk=b"\r\n^RSSI:12\r\n"),
    ],
    ids=["byte by byte", "late", "doubled", "junk", "chatter"],
)
async def test_a_message_leaves_exactly_once_over_every_bad_wire(bench, faults: Faults) -> None:
    bench.wire.faults = faults
    modem = await bench.started(timeout_s=3.0, submit_timeout_s=5.0)
    references = await modem.send(TO, LONG)
    await bench.until(lambda: bench.hand.inbox)
    assert list(bench.hand.inbox) == [Sms(TO, LONG, 2)]
    assert list(references) == [reference for reference, _ in bench.hand.taken]


@pytest.mark.parametrize("seed", range(12))
async def test_over_a_corrupting_wire_no_message_leaves_twice(bench, seed: int) -> None:
    modem = await bench.started(timeout_s=0.3, submit_timeout_s=0.3)
    bench.wire.faults = Faults(corrupt=6, seed=seed)
    for number in range(3):
        try:
            references = await modem.send(TO, f"第{number}次")
        except DeviceError:
            continue
        assert len(references) == 1
    bench.wire.faults = Faults()
    texts = [part.body.text for _, part in bench.hand.taken]
    assert len(texts) == len(set(texts))


@given(st.lists(st.binary(max_size=80), max_size=12))
def test_any_bytes_are_cut_into_short_lines_however_they_come(chunks: list[bytes]) -> None:
    cutter = Cutter()
    for line in (line for chunk in chunks for line in cutter.feed(chunk)):
        assert 0 < len(line.head) <= LONGEST
        assert len(line.body) <= LONGEST
        assert "\r" not in line.head + line.body


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_where_the_bytes_are_split_makes_no_difference(data: bytes, places: list[int]) -> None:
    data = data.replace(b">", b"")  # a prompt is told from a line by what has not come yet
    edges = [0, *sorted(places), len(data)]
    cutter = Cutter()
    lines = [line for low, high in itertools.pairwise(edges) for line in cutter.feed(data[low:high])]
    assert lines == Cutter().feed(data)


def test_an_endless_line_is_dropped_and_the_next_one_is_heard() -> None:
    cutter = Cutter()
    for _ in range(100):
        assert cutter.feed(b"A" * 1000) == []
    assert cutter.feed(b"\r\nOK\r\n") == [Line("OK")]
    assert cutter.dropped == 1


def test_a_pdu_finds_its_head_across_noise() -> None:
    assert Cutter().feed(b"\r\n+CDS: 26\r\n\r\n^RSSI:12\r\n0011\r\n") == [Line("^RSSI:12"), Line("+CDS: 26", "0011")]


def test_an_empty_slot_ends_with_the_answer() -> None:
    assert Cutter().feed(b"+CMGR: 0,,0\r\nOK\r\n") == [Line("+CMGR: 0,,0"), Line("OK")]


@pytest.mark.parametrize("data", [b"\r\n> ", b"\r\n>", b"> \r\n", b"\r\n^RSSI:12\r\n\r\n> "])
def test_the_prompt_is_seen_with_and_without_its_space(data: bytes) -> None:
    assert PROMPT in Cutter().feed(data)


def test_the_prompts_own_space_does_not_hide_the_next_line() -> None:
    cutter = Cutter()
    assert cutter.feed(b"\r\n>") == [PROMPT]
    assert cutter.feed(b" \r\n+CMGS: 7\r\n") == [Line("+CMGS: 7")]


@pytest.mark.parametrize(
    ("text", "final"),
    [
        ("OK", Final()),
        ("ERROR", Final("?")),
        ("COMMAND NOT SUPPORT", Final("?")),
        ("+CMS ERROR: 304", Final("S", 304)),
        ("+CME ERROR: 14", Final("E", 14)),
        ("+CME ERROR: SIM busy", Final("E")),
        ("+CSQ: 1,2", None),
    ],
)
def test_final_results_are_told_from_the_rest(text: str, final: Final | None) -> None:
    assert final_of(Line(text)) == final


def test_a_late_ok_does_not_end_a_query_that_needs_an_answer() -> None:
    exchange = Exchange("AT+CSQ", "+CSQ:", need=True)
    assert not exchange.take(Line("OK"))
    assert exchange.take(Line("+CSQ: 20,99"))
    assert exchange.take(Line("OK"))
    assert exchange.final == Final()


def test_a_late_reference_is_not_this_submissions_before_its_pdu_left() -> None:
    exchange = Exchange("AT+CMGS=20", "+CMGS:", submission=True)
    assert not exchange.take(Line("+CMGS: 7"))
    assert not exchange.take(Line("OK"))
    assert exchange.take(PROMPT)
    exchange.handed = True
    assert exchange.take(Line("+CMGS: 8"))


async def test_a_flood_of_announcements_ends_in_one_look_through_the_storage(bench) -> None:
    modem = await bench.started()
    before = bench.wire.heard
    for index in range(1000):
        bench.wire.inject(b'\r\n+CMTI: "ME",%d\r\n' % (index + 900))
    bench.hand.text(TO, "收到")
    await bench.until(lambda: bench.hand.stored == 1)
    bench.listen(modem)
    await bench.until(lambda: bench.of(MessageReceived))
    await bench.until(lambda: bench.hand.stored == 0)
    assert bench.of(MessageReceived) == [MessageReceived(TO, "收到")]
    assert bench.wire.heard - before < 300 * len(b"AT+CMGR=1000\r")  # not one question for each announcement


async def test_a_reference_out_of_nowhere_is_nobodys(bench) -> None:
    modem = await bench.started(poll_s=0.1)
    bench.listen(modem)
    bench.wire.inject(b"\r\n+CMGS: 77\r\n\r\nOK\r\n")
    await bench.until(lambda: modem.ignored >= 1 and len(bench.reports) >= 2)
    assert not bench.of(MessageAcceptedLate)
    (reference,) = await modem.send(TO, "一")
    assert [reference] == [taken for taken, _ in bench.hand.taken]


@given(st.text(max_size=40), st.booleans(), st.booleans(), st.booleans())
def test_an_exchange_takes_any_line_without_a_fault(head: str, need: bool, strict: bool, submission: bool) -> None:
    exchange = Exchange("AT+CSQ", "+CSQ:", need=need, strict=strict, submission=submission)
    exchange.take(Line(head))
    assert len(exchange.lines) <= 1
