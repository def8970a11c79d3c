"""A late answer must never name another officer: the finger on the glass is stored in slot 17, stale frames say 3."""

import asyncio
from dataclasses import dataclass

import pytest

from custodyd_drivers.contract import FingerLifted, FingerMatched
from custodyd_drivers.errors import DeviceError, LinkLost, NoReply
from custodyd_drivers.zfm.frames import Code, Found, Op, ack, encode_index

OK = ack(Code.OK).encode()
WRONG = ack(Code.OK, Found(3, 120).encode()).encode()
COUNT = ack(Code.OK, b"\0\2").encode()
INDEX = ack(Code.OK, encode_index({3, 17}, 0)).encode()
TOUCH = OK + OK + COUNT + WRONG + COUNT  # everything that the module once said to the officer before

STALE = {
    "one answer": WRONG,
    "the answer twice": WRONG + WRONG,
    "answer and fence": WRONG + COUNT,
    "a whole touch": TOUCH,
    "a whole touch twice": TOUCH + TOUCH,
    "a quarantine and a touch": OK + COUNT + INDEX + TOUCH,
    "half an answer": WRONG[:9],
    "the second half": WRONG[9:],
}


@dataclass
class Meddler:
    """A twin's voice; `stale` comes just before the answer to the command number `place`, or just after it."""

    voice: object
    stale: bytes
    place: int
    after: bool
    wire: object = None
    count: int = -1

    def attach(self, say):
        self.voice.attach(say)

    def tick(self, dt):
        self.voice.tick(dt)

    def arm(self):
        with self.wire.lock:
            self.count = 0

    def hear(self, data):
        meant = self.count == self.place
        self.count += self.count >= 0
        if meant and not self.after:
            self.wire.inject(self.stale)
        self.voice.hear(data)
        if meant and self.after:
            self.wire.inject(self.stale)


async def touched(bench, stale, place, after):
    one = await bench(meddle=lambda spoken: Meddler(spoken, stale, place, after), started=False)
    one.wire.dialect.wire = one.wire
    one.hand.store(3, "li")
    one.hand.store(17, "wang")
    await one.start()
    one.listen()
    one.wire.dialect.arm()
    one.hand.press("wang")
    first = await one.until(FingerMatched)
    one.hand.lift()
    await one.until(FingerLifted)
    one.hand.press("wang")
    return {first.slot, (await one.until(FingerMatched)).slot}


@pytest.mark.parametrize("wary_s", [30.0, 0.0], ids=["wary", "calm"])
@pytest.mark.parametrize("stale", STALE.values(), ids=STALE)
async def test_no_stale_frame_at_any_moment_of_a_touch_names_another_officer(bench, monkeypatch, stale, wary_s):
    # in calm times one search and its fence must do
    monkeypatch.setattr("custodyd_drivers.zfm.sensor.WARY_S", wary_s)
    # from the look that finds nothing to the looks that wait for the finger to be lifted
    moments = [(place, after) for place in range(12) for after in (False, True)]
    named = await asyncio.gather(*(touched(bench, stale, *moment) for moment in moments))
    assert set().union(*named) == {17}


async def test_what_a_former_process_asked_is_not_what_we_hear(bench):
    one = await bench(started=False)
    one.hand.store(17, "wang")
    one.wire.inject(TOUCH + WRONG)
    one.hand.press("wang")
    await one.start()
    one.wire.inject(WRONG)
    one.listen()
    assert (await one.until(FingerMatched)).slot == 17


async def slow_then_quick(bench, op, late_s):
    """The officer before was too slow for the deadline; who is named next?"""
    one = await bench(timeout_s=0.3)
    one.hand.store(3, "li")
    one.hand.store(17, "wang")
    with one.wire.lock:
        one.hand.voice.pace = {op: 0.3 + late_s}
    one.hand.press("li")
    assert isinstance(await one.ended(), NoReply)
    with one.wire.lock:
        one.hand.voice.pace = {}
    one.hand.press("wang")
    await reopened(one)
    return (await one.until(FingerMatched)).slot


async def reopened(one):
    """As `watch` does: a new driver each time; a module that still works on an old command may stay silent."""
    for _ in range(10):
        try:
            return await one.reopen()
        except DeviceError:
            continue
    return await one.reopen()


@pytest.mark.parametrize("op", [Op.GEN_IMG, Op.IMG_2_TZ, Op.SEARCH, Op.TEMPLATE_NUM])
async def test_an_answer_after_its_deadline_does_not_answer_for_the_next_officer(bench, op):
    named = await asyncio.gather(*(slow_then_quick(bench, op, late_s) for late_s in (0.05, 0.2, 0.3, 0.5, 0.9, 1.5)))
    assert set(named) == {17}


async def slow_verb(bench, late_s):
    """A verb was too slow for its deadline; who is named next?"""
    one = await bench(timeout_s=0.3)
    one.hand.store(3, "li")
    one.hand.store(17, "wang")
    with one.wire.lock:
        one.hand.voice.pace = {Op.READ_INDEX_TABLE: 0.3 + late_s}
    with pytest.raises(NoReply):
        await one.reader.occupied()
    with one.wire.lock:
        one.hand.voice.pace = {}
    one.hand.press("wang")
    try:
        return (await one.until(FingerMatched)).slot
    except LinkLost:
        await reopened(one)
        return (await one.until(FingerMatched)).slot


async def test_a_late_answer_to_a_verb_does_not_answer_for_a_finger(bench):
    assert set(await asyncio.gather(*(slow_verb(bench, late_s) for late_s in (0.05, 0.2, 0.35)))) == {17}


async def test_in_wary_times_a_match_is_searched_twice(bench):
    one = await bench()
    one.hand.store(17, "wang")
    one.hand.press("wang")
    await one.until(FingerMatched)
    searches = [payload for payload in one.hand.voice.asked if payload[0] == Op.SEARCH]
    assert len(searches) == 2
