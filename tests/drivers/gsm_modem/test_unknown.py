"""What is unknown stays unknown: silence, unplugging and late answers around the hand-over of a message."""

import asyncio
import time

import pytest

from custodyd_drivers.contract import MessageAcceptedLate, MessageDelivered
from custodyd_drivers.errors import LinkLost, NoReply, Refused, Unanswered
from custodyd_drivers.sms.partly import PartlyLost, PartlyRefused
from custodyd_simulators.gsm_modem import Silence
from custodyd_simulators.hands import Sms

TO, OTHER = "+8613800138000", "+8613900139000"
LONG = "案卷" * 60


@pytest.mark.parametrize("silence", list(Silence))
async def test_a_modem_silent_after_the_pdu_leaves_it_unknown_and_nothing_is_sent_twice(bench, silence) -> None:
    modem = await bench.started(submit_timeout_s=0.3)
    bench.hand.knobs.silences.append(silence)
    with pytest.raises(NoReply):
        await modem.send(TO, "一")
    await modem.send(OTHER, "二")
    await bench.until(lambda: Sms(OTHER, "二", 1) in bench.hand.inbox)
    assert bench.hand.inbox.count(Sms(TO, "一", 1)) == (silence is Silence.TAKEN)
    assert len(bench.hand.inbox) == 1 + (silence is Silence.TAKEN)


async def test_a_late_acceptance_is_reported_for_its_own_hand_over_and_never_taken_for_the_next(bench) -> None:
    modem = await bench.started(submit_timeout_s=0.2)
    bench.listen(modem)
    await bench.until(lambda: bench.reports)
    bench.hand.knobs.accept_s = 0.6
    with pytest.raises(Unanswered) as caught:
        await modem.send(TO, "一")
    assert (caught.value.handed, caught.value.left) == ((), 0)
    bench.hand.knobs.accept_s = 0.0
    references = await modem.send(OTHER, "二")
    assert [reference for reference, part in bench.hand.taken if part.recipient == OTHER] == list(references)
    await bench.until(lambda: len(bench.of(MessageDelivered)) == 2)
    (late,) = bench.of(MessageAcceptedLate)
    assert late.handover == caught.value.handover
    assert (late.reference, TO) in [(reference, part.recipient) for reference, part in bench.hand.taken]
    assert len(bench.hand.inbox) == 2


async def test_a_late_refusal_is_not_taken_for_the_next_message(bench) -> None:
    modem = await bench.started(submit_timeout_s=0.2)
    bench.hand.knobs.accept_s = 0.5
    bench.hand.knobs.errors.append(38)
    with pytest.raises(NoReply):
        await modem.send(TO, "一")
    bench.hand.knobs.accept_s = 0.0
    assert len(await modem.send(OTHER, "二")) == 1


async def test_a_modem_that_gives_no_prompt_surely_sent_nothing(bench) -> None:
    modem = await bench.started(timeout_s=0.3)
    bench.wire.faults.mute = True
    with pytest.raises(LinkLost) as caught:
        await modem.send(TO, "一")
    assert not isinstance(caught.value, NoReply)
    bench.wire.faults.clear()
    assert len(await modem.send(TO, "二")) == 1  # the forgotten prompt was left first
    await bench.until(lambda: bench.hand.inbox)
    assert list(bench.hand.inbox) == [Sms(TO, "二", 1)]


async def test_unplugging_after_the_hand_over_leaves_it_unknown_within_a_second(bench) -> None:
    modem = await bench.started(submit_timeout_s=30.0)
    bench.hand.knobs.accept_s = 20.0
    sending = asyncio.create_task(modem.send(TO, "一"))
    await bench.until(lambda: bench.hand.voice._busy)
    began = time.monotonic()
    bench.wire.unplug()
    with pytest.raises(NoReply):
        await sending
    assert time.monotonic() - began < 1.0


async def test_unplugging_an_idle_modem_ends_its_reports_within_a_second(bench) -> None:
    modem = await bench.started()
    listening = bench.listen(modem)
    await bench.until(lambda: bench.reports)
    began = time.monotonic()
    bench.wire.unplug()
    with pytest.raises(LinkLost):
        await listening
    assert time.monotonic() - began < 1.0
    with pytest.raises(LinkLost):
        await modem.send(TO, "一")


async def test_a_returned_modem_serves_a_new_driver_object(bench) -> None:
    first = await bench.started()
    bench.wire.unplug()
    await first.close()
    bench.wire.plug()
    second = await bench.started()
    await second.send(TO, "一")
    await bench.until(lambda: bench.hand.inbox)


async def test_silence_to_a_look_at_the_network_ends_the_reports(bench) -> None:
    modem = await bench.started(poll_s=0.1, timeout_s=0.3)
    listening = bench.listen(modem)
    await bench.until(lambda: bench.reports)
    bench.wire.faults.mute = True
    with pytest.raises(NoReply):
        await listening


async def test_an_acceptance_without_a_readable_reference_is_unknown(bench) -> None:
    modem = await bench.started(submit_timeout_s=0.5)
    bench.hand.knobs.silences.append(Silence.TAKEN)
    sending = asyncio.create_task(modem.send(TO, "一"))
    await bench.until(lambda: bench.hand.arrived)
    bench.wire.inject(b"\r\n+CMGS: 9x9\r\n\r\nOK\r\n")
    with pytest.raises(NoReply):
        await sending


@pytest.mark.parametrize(
    ("fail", "expected"),
    [
        (lambda hand: hand.knobs.errors.append(38), PartlyRefused),
        (lambda hand: hand.knobs.silences.append(Silence.LOST), Unanswered),
    ],
)
async def test_a_message_that_left_in_part_says_which_parts(bench, fail, expected) -> None:
    modem = await bench.started(submit_timeout_s=0.4)
    bench.hand.knobs.accept_s = 0.1
    sending = asyncio.create_task(modem.send(TO, LONG))
    await bench.until(lambda: bench.hand.taken)
    fail(bench.hand)
    with pytest.raises(expected) as caught:
        await sending
    assert caught.value.handed == (1,)
    assert isinstance(caught.value, Refused | LinkLost)


async def test_a_wire_lost_between_two_parts_says_that_one_had_left(bench) -> None:
    modem = await bench.started(submit_timeout_s=0.4, timeout_s=0.3)
    bench.hand.knobs.accept_s = 0.1
    sending = asyncio.create_task(modem.send(TO, LONG))
    await bench.until(lambda: bench.hand.voice.prompts == 1 and bench.hand.voice._busy)
    bench.wire.hearing.mute = True
    with pytest.raises(PartlyLost) as caught:
        await sending
    assert caught.value.handed == (1,)


@pytest.mark.parametrize("step", range(24))
async def test_a_send_cancelled_at_any_moment_leaves_the_dialogue_in_step(bench, step: int) -> None:
    modem = await bench.started()
    bench.hand.knobs.accept_s = 0.02
    sending = asyncio.create_task(modem.send(TO, LONG))
    await asyncio.sleep(step * 0.005)  # the moment itself is what is varied
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    references = await modem.send(OTHER, "二")
    assert [reference for reference, part in bench.hand.taken if part.recipient == OTHER] == list(references)
    assert len([part for _, part in bench.hand.taken if part.recipient == TO]) <= 2


@pytest.mark.parametrize("step", range(0, 40, 2))
async def test_a_start_cancelled_at_any_moment_leaves_the_modem_usable(bench, step: int) -> None:
    first = bench.modem()
    starting = asyncio.create_task(first.start())
    await asyncio.sleep(step * 0.002)  # the moment itself is what is varied
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await first.close()
    second = await bench.started()
    await second.send(TO, "一")


async def test_a_stale_answer_before_the_prompt_is_not_this_messages(bench) -> None:
    modem = await bench.started(timeout_s=3.0)
    bench.wire.faults.delay_s = 0.2
    sending = asyncio.create_task(modem.send(TO, "一"))
    await bench.until(lambda: bench.hand.voice.prompts == 1)
    bench.wire.inject(b"\r\n+CMGS: 99\r\n\r\nOK\r\n")
    assert await sending == (1,)
    await bench.until(lambda: len(bench.hand.inbox) == 1)


async def test_a_modem_busy_with_a_cancelled_message_is_waited_for(bench) -> None:
    modem = await bench.started(timeout_s=0.4, submit_timeout_s=10.0)
    bench.hand.knobs.accept_s = 1.5
    sending = asyncio.create_task(modem.send(TO, "一"))
    await bench.until(lambda: bench.hand.voice._busy)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    bench.listen(modem)
    assert await modem.send(OTHER, "二") == (2,)
    await bench.until(lambda: [late.reference for late in bench.of(MessageAcceptedLate)] == [1])


@pytest.mark.parametrize("refused", [False, True])
async def test_a_doubled_reference_of_a_settled_message_is_nobodys(bench, refused: bool) -> None:
    modem = await bench.started()
    bench.listen(modem)
    if refused:
        bench.hand.knobs.errors.append(38)
    await asyncio.gather(modem.send(TO, "一"), return_exceptions=True)
    before = modem.ignored
    bench.wire.inject(b"\r\n+CMGS: 1\r\n\r\nOK\r\n")
    await bench.until(lambda: modem.ignored >= before + 2)
    assert not bench.of(MessageAcceptedLate)
