"""The twin judged by the library that was written for the real module: pyfingerprint 1.5, unmodified."""

import time

import pytest
from pyfingerprint.pyfingerprint import PyFingerprint

from custodyd_drivers.zfm.frames import Code, Found, ack
from custodyd_simulators.zfm.module import template

pytestmark = pytest.mark.foreign


@pytest.fixture
def library(standing):
    one = PyFingerprint(str(standing.wire.path), 57600)
    assert one.verifyPassword()
    yield one
    one._PyFingerprint__serial.close()


def enrol(library, hand, slot, finger):
    for buffer in (1, 2):
        hand.press(finger)
        assert library.readImage()
        library.convertImage(buffer)
        hand.lift()
        assert not library.readImage()
    assert library.createTemplate()
    assert library.storeTemplate(slot) == slot


def search(library, hand, finger):
    hand.press(finger)
    assert library.readImage()
    library.convertImage(1)
    hand.lift()
    return library.searchTemplate()[0]


def test_it_enrols_searches_and_deletes(library, standing):
    enrol(library, standing.hand, 7, "wang")
    assert library.getTemplateCount() == 1
    assert search(library, standing.hand, "wang") == 7
    assert search(library, standing.hand, "li") == -1
    assert library.deleteTemplate(7)
    assert search(library, standing.hand, "wang") == -1


def test_it_reads_the_index_and_clears_it(library, standing):
    standing.hand.store(0, "zhao")
    enrol(library, standing.hand, 1, "wang")
    used = [slot for slot, taken in enumerate(library.getTemplateIndex(0)) if taken]
    assert used == [0, 1]
    assert library.clearDatabase()
    assert library.getTemplateCount() == 0


def test_it_reads_and_sets_the_parameters(library):
    assert library.getStorageCapacity() == 200
    assert library.getBaudRate() == 57600
    library.setSecurityLevel(5)
    library.setMaxPacketSize(64)
    assert (library.getSecurityLevel(), library.getMaxPacketSize()) == (5, 64)


@pytest.mark.parametrize("size", [32, 64, 128, 256])
def test_a_template_travels_from_reader_to_reader(library, standing, size):
    library.setMaxPacketSize(size)
    standing.hand.store(3, "wang")
    assert library.loadTemplate(3)
    characteristics = library.downloadCharacteristics()
    assert bytes(characteristics) == template("wang")
    assert library.uploadCharacteristics(2, characteristics)
    assert library.storeTemplate(9, 2) == 9
    assert standing.hand.occupied == {3, 9}


def test_two_fingers_are_compared(library, standing):
    standing.hand.store(3, "wang")
    standing.hand.store(4, "li")
    library.loadTemplate(3, 1)
    library.loadTemplate(4, 2)
    assert library.compareCharacteristics() == 0
    library.loadTemplate(3, 2)
    assert library.compareCharacteristics() > 0


def test_a_picture_of_the_glass_is_downloaded(library, standing, tmp_path):
    standing.hand.press("wang")
    assert library.readImage()
    library.downloadImage(str(tmp_path / "finger.bmp"))
    assert (tmp_path / "finger.bmp").stat().st_size > 256 * 288


def test_the_password_is_asked_for(library, standing):
    assert library.setPassword(0x01020304)
    standing.hand.power_cycle()
    stranger = PyFingerprint(str(standing.wire.path), 57600)
    assert not stranger.verifyPassword()
    with pytest.raises(Exception, match="0x21"):
        stranger.getTemplateCount()
    stranger._PyFingerprint__serial.close()
    assert library.verifyPassword()
    assert library.getTemplateCount() == 0


def test_the_address_is_changed(library):
    assert library.setAddress(0x00000007)
    assert library.getSystemParameters()[4] == 7


def test_random_numbers_differ(library):
    assert library.generateRandomNumber() != library.generateRandomNumber()


def test_a_worn_finger_and_a_damaged_answer_are_its_exceptions(library, standing):
    standing.hand.press("worn-li")
    assert library.readImage()
    with pytest.raises(Exception, match="too few feature"):
        library.convertImage()
    standing.wire.faults.corrupt = 1
    with pytest.raises(Exception, match=r"."):
        library.readImage()


def test_the_danger_is_real_a_stale_answer_names_another_officer_to_the_library(library, standing):
    """What our driver must never do, done by the library alone: the finger in slot 17 is called 3."""
    standing.hand.store(3, "li")
    standing.hand.store(17, "wang")
    standing.hand.press("wang")
    assert library.readImage()
    library.convertImage(1)
    capacity = ack(Code.OK, bytes.fromhex("0000 0009 00C8 0003 FFFFFFFF 0002 0006")).encode()
    standing.wire.inject(capacity + ack(Code.OK, Found(3, 100).encode()).encode())
    deadline = time.monotonic() + 5
    while not library._PyFingerprint__serial.in_waiting and time.monotonic() < deadline:
        time.sleep(0.005)
    assert library.searchTemplate() == (3, 100)
