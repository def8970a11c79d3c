"""What every gateway must do, whatever it speaks: over a real connection to its twin."""

import asyncio
import time
from typing import Any

import pytest
from tests.drivers.gateways.rig import Make, Stand

from custodyd_drivers.cmpp import Settings as Cmpp
from custodyd_drivers.contract import (
    Answered,
    MessageAcceptedLate,
    MessageDelivered,
    MessageReceived,
    Proof,
    SmsGateway,
)
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply, Refused, Unanswered
from custodyd_drivers.smpp import Settings as Smpp
from custodyd_drivers.sms.partly import PartlyRefused
from custodyd_simulators.centre import Kind, Silence
from custodyd_simulators.cmpp import TWIN as CMPP
from custodyd_simulators.smpp import TWIN as SMPP

TO, OTHER = "+8613800138000", "+8613900139000"
LONG = "案卷" * 60 + "😀"
TIMES: dict[str, Any] = {"timeout_s": 1.0, "submit_timeout_s": 2.0, "poll_s": 30.0}
ACCOUNT: dict[str, Any] = {"host": "127.0.0.1", "credential": "secret", **TIMES}
CMPP_2 = ("cmpp", CMPP, Cmpp(sp_id="900001", source="106900001", **ACCOUNT))
CMPP_3 = ("cmpp", CMPP, Cmpp(sp_id="900001", source="106900001", version="3.0", **ACCOUNT))
SMPP_3 = ("smpp", SMPP, Smpp(system_id="custodyd", source="106900001", **ACCOUNT))
GATEWAYS = {"cmpp-2.0": CMPP_2, "cmpp-3.0": CMPP_3, "smpp": SMPP_3}
LASTING = {"cmpp": 13, "smpp": 0x0B}
"""The protocol's number for a recipient that does not exist."""
PASSING = {"cmpp": 8, "smpp": 0x58}
"""Its number for too many messages at once."""


@pytest.fixture(params=GATEWAYS)
def stand(request: pytest.FixtureRequest, make: Make) -> Stand:
    return make(*GATEWAYS[request.param])


async def test_a_message_reaches_the_handset_and_its_report_comes_back(stand: Stand) -> None:
    gateway = await stand.started()
    assert isinstance(gateway, SmsGateway)
    (reference,) = await gateway.send(TO, "案卷A2026-0142今日到期。")
    await stand.until(lambda: stand.of(MessageDelivered))
    (report,) = stand.of(MessageDelivered)
    assert (report.reference, report.arrived, report.final) == (reference, True, True)
    (sms,) = stand.hand.inbox
    assert (sms.text, sms.parts) == ("案卷A2026-0142今日到期。", 1)
    assert sms.recipient in TO


async def test_every_part_of_a_long_message_has_its_own_report(stand: Stand) -> None:
    gateway = await stand.started()
    references = await gateway.send(TO, LONG)
    assert len(set(references)) == 2
    await stand.until(lambda: len(stand.of(MessageDelivered)) == 2)
    assert {report.reference for report in stand.of(MessageDelivered)} == set(references)
    assert [(sms.text, sms.parts) for sms in stand.hand.inbox] == [(LONG, 2)]


async def test_references_fit_into_an_entry(stand: Stand) -> None:
    gateway = await stand.started()
    references = [reference for _ in range(20) for reference in await gateway.send(TO, "一")]
    assert len(set(references)) == 20
    assert all(0 <= reference < 2**53 for reference in references)


async def test_what_a_person_writes_is_reported_once(stand: Stand) -> None:
    await stand.started()
    stand.hand.text(OTHER, LONG)
    stand.hand.text(OTHER, "7K4M")
    await stand.until(lambda: len(stand.of(MessageReceived)) == 2)
    assert {(one.sender in OTHER, one.text) for one in stand.of(MessageReceived)} == {(True, LONG), (True, "7K4M")}


async def test_a_report_that_nobody_took_comes_again_to_the_next_connection(stand: Stand) -> None:
    first = await stand.started(listening=False)
    references = await first.send(TO, "一")
    await stand.until(lambda: stand.hand.inbox)
    await first.close()
    await stand.started()
    await stand.until(lambda: stand.of(MessageDelivered))
    assert [report.reference for report in stand.of(MessageDelivered)] == list(references)


@pytest.mark.parametrize("kind", [Kind.EXPIRED, Kind.UNDELIVERABLE, Kind.REJECTED])
async def test_a_message_that_does_not_arrive_is_told_so(stand: Stand, kind: Kind) -> None:
    gateway = await stand.started()
    stand.hand.knobs.kinds.append(kind)
    await gateway.send(TO, "一")
    await stand.until(lambda: stand.of(MessageDelivered))
    (report,) = stand.of(MessageDelivered)
    assert (report.arrived, report.final) == (False, True)
    assert not stand.hand.inbox


async def test_a_network_that_does_not_know_is_no_last_word(stand: Stand) -> None:
    gateway = await stand.started()
    stand.hand.knobs.kinds.append(Kind.UNKNOWN)
    await gateway.send(TO, "一")
    await stand.until(lambda: stand.of(MessageDelivered))
    (report,) = stand.of(MessageDelivered)
    assert (report.arrived, report.final) == (False, False)


@pytest.mark.parametrize("lasting", [True, False])
async def test_a_refusal_says_whether_trying_again_is_of_use(stand: Stand, lasting: bool) -> None:
    gateway = await stand.started()
    code = (LASTING if lasting else PASSING)[stand.family.name]
    stand.hand.knobs.errors.append(code)
    with pytest.raises(Refused) as caught:
        await gateway.send(TO, "一")
    assert (caught.value.code, caught.value.lasting) == (code, lasting)
    await gateway.send(TO, "二")
    await stand.until(lambda: stand.hand.inbox)
    assert [sms.text for sms in stand.hand.inbox] == ["二"]


async def test_a_refused_later_part_says_which_parts_had_left(stand: Stand) -> None:
    gateway = await stand.started()
    stand.hand.knobs.errors.extend([0, PASSING[stand.family.name]])
    with pytest.raises(PartlyRefused) as caught:
        await gateway.send(TO, LONG)
    assert len(caught.value.handed) == 1


@pytest.mark.parametrize("silence", list(Silence))
async def test_silence_after_the_hand_over_is_unknown_and_nothing_is_sent_twice(stand: Stand, silence: Silence) -> None:
    gateway = await stand.started(submit_timeout_s=0.3)
    stand.hand.knobs.silences.append(silence)
    with pytest.raises(Unanswered) as caught:
        await gateway.send(TO, "一")
    assert (caught.value.handed, caught.value.left) == ((), 0)
    await gateway.send(OTHER, "二")
    await stand.until(lambda: "二" in [sms.text for sms in stand.hand.inbox])
    assert [sms.text for sms in stand.hand.inbox].count("一") == (silence is Silence.TAKEN)


async def test_a_late_acceptance_is_reported_for_its_own_hand_over(stand: Stand) -> None:
    gateway = await stand.started(submit_timeout_s=0.2)
    stand.hand.knobs.accept_s = 0.5
    with pytest.raises(Unanswered) as caught:
        await gateway.send(TO, "一")
    stand.hand.knobs.accept_s = 0.0
    await gateway.send(OTHER, "二")
    await stand.until(lambda: len(stand.of(MessageDelivered)) == 2)
    (late,) = stand.of(MessageAcceptedLate)
    assert late.handover == caught.value.handover
    assert late.reference in [report.reference for report in stand.of(MessageDelivered)]
    assert len(stand.hand.inbox) == 2


async def test_a_connection_cut_after_the_hand_over_leaves_it_unknown_within_a_second(stand: Stand) -> None:
    gateway = await stand.started(submit_timeout_s=30.0)
    stand.hand.knobs.accept_s = 20.0
    sending = asyncio.create_task(gateway.send(TO, "一"))
    heard = stand.wire.heard
    await stand.until(lambda: stand.wire.heard > heard)
    await asyncio.sleep(0.1)  # the whole packet is on its way by then, and no answer comes for long
    began = time.monotonic()
    await asyncio.to_thread(stand.wire.unplug)
    with pytest.raises(NoReply):
        await sending
    assert time.monotonic() - began < 1.0
    with pytest.raises(LinkLost) as caught:
        await gateway.send(OTHER, "二")
    assert not isinstance(caught.value, NoReply), "the second message surely did not leave"


async def test_the_reports_of_an_idle_gateway_end_within_a_second_of_its_end(stand: Stand) -> None:
    gateway = await stand.started(listening=False)
    listening = stand.listen(gateway)
    await stand.until(lambda: stand.reports)
    began = time.monotonic()
    await asyncio.to_thread(stand.wire.unplug)
    with pytest.raises(LinkLost):
        await listening
    assert time.monotonic() - began < 1.0


async def test_silence_to_a_look_ends_the_reports(stand: Stand) -> None:
    gateway = await stand.started(listening=False, poll_s=0.1, timeout_s=0.3)
    listening = stand.listen(gateway)
    await stand.until(lambda: len(stand.of(Answered)) >= 2)
    stand.wire.faults.mute = True
    with pytest.raises(NoReply):
        await listening


async def test_nothing_is_there(stand: Stand) -> None:
    await asyncio.to_thread(stand.wire.unplug)
    with pytest.raises(LinkLost):
        await stand.started()


@pytest.mark.parametrize("text", ["长" * 600, "a" * 2000])
async def test_a_text_of_too_many_parts_is_refused_before_anything_leaves(stand: Stand, text: str) -> None:
    gateway = await stand.started()
    with pytest.raises(Refused) as caught:
        await gateway.send(TO, text)
    assert caught.value.lasting
    assert not stand.hand.taken


@pytest.mark.parametrize("recipient", ["", "abc", "+86 138", "13800138000\r\n", "١٣٨٠٠١٣٨٠٠٠"])
async def test_what_is_no_telephone_number_is_refused(stand: Stand, recipient: str) -> None:
    gateway = await stand.started()
    with pytest.raises(Refused):
        await gateway.send(recipient, "一")


async def test_a_secret_that_is_not_there_is_told_by_its_name(stand: Stand) -> None:
    with pytest.raises(Refused, match="nowhere") as caught:
        await stand.started(credential="nowhere")
    assert caught.value.lasting


async def test_a_wrong_secret_is_refused_for_good_and_named_nowhere(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    stand.hand.trust(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret").write_text("wrong")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "elsewhere"))
    with pytest.raises(Refused) as caught:
        await stand.started()
    assert caught.value.lasting
    assert "wrong" not in str(caught.value).split()[-1:]


async def test_two_messages_at_once_leave_whole(stand: Stand) -> None:
    gateway = await stand.started()
    stand.hand.knobs.accept_s = 0.02
    async with asyncio.TaskGroup() as group:
        for to in (TO, OTHER):
            group.create_task(gateway.send(to, LONG))
    await stand.until(lambda: len(stand.hand.inbox) == 2)
    assert {sms.text for sms in stand.hand.inbox} == {LONG}


@pytest.mark.parametrize("step", range(0, 24, 2))
async def test_a_send_cancelled_at_any_moment_leaves_the_gateway_usable(stand: Stand, step: int) -> None:
    gateway = await stand.started()
    stand.hand.knobs.accept_s = 0.02
    sending = asyncio.create_task(gateway.send(TO, LONG))
    await asyncio.sleep(step * 0.005)  # the moment itself is what is varied
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await gateway.send(OTHER, "二")
    await stand.until(lambda: "二" in [sms.text for sms in stand.hand.inbox])
    assert len([part for _, part in stand.hand.taken if part.recipient in TO]) <= 2


async def test_closing_is_safe_before_the_start_and_twice(stand: Stand) -> None:
    gateway = stand.driver()
    await gateway.close()
    await gateway.close()
    with pytest.raises(DeviceError):
        await gateway.send(TO, "一")


async def test_it_is_known_by_the_secret_that_both_share(stand: Stand) -> None:
    identity = await stand.driver().start()
    assert identity.proof in (Proof.TOKEN, Proof.ADDRESS)
    assert str(stand.settings.tcp_port) in identity.value


def test_the_family_speaks_both_languages(stand: Stand) -> None:
    assert {"zh-CN", "en"} <= set(stand.family.caption)
