"""The scanner's twin answers as the makers' manuals say, whoever asks, and a hand's acts become bytes."""

import pytest

from custodyd_drivers.scanner.settings import Settings
from custodyd_simulators.hands import Window
from custodyd_simulators.scanner import READ_S, TWIN, Glass, Voice

ACK = bytes.fromhex("02000001003331")


def twin(**keys: object) -> tuple[Voice, Glass, list[bytes]]:
    voice = TWIN.dialect(Settings(port="none", **{"model": "gm65", **keys}))  # type: ignore[arg-type] # keys vary by test
    said: list[bytes] = []
    voice.attach(said.append)
    return voice, Glass(voice), said


def asked(order: str) -> list[bytes]:
    voice, _, said = twin()
    voice.hear(bytes.fromhex(order))
    return said


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ("7e 00 08 01 00 02 01 02 da", "02 00 00 01 00 33 31"),
        ("7e 00 08 01 00 02 01 ab cd", "02 00 00 01 00 33 31"),
        ("7e 00 09 01 00 00 00 de c8", "02 00 00 01 00 33 31"),
        ("7e 00 08 01 00 02 01 02 db", "02 00 01 01 00 04 01"),
        ("7e 00 05 01 00 02 01 ab cd", "02 00 03 01 00 6a 61"),
        ("ff 7e 00 08 01 00 02 01 02 da", "02 00 00 01 00 33 31"),
    ],
)
def test_orders_are_answered_with_the_makers_bytes(order: str, answer: str) -> None:
    assert asked(order) == [bytes.fromhex(answer)]


def test_the_line_speed_is_told_as_the_manual_prints_it() -> None:
    (answer,) = asked("7e 00 07 01 00 2a 02 d8 0f")
    assert answer[:6] == bytes.fromhex("02 00 00 02 39 01")


def test_an_order_is_heard_byte_by_byte() -> None:
    voice, _, said = twin()
    for byte in bytes.fromhex("7e00080100020102da"):
        voice.hear(bytes([byte]))
    assert said == [ACK]


def test_a_frame_with_a_long_pause_inside_is_forgotten() -> None:
    voice, _, said = twin()
    voice.hear(bytes.fromhex("7e0008"))
    voice.tick(0.2)
    voice.hear(bytes.fromhex("7e00080100020102da"))
    assert said == [ACK]


def test_by_command_a_code_is_typed_after_the_acknowledgement() -> None:
    voice, hand, said = twin()
    voice.hear(bytes.fromhex("7e00080100007dabcd"))
    hand.scan("A")
    assert said == [ACK]
    voice.hear(bytes.fromhex("7e00080100020102da"))
    assert said == [ACK, ACK, b"A\r"]
    assert hand.triggers == 1


def test_a_trigger_looks_for_some_seconds_and_then_says_nothing() -> None:
    voice, hand, said = twin()
    voice.hear(bytes.fromhex("7e00080100007dabcd 7e00080100020102da"))
    voice.tick(READ_S / 2)
    hand.scan("A")
    voice.tick(READ_S)
    hand.scan("B")
    voice.tick(READ_S)
    assert said == [ACK, ACK, b"A\r"]


def test_a_plain_scanner_types_and_hears_nothing() -> None:
    voice, hand, said = twin(model="plain", prefix=">", suffix="crlf")
    voice.hear(bytes.fromhex("7e00080100020102da"))
    hand.scan("卷宗")
    hand.burst("A", "B")
    hand.half("C")
    assert said == [">卷宗\r\n".encode(), b">A\r\n>B\r\n", b">C"]
    assert hand.orders == ()


def test_the_hand_is_a_window() -> None:
    assert isinstance(twin()[1], Window)


def test_another_familys_settings_are_refused() -> None:
    with pytest.raises(TypeError):
        TWIN.dialect(object())
