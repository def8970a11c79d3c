"""The driver and the twin over a real pty: what leaves, what comes in, what a modem refuses."""

import asyncio
from importlib.metadata import entry_points

import pytest

from custodyd_drivers.catalogue import GROUP
from custodyd_drivers.contract import (
    Answered,
    MessageDelivered,
    MessageReceived,
    Proof,
    SignalChanged,
    SmsGateway,
)
from custodyd_drivers.errors import LinkLost
from custodyd_drivers.gsm_modem import FAMILY
from custodyd_simulators.hands import Sms

TO = "+8613800138000"
CHINESE = "案卷A2026-0142距办案期限还有24小时，请及时归还或办理延期。" * 5


async def test_a_reminder_reaches_the_handset_and_its_report_comes_back(bench) -> None:
    modem = await bench.started()
    assert isinstance(modem, SmsGateway)
    bench.listen(modem)
    references = await modem.send(TO, "案卷A2026-0142今日到期。")
    assert len(references) == 1
    await bench.until(lambda: bench.of(MessageDelivered))
    assert bench.of(MessageDelivered) == [MessageDelivered(references[0], TO, 0)]
    assert list(bench.hand.inbox) == [Sms(TO, "案卷A2026-0142今日到期。", 1)]


async def test_every_part_of_a_long_message_has_its_own_report(bench) -> None:
    modem = await bench.started()
    bench.listen(modem)
    references = await modem.send(TO, CHINESE)
    assert len(set(references)) == 3
    await bench.until(lambda: len(bench.of(MessageDelivered)) == 3)
    assert {report.reference for report in bench.of(MessageDelivered)} == set(references)
    assert list(bench.hand.inbox) == [Sms(TO, CHINESE, 3)]
    await bench.until(lambda: bench.hand.stored == 0)


async def test_the_modem_is_known_by_its_serial_number(bench) -> None:
    identity = await bench.modem().start()
    assert (identity.proof, identity.value) == (Proof.SERIAL, "490154203237518")
    assert identity.model == "Simulated modem"


async def test_the_first_look_tells_the_network_and_the_next_ones_that_the_modem_lives(bench) -> None:
    modem = await bench.started(poll_s=0.05)
    bench.listen(modem)
    await bench.until(lambda: len(bench.of(Answered)) >= 2)
    assert bench.reports[0] == SignalChanged(registered=True, quality=21)
    bench.hand.knobs.registered = False
    await bench.until(lambda: SignalChanged(registered=False, quality=None) in bench.reports)


async def test_a_long_message_to_us_is_reported_once_and_deleted(bench) -> None:
    modem = await bench.started()
    bench.listen(modem)
    await bench.until(lambda: bench.reports)
    bench.hand.text("+8613900139000", CHINESE + "😀")
    await bench.until(lambda: bench.of(MessageReceived))
    assert bench.of(MessageReceived) == [MessageReceived("+8613900139000", CHINESE + "😀")]
    await bench.until(lambda: bench.hand.stored == 0)


async def test_closing_is_safe_before_the_start_and_twice(bench) -> None:
    modem = bench.modem()
    await modem.close()
    await modem.close()


async def test_a_port_that_is_not_there_is_link_lost(bench) -> None:
    with pytest.raises(LinkLost):
        await bench.started(port=bench.settings.port + "-gone")


async def test_the_configured_service_centre_goes_with_every_part(bench) -> None:
    modem = await bench.started(smsc="+8613800100500")
    await modem.send(TO, CHINESE)
    await bench.until(lambda: bench.hand.inbox)
    assert list(bench.hand.inbox) == [Sms(TO, CHINESE, 3)]


async def test_two_messages_at_once_leave_one_after_the_other(bench) -> None:
    modem = await bench.started()
    bench.hand.knobs.accept_s = 0.02
    async with asyncio.TaskGroup() as group:
        first, second = (group.create_task(modem.send(to, CHINESE)) for to in (TO, "10086"))
    assert [reference for reference, _ in bench.hand.taken] == [*first.result(), *second.result()]
    await bench.until(lambda: len(bench.hand.inbox) == 2)
    assert {sms.recipient for sms in bench.hand.inbox} == {TO, "10086"}


def test_the_family_stands_in_the_catalogue_with_words_in_both_languages() -> None:
    (point,) = (point for point in entry_points(group=GROUP) if point.name == "gsm_modem")
    assert point.load() is FAMILY
    assert {"zh-CN", "en"} <= set(FAMILY.caption)
    assert isinstance(FAMILY.open(FAMILY.settings(port="none")), SmsGateway)
