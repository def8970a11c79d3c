"""What comes in: stored or direct, in parts, on every make of modem, and never lost between modem and consumer."""

import pytest

from custodyd_drivers.contract import MessageDelivered, MessageReceived
from custodyd_drivers.gsm_modem.driver import Modem
from custodyd_drivers.gsm_modem.pdu import Deliver
from custodyd_drivers.sms.body import split
from custodyd_drivers.sms.joining import GAP, MOST_WAITING, WAIT_S, Joined, Joiner

TO, PERSON = "+8613800138000", "+8613900139000"
LONG = "请把案卷放回三号柜，钥匙在值班室。😀" * 6


async def test_direct_reports_are_read_where_the_modem_stores_none(bench) -> None:
    bench.hand.quirks.refused_routes = ("2,1,0,2,0", "2,1,0,2")
    modem = await bench.started()
    bench.listen(modem)
    references = await modem.send(TO, LONG)
    await bench.until(lambda: len(bench.of(MessageDelivered)) == len(references))
    assert {report.reference for report in bench.of(MessageDelivered)} == set(references)
    await bench.until(lambda: bench.hand.voice.modem.unacknowledged == 0)


async def test_reports_in_a_memory_of_their_own_are_found_there(bench) -> None:
    bench.hand.quirks.report_memory = "SR"
    modem = await bench.started()
    bench.listen(modem)
    references = await modem.send(TO, LONG)
    await bench.until(lambda: len(bench.of(MessageDelivered)) == len(references))
    bench.hand.text(PERSON, "收到")
    await bench.until(lambda: bench.of(MessageReceived))
    await bench.until(lambda: bench.hand.stored == 0)


async def test_direct_messages_are_read_and_acknowledged(bench) -> None:
    modem = await bench.started()
    bench.hand.voice.modem.routes = (2, 2, 0, 1, 0)
    bench.listen(modem)
    bench.hand.text(PERSON, LONG)
    bench.hand.text(PERSON, "OK")
    await bench.until(lambda: len(bench.of(MessageReceived)) == 2)
    assert set(bench.of(MessageReceived)) == {MessageReceived(PERSON, LONG), MessageReceived(PERSON, "OK")}
    await bench.until(lambda: bench.hand.voice.modem.unacknowledged == 0)


async def test_what_came_in_while_nobody_listened_is_reported_at_the_start(bench) -> None:
    first = await bench.started()
    bench.hand.text(PERSON, LONG)
    await first.send(TO, "到期")
    await bench.until(lambda: bench.hand.stored >= 2)
    await first.close()
    bench.listen(await bench.started())
    await bench.until(lambda: bench.of(MessageReceived) and bench.of(MessageDelivered))
    assert bench.of(MessageReceived) == [MessageReceived(PERSON, LONG)]
    await bench.until(lambda: bench.hand.stored == 0)


async def test_a_consumer_that_dies_over_a_report_gets_it_again(bench) -> None:
    first = await bench.started()
    bench.hand.text(PERSON, "收到")
    async for report in first.reports():
        if isinstance(report, MessageReceived):
            break  # before it came back for the next one
    await first.close()
    assert bench.hand.stored == 1
    bench.listen(await bench.started())
    await bench.until(lambda: bench.of(MessageReceived) == [MessageReceived(PERSON, "收到")])
    await bench.until(lambda: bench.hand.stored == 0)


@pytest.mark.parametrize("says_full", [True, False])
async def test_a_full_storage_is_emptied_and_what_waited_comes_in(bench, says_full: bool) -> None:
    bench.hand.shrink(2)
    bench.hand.quirks.says_full = says_full
    modem = await bench.started()
    for number in range(6):
        bench.hand.text(PERSON, f"第{number}条")
    await bench.until(lambda: bench.hand.stored == 2)
    bench.listen(modem)
    await bench.until(lambda: len(bench.of(MessageReceived)) == 6)
    assert {report.text for report in bench.of(MessageReceived)} == {f"第{number}条" for number in range(6)}


async def test_a_failed_delivery_is_told_as_the_network_told_it(bench) -> None:
    modem = await bench.started()
    bench.listen(modem)
    bench.hand.knobs.statuses.extend([0x30, 0x46])
    await modem.send(TO, "一")
    await modem.send(TO, "二")
    await bench.until(lambda: len(bench.of(MessageDelivered)) == 2)
    assert [(report.status, report.arrived, report.final) for report in bench.of(MessageDelivered)] == [
        (0x30, False, False),
        (0x46, False, True),
    ]
    assert not bench.hand.inbox


async def test_a_stored_message_that_is_none_is_deleted_and_counted(bench) -> None:
    bench.hand.voice.modem.memories["ME"].store(b"\x00\xff\xff")
    modem = await bench.started()
    bench.listen(modem)
    await bench.until(lambda: bench.hand.stored == 0)
    assert modem.garbled == 1


def _joiner() -> Joiner[int]:
    return Joiner()


def test_parts_join_in_any_order_and_the_same_part_twice_is_once() -> None:
    joiner, parts = _joiner(), split(LONG, 3)
    assert len(parts) == 2
    assert joiner.take(PERSON, parts[1], 1, now=0.0) == []
    assert joiner.take(PERSON, parts[1], 1, now=1.0) == []
    assert joiner.take(PERSON, parts[0], 2, now=2.0) == [Joined(PERSON, LONG, (1, 2))]


def test_parts_of_two_people_never_mix() -> None:
    joiner, parts = _joiner(), split(LONG, 3)
    joiner.take(PERSON, parts[0], 1, now=0.0)
    assert joiner.take(TO, parts[1], 2, now=0.0) == []


def test_a_message_whose_rest_never_comes_is_told_with_its_gap() -> None:
    joiner, parts = _joiner(), split(LONG, 3)
    joiner.take(PERSON, parts[1], 7, now=0.0)
    assert joiner.expired(WAIT_S - 1) == []
    assert joiner.expired(WAIT_S) == [Joined(PERSON, GAP + parts[1].text, (7,))]
    assert joiner.expired(WAIT_S) == []


def test_a_flood_of_first_parts_pushes_out_the_oldest() -> None:
    joiner = _joiner()
    for number in range(MOST_WAITING):
        assert joiner.take(f"+{number:05}", split(LONG, 3)[0], number, now=float(number)) == []
    (pushed,) = joiner.take(PERSON, split(LONG, 3)[0], 99, now=99.0)
    assert (pushed.sender, pushed.kept) == ("+00000", (0,))


async def test_an_incomplete_message_is_told_by_the_driver_and_deleted_once_its_time_is_over(
    bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custodyd_drivers.sms.joining.WAIT_S", 0.2)
    modem: Modem = await bench.started(poll_s=0.1)
    first, _ = split(LONG, 3)
    bench.hand.voice.modem.receive(Deliver(PERSON, first))
    bench.listen(modem)
    await bench.until(lambda: bench.of(MessageReceived))
    assert bench.of(MessageReceived)[0].text == first.text + GAP
    await bench.until(lambda: bench.hand.stored == 0)
