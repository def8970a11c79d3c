"""The driver's reports and verbs before its twin on a real pty."""

import asyncio
import subprocess
import sys
import threading
import time

import msgspec
import pytest

from custodyd_drivers.contract import (
    Answered,
    FingerLifted,
    FingerMatched,
    FingerprintReader,
    FingerUnknown,
    FingerUnreadable,
    Identity,
    Light,
    Proof,
)
from custodyd_drivers.errors import LinkLost, NoReply, Refused
from custodyd_drivers.zfm import FAMILY, Settings
from custodyd_drivers.zfm.frames import Code, Op
from custodyd_drivers.zfm.worker import Worker

PRESENT = 5.0


async def enrol(bench, slot, first, second):
    """Enrol by two touches, each laid on and lifted when the reader has seen it."""
    task = await enrolling(bench, slot)
    for turn, finger in enumerate((first, second)):
        seen = len(bench.hand.voice.asked)
        bench.hand.press(finger)
        await heard_after(bench, seen, Op.IMG_2_TZ)
        if turn:
            await asyncio.wait([task])
        await lift(bench)
    await task


async def enrolling(bench, slot):
    """An enrolment that has read the index, so that no look of the identification is under way any more."""
    seen = len(bench.hand.voice.asked)
    task = asyncio.create_task(bench.reader.enrol(slot, PRESENT))
    await heard_after(bench, seen, Op.READ_INDEX_TABLE, Op.TEMPLATE_NUM)
    return task


async def lift(bench):
    """Lift a finger that was judged and wait until the reader has seen the free glass (it fences that sight)."""
    with bench.wire.lock:
        seen = len(bench.hand.voice.asked)
        bench.hand.lift()
    await heard_after(bench, seen, Op.GEN_IMG, Op.TEMPLATE_NUM)


async def heard_after(bench, seen, *ops):
    """Wait until the twin, having heard `seen` commands, hears `ops` one right after the other."""
    async with asyncio.timeout(PRESENT):
        # the twin lives on a thread of its own, where no event of this loop is set
        while bytes(ops) not in bytes(payload[0] for payload in list(bench.hand.voice.asked)[seen:]):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_the_driver_fulfils_its_capability(bench):
    assert isinstance((await bench()).reader, FingerprintReader)


async def test_a_known_finger_is_matched_once_per_touch(bench):
    one = await bench()
    one.hand.store(17, "wang")
    for _ in range(2):
        one.hand.press("wang")
        assert (await one.until(FingerMatched)).slot == 17
        await one.until(Answered)
        one.hand.lift()
        await one.until(FingerLifted)
    assert not [report for report in one.heard if isinstance(report, FingerMatched)]


async def test_a_strange_finger_is_unknown(bench):
    one = await bench()
    one.hand.press("nobody")
    await one.until(FingerUnknown)


@pytest.mark.parametrize(
    ("finger", "reason"),
    [("worn-li", "poor"), ("dry-li", "dry"), ("wet-li", "wet"), ("messy-li", "messy"), ("small-li", "small")],
)
async def test_a_bad_picture_says_why(bench, finger, reason):
    one = await bench()
    one.hand.press(finger)
    assert (await one.until(FingerUnreadable)).reason == reason


async def test_a_finger_that_becomes_readable_is_matched_in_the_same_touch(bench):
    one = await bench()
    one.hand.store(3, "wang")
    one.hand.soil(Code.MESSY)
    one.hand.press("wang")
    await one.until(FingerUnreadable)
    one.hand.soil(Code.OK)
    assert (await one.until(FingerMatched)).slot == 3


async def test_an_idle_reader_says_that_it_lives(bench):
    one = await bench()
    for _ in range(3):
        await one.until(Answered)


@pytest.mark.parametrize("family", ["zfm", "r503", "syno"])
async def test_two_touches_enrol_a_finger(bench, family):
    one = await bench(family=family)
    await enrol(one, 5, "wang", "wang")
    assert await one.reader.occupied() == {5}
    one.hand.press("wang")
    assert (await one.until(FingerMatched)).slot == 5


async def test_the_finger_just_enrolled_is_not_reported_before_it_is_lifted(bench):
    one = await bench()
    task = await enrolling(one, 5)
    one.hand.press("wang")
    await heard_after(one, 0, Op.IMG_2_TZ)
    await lift(one)
    one.hand.press("wang")
    await task
    await heard_after(one, len(one.hand.voice.asked), Op.GEN_IMG)
    one.hand.lift()
    await one.until(FingerLifted)
    assert not [report for report in one.heard if isinstance(report, FingerMatched)]


async def test_two_different_fingers_are_not_merged(bench):
    one = await bench()
    with pytest.raises(Refused) as refusal:
        await enrol(one, 5, "wang", "li")
    assert refusal.value.code == Code.PRINTS_DIFFER
    assert await one.reader.occupied() == frozenset()


async def test_a_finger_is_enrolled_in_one_slot_only(bench):
    one = await bench()
    one.hand.store(9, "wang")
    with pytest.raises(Refused) as refusal:
        await enrol(one, 5, "wang", "wang")
    assert refusal.value.code == Code.ALREADY_ENROLLED
    assert await one.reader.occupied() == {9}


@pytest.mark.parametrize(
    ("slot", "code"), [(9, Code.SLOT_TAKEN), (200, Code.PAGE_OUT_OF_RANGE), (-1, Code.PAGE_OUT_OF_RANGE)]
)
async def test_a_slot_that_is_taken_or_missing_is_refused_before_anyone_touches(bench, slot, code):
    one = await bench()
    one.hand.store(9, "wang")
    with pytest.raises(Refused) as refusal:
        await one.reader.enrol(slot, PRESENT)
    assert refusal.value.code == code


async def test_nobody_comes(bench):
    one = await bench()
    with pytest.raises(Refused) as refusal:
        await one.reader.enrol(5, 0.2)
    assert refusal.value.code == Code.TIMED_OUT
    one.hand.press("nobody")
    await one.until(FingerUnknown)


async def test_a_worn_finger_cannot_be_enrolled(bench):
    one = await bench()
    one.hand.press("worn-li")
    with pytest.raises(Refused) as refusal:
        await one.reader.enrol(5, 0.3)
    assert refusal.value.code == Code.POOR


async def test_a_finger_that_stays_is_not_enrolled(bench):
    one = await bench()
    one.hand.press("wang")
    with pytest.raises(Refused) as refusal:
        await one.reader.enrol(5, 0.3)
    assert refusal.value.code == Code.TIMED_OUT
    assert await one.reader.occupied() == frozenset()


async def test_a_reader_lives_while_someone_enrols(bench):
    one = await bench()
    task = asyncio.create_task(one.reader.enrol(5, PRESENT))
    for _ in range(2):
        await one.until(Answered)
    task.cancel()
    await asyncio.wait([task])


async def test_a_deleted_template_is_gone(bench):
    one = await bench()
    one.hand.store(9, "wang")
    await one.reader.delete(9)
    assert one.hand.occupied == frozenset()
    one.hand.press("wang")
    await one.until(FingerUnknown)


async def test_an_empty_slot_cannot_be_deleted(bench):
    one = await bench()
    with pytest.raises(Refused) as refusal:
        await one.reader.delete(9)
    assert refusal.value.code == Code.SLOT_EMPTY


async def test_occupied_slots_are_found_on_every_page(bench):
    one = await bench(started=False)
    one.hand.voice.module.capacity = 1000
    for slot in (0, 255, 256, 999):
        one.hand.store(slot, f"finger {slot}")
    await one.start()
    assert one.reader.capacity == 1000
    assert await one.reader.occupied() == {0, 255, 256, 999}


@pytest.mark.parametrize(
    ("family", "lamp"),
    [("zfm", "50"), ("r503", "35 01 80 02 00"), ("syno", "3C 01 01 01 00")],
)
async def test_the_light_is_shown_in_the_makers_words(bench, family, lamp):
    one = await bench(family=family)
    await one.reader.light(Light.OFF)
    assert one.hand.lamp != bytes.fromhex(lamp)
    await one.reader.light(Light.READY)
    assert one.hand.lamp == bytes.fromhex(lamp)


@pytest.mark.parametrize("light", Light)
@pytest.mark.parametrize("family", ["zfm", "r503", "syno"])
async def test_every_light_is_understood(bench, family, light):
    one = await bench(family=family)
    one.hand.voice.module.lamp = b""
    await one.reader.light(light)
    assert one.hand.lamp


async def test_a_reader_that_is_silent_about_lights_is_asked_once(bench):
    one = await bench(started=False)
    one.hand.voice.silent = {0x50, 0x51}
    await one.start()
    before = len(one.hand.voice.asked)
    await one.reader.light(Light.GOOD)
    assert len(one.hand.voice.asked) == before


async def test_a_reader_without_a_token_is_known_by_its_port(bench):
    one = await bench(started=False)
    assert await one.start() == Identity(Proof.PATH, one.settings.port, "EF01 system 0009")


async def test_a_token_written_once_proves_the_reader_ever_after(bench):
    one = await bench()
    await one.reader.write_token("cabinet 1 reader")
    await one.close()
    identity = await one.start()
    assert (identity.proof, identity.value) == (Proof.TOKEN, "cabinet 1 reader")


async def test_a_reader_with_another_token_is_refused(bench):
    one = await bench()
    await one.reader.write_token("cabinet 2")
    await one.close()
    one.settings = msgspec.structs.replace(one.settings, token="cabinet 1")
    with pytest.raises(Refused, match="another identity"):
        await one.start()


async def test_a_fresh_reader_is_refused_where_a_token_is_expected(bench):
    one = await bench(started=False)
    one.settings = msgspec.structs.replace(one.settings, token="cabinet 1")
    with pytest.raises(Refused, match="no identity"):
        await one.start()


async def test_the_twin_of_a_reader_with_a_token_has_it(bench):
    one = await bench(started=False, token="cabinet 1")
    assert (await one.start()).value == "cabinet 1"


async def test_a_token_that_does_not_fit_is_refused(bench):
    one = await bench()
    with pytest.raises(Refused, match="31 printable"):
        await one.reader.write_token("x" * 32)


async def test_another_password_is_refused(bench):
    one = await bench(started=False, password=7)
    one.settings = msgspec.structs.replace(one.settings, password=8)
    with pytest.raises(Refused, match="password") as refusal:
        await one.start()
    assert refusal.value.lasting


async def test_a_password_and_an_address_of_ours_are_used(bench):
    one = await bench(password=7, address=0x01020304)
    one.hand.store(3, "wang")
    one.hand.press("wang")
    await one.until(FingerMatched)


async def test_a_module_that_lost_its_power_is_given_the_password_again(bench):
    one = await bench(password=7, family="r503")
    one.hand.store(3, "wang")
    one.hand.power_cycle()
    one.hand.press("wang")
    assert (await one.until(FingerMatched)).slot == 3


async def test_a_module_that_hides_its_parameters_is_measured_by_its_index(bench):
    one = await bench(started=False)
    one.hand.voice.silent = {Op.READ_SYS_PARA}
    one.hand.voice.module.capacity = 500
    await one.start()
    assert one.reader.capacity == 512


async def test_a_module_that_hides_its_parameters_has_the_configured_slots(bench):
    one = await bench(started=False, capacity=120)
    one.hand.voice.silent = {Op.READ_SYS_PARA, Op.READ_NOTEPAD}
    await one.start()
    assert one.reader.capacity == 120


async def test_an_unplugged_reader_is_noticed_within_a_second(bench):
    one = await bench()
    await one.until(Answered)
    began = time.monotonic()
    one.wire.unplug()
    failure = await one.ended()
    assert type(failure) is LinkLost
    assert time.monotonic() - began <= 1.0


async def test_a_reader_unplugged_while_it_is_asked_is_noticed_within_a_second(bench):
    one = await bench(timeout_s=5.0)
    one.hand.voice.pace = {Op.GEN_IMG: 4.0}
    await heard_after(one, len(one.hand.voice.asked), Op.GEN_IMG)
    began = time.monotonic()
    one.wire.unplug()
    assert type(await one.ended()) is LinkLost
    assert time.monotonic() - began <= 1.0


async def test_a_reader_plugged_in_again_serves_a_new_driver(bench):
    one = await bench()
    one.hand.store(3, "wang")
    one.wire.unplug()
    await one.ended()
    one.wire.plug()
    await one.reopen()
    one.hand.press("wang")
    assert (await one.until(FingerMatched)).slot == 3


async def test_a_verb_after_the_link_was_lost_says_so_at_once(bench):
    one = await bench()
    one.wire.unplug()
    await one.ended()
    with pytest.raises(LinkLost):
        await one.reader.occupied()


async def test_a_port_that_is_not_there_is_said_to_be_so(tmp_path):
    reader = FAMILY.open(Settings(port=str(tmp_path / "none")))
    with pytest.raises(LinkLost, match="is not there"):
        await reader.start()
    await reader.close()


HOLDER = (
    "import serial, sys; port = serial.Serial(sys.argv[1], exclusive=True); print('held', flush=True); sys.stdin.read()"
)


async def test_a_port_held_by_another_process_is_said_to_be_in_use(bench):
    one = await bench(started=False)
    holder = subprocess.Popen(  # noqa: ASYNC220 - starting it takes a moment, reading it is awaited
        [sys.executable, "-c", HOLDER, one.settings.port], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert await asyncio.to_thread(holder.stdout.readline) == "held\n"
        with pytest.raises(LinkLost, match="in use by another process"):
            await one.start()
    finally:
        holder.communicate(timeout=10)
    await one.close()
    await one.start()


async def test_a_silent_reader_does_not_start(bench):
    one = await bench(started=False)
    one.wire.faults.mute = True
    began = time.monotonic()
    with pytest.raises(NoReply):
        await one.start()
    assert time.monotonic() - began <= one.settings.timeout_s + 0.5


async def test_closing_is_quick_safe_twice_and_before_the_start(bench):
    one = await bench(timeout_s=5.0)
    one.hand.voice.pace = {Op.GEN_IMG: 4.0}
    await heard_after(one, len(one.hand.voice.asked), Op.GEN_IMG)
    began = time.monotonic()
    await one.reader.close()
    await one.reader.close()
    assert time.monotonic() - began <= 1.0
    assert type(await one.ended()) is LinkLost
    unborn = FAMILY.open(one.settings)
    await unborn.close()
    with pytest.raises(LinkLost):
        await unborn.start()


async def test_the_port_is_free_when_closed(bench):
    one = await bench()
    await one.close()
    await one.start()


def test_unknown_and_impossible_settings_are_errors():
    for keys in (
        {"colour": 1},
        {"port": ""},
        {"baudrate": 57601},
        {"timeout_s": 0},
        {"family": "r504"},
        {"token": "é"},
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"port": "/dev/x"} | keys, Settings)


def test_the_schema_of_the_settings_explains_every_key():
    _, components = msgspec.json.schema_components([Settings])
    assert all("description" in key for key in components["Settings"]["properties"].values())


def test_the_family_takes_its_own_settings_only():
    with pytest.raises(TypeError):
        FAMILY.open({"port": "/dev/x"})


def test_listing_the_family_does_not_import_its_library():
    code = "import sys, custodyd_drivers.zfm; sys.exit('pyfingerprint' in sys.modules or 'serial' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_a_module_that_announces_touches_is_not_doubted(bench):
    one = await bench(family="syno")
    one.hand.store(3, "wang")
    await one.until(Answered)
    one.wire.inject(bytes.fromhex("EF01FFFFFFFF070003FF0109"))
    one.hand.press("wang")
    assert (await one.until(FingerMatched)).slot == 3
    assert [payload[0] for payload in one.hand.voice.asked].count(Op.VFY_PWD) == 1


async def test_a_defect_on_the_thread_leaves_nobody_waiting(monkeypatch):
    cries = []
    monkeypatch.setattr(threading, "excepthook", cries.append)
    farewells = []
    worker = Worker("clumsy", lambda: farewells.append(1))
    with pytest.raises(LinkLost):
        await worker.run(lambda: 1 // 0)
    with pytest.raises(LinkLost):
        await worker.run(lambda: 1)
    await worker.stop(1.0)
    worker._thread.join(5.0)
    assert (cries[0].exc_type, farewells) == (ZeroDivisionError, [1])
