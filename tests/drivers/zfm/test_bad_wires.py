"""The driver before every fault that a wire can have."""

import asyncio
import time

import pytest

from custodyd_drivers.contract import Answered, FingerMatched, FingerUnknown, Light
from custodyd_drivers.errors import Garbled, LinkLost, NoReply
from custodyd_drivers.zfm.frames import Code, Op, ack

WHOLE = {
    "byte by byte": {"pause_s": 0.002},
    "late": {"delay_s": 0.15},
    "after junk": {"junk": b"\x55\x00\xef\xff"},
    "after a false start": {"junk": b"\xef\x01\x55"},
}


@pytest.mark.parametrize("faults", WHOLE.values(), ids=WHOLE)
async def test_a_wire_that_loses_nothing_is_only_slow(bench, faults):
    one = await bench(started=False)
    for knob, value in faults.items():
        setattr(one.wire.faults, knob, value)
    one.hand.store(17, "wang")
    await one.start()
    one.listen()
    one.hand.press("wang")
    assert (await one.until(FingerMatched, 10)).slot == 17
    assert await one.reader.occupied() == {17}


LOSSY = {
    "one damaged answer": {"corrupt": 1},
    "three damaged answers": {"corrupt": 3},
    "an answer cut in its head": {"cut_after": 7},
    "an answer cut in its payload": {"cut_after": 10},
    "one doubled answer": {"double": 1},
    "three doubled answers": {"double": 3},
}


@pytest.mark.parametrize("faults", LOSSY.values(), ids=LOSSY)
async def test_a_damaged_answer_is_asked_for_again(bench, faults):
    named = await asyncio.gather(*(damaged(bench, faults, seed) for seed in range(8)))
    assert set(named) == {17}


async def damaged(bench, faults, seed):
    """Who is named after these faults?"""
    one = await bench(timeout_s=0.3)
    one.hand.store(17, "wang")
    await one.until(Answered)
    with one.wire.lock:
        one.wire.faults._random.seed(seed)
        for knob, value in faults.items():
            setattr(one.wire.faults, knob, value)
    one.hand.press("wang")
    return (await one.until(FingerMatched, 10)).slot


async def test_a_look_that_is_not_answered_ends_the_connection(bench):
    one = await bench()
    await one.until(Answered)
    one.wire.faults.swallow = 1
    assert isinstance(await one.ended(), NoReply)
    await one.reopen()
    await one.until(Answered)


async def test_a_mute_reader_is_noticed_within_its_deadline(bench):
    one = await bench(timeout_s=1.0)
    await one.until(Answered)
    began = time.monotonic()
    one.wire.faults.mute = True
    failure = await one.ended()
    assert isinstance(failure, NoReply)
    assert failure.waited_s >= 1.0
    assert time.monotonic() - began <= 1.5


VERBS = {
    "occupied": lambda reader: reader.occupied(),
    "delete": lambda reader: reader.delete(17),
    "light": lambda reader: reader.light(Light.GOOD),
    "token": lambda reader: reader.write_token("one"),
    "enrol": lambda reader: reader.enrol(5, 5.0),
}


@pytest.mark.parametrize("way", ["faults", "hearing"])
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
async def test_a_verb_before_a_mute_reader_ends_in_its_deadline(bench, verb, way):
    one = await bench(timeout_s=0.5, started=False)
    await one.start()
    getattr(one.wire, way).mute = True
    began = time.monotonic()
    with pytest.raises(NoReply):
        await verb(one.reader)
    assert time.monotonic() - began <= 1.0


async def test_a_verb_that_waits_for_a_silent_look_ends_with_it(bench):
    one = await bench(timeout_s=0.5)
    await one.until(Answered)
    one.wire.faults.mute = True
    began = time.monotonic()
    with pytest.raises(LinkLost):
        await one.reader.occupied()
    assert time.monotonic() - began <= 1.3


async def test_a_reader_whose_answers_stay_damaged_is_given_up(bench):
    one = await bench(timeout_s=0.2)
    one.wire.faults.corrupt = 1000
    failure = await one.ended(15)
    assert isinstance(failure, LinkLost)


async def test_a_reader_that_says_everything_twice_is_given_up_and_names_nobody(bench):
    one = await bench(timeout_s=0.2)
    one.hand.store(17, "wang")
    one.wire.faults.double = 10_000
    one.hand.press("wang")
    assert isinstance(await one.ended(15), LinkLost)
    assert not [report for report in one.heard if isinstance(report, FingerMatched) and report.slot != 17]


async def test_a_babbling_line_does_not_start(bench):
    one = await bench(started=False, timeout_s=0.2)
    one.wire.dialect.tick = lambda _: one.wire.inject(b"\x00" * 64)
    with pytest.raises(Garbled, match="silent"):
        await one.start()


async def test_a_verb_whose_answer_was_damaged_says_so_and_the_next_is_right(bench):
    one = await bench(started=False)
    one.hand.store(17, "wang")
    await one.start()
    one.wire.faults.corrupt = 1
    with pytest.raises((Garbled, NoReply)):
        await one.reader.occupied()
    assert await one.reader.occupied() == {17}


async def abandon(act, after_s):
    """Begin `act` and cancel it after so long, unless it is done."""
    task = asyncio.create_task(act)
    await asyncio.wait([task], timeout=after_s)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() or task.exception() is None


async def cancelled(bench, verb, after_s):
    """Who is named, and what is found, after a verb was given up?"""
    one = await bench()
    one.hand.store(17, "wang")
    one.hand.store(18, "li")
    one.wire.faults.delay_s = 0.03
    await abandon(verb(one.reader), after_s)
    found = await one.reader.occupied()
    one.hand.press("li")
    named = (await one.until(FingerMatched, 10)).slot
    assert one.failure is None
    return named, 18 in found


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
async def test_a_verb_cancelled_anywhere_leaves_the_line_in_step(bench, verb):
    moments = (0.0, 0.001, 0.01, 0.05, 0.1, 0.15, 0.25)
    outcomes = await asyncio.gather(*(cancelled(bench, verb, after_s) for after_s in moments))
    assert set(outcomes) == {(18, True)}


async def test_a_cancelled_verb_that_still_waits_is_not_begun(bench):
    one = await bench(started=False)
    one.hand.store(17, "wang")
    await one.start()
    one.hand.voice.pace = {Op.READ_INDEX_TABLE: 0.2}
    first = asyncio.create_task(one.reader.occupied())
    second = asyncio.create_task(one.reader.delete(17))
    await asyncio.sleep(0)
    second.cancel()
    assert await first == {17}
    assert await one.reader.occupied() == {17}
    assert not [payload for payload in one.hand.voice.asked if payload[0] == Op.DELETE]


async def test_a_start_cancelled_anywhere_frees_the_port(bench):
    one = await bench(started=False)
    for wait_s in (0.0, 0.01, 0.1, 0.2, 0.26):
        await abandon(one.start(), wait_s)
        await one.close()
    await one.start()


async def test_a_look_that_the_module_could_not_read_is_repeated(bench):
    one = await bench()
    one.wire.inject(ack(Code.PACKET_DAMAGED).encode())
    one.hand.press("nobody")
    await one.until(FingerUnknown)
