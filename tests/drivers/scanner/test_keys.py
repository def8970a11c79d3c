"""Key events into text: the kernel's own names judge the map, and no bytes whatever raise anything but Garbled."""

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.errors import Garbled
from custodyd_drivers.scanner import keys
from custodyd_drivers.scanner.keys import EV_KEY, EV_MSC, EV_SYN, EVENT, PLAIN, SHIFTED, Typist, event, pressed

HEADER = Path("/usr/include/linux/input-event-codes.h")
CODES = {name: int(code) for name, code in re.findall(r"#define KEY_(\w+)\s+(\d+)\b", HEADER.read_text("ascii"))}
TYPEABLE = "".join(sorted({*PLAIN.values(), *SHIFTED.values()}))

# evtest's view of a gun that reads `Ca-1!`: scan code, key and report of each stroke; one letter held and repeated
RECORDED = [
    (4, 4, 0x700E1), (1, 42, 1), (4, 4, 0x70006), (1, 46, 1), (0, 0, 0), (1, 46, 0), (1, 42, 0), (0, 0, 0),
    (4, 4, 0x70004), (1, 30, 1), (0, 0, 0), (1, 30, 2), (0, 0, 1), (1, 30, 0), (0, 0, 0),
    (4, 4, 0x7002D), (1, 12, 1), (0, 0, 0), (1, 12, 0), (0, 0, 0),
    (4, 4, 0x7001E), (1, 2, 1), (0, 0, 0), (1, 2, 0), (0, 0, 0),
    (1, 54, 1), (0, 0, 0), (1, 2, 1), (0, 0, 0), (1, 2, 0), (1, 54, 0), (0, 0, 0),
    (4, 4, 0x70028), (1, 28, 1), (0, 0, 0), (1, 28, 0), (0, 0, 0),
]  # fmt: skip


def stroke(code: int) -> bytes:
    return event(EV_KEY, code, 1) + event(EV_KEY, code, 0)


def held(modifier: int, *codes: int) -> bytes:
    return event(EV_KEY, modifier, 1) + b"".join(map(stroke, codes)) + event(EV_KEY, modifier, 0)


def test_a_recorded_scan_is_what_was_read() -> None:
    assert Typist().type(b"".join(event(*one) for one in RECORDED)) == b"Ca-1!\r"


@pytest.mark.foreign
def test_each_key_has_the_code_that_the_kernel_names() -> None:
    named = {
        **{str(digit): str(digit) for digit in range(10)},
        **{chr(ord("a") + index): chr(ord("A") + index) for index in range(26)},
        "-": "MINUS", "=": "EQUAL", "[": "LEFTBRACE", "]": "RIGHTBRACE", ";": "SEMICOLON", "'": "APOSTROPHE",
        "`": "GRAVE", "\\": "BACKSLASH", ",": "COMMA", ".": "DOT", "/": "SLASH", " ": "SPACE",
        "\t": "TAB", "\r": "ENTER",
    }  # fmt: skip
    assert {letter: PLAIN[CODES[name]] for letter, name in named.items()} == {letter: letter for letter in named}
    keypad = {"KPASTERISK": "*", "KPMINUS": "-", "KPPLUS": "+", "KPDOT": ".", "KPSLASH": "/", "KPENTER": "\r"}
    keypad |= {f"KP{digit}": str(digit) for digit in range(10)}
    assert {name: PLAIN[CODES[name]] for name in keypad} == keypad
    assert len(PLAIN) == len(named) + len(keypad), "no key that the kernel was not asked for"
    modifiers = {"LEFTSHIFT": 42, "RIGHTSHIFT": 54, "CAPSLOCK": 58, "LEFTALT": 56}
    assert {name: CODES[name] for name in modifiers} == modifiers
    others = {CODES[name] for name in ("LEFTCTRL", "RIGHTCTRL", "LEFTALT", "RIGHTALT", "LEFTMETA", "RIGHTMETA")}
    assert others == keys._OTHER_MODIFIERS
    assert {CODES["NUMLOCK"], CODES["SCROLLLOCK"]} == keys._SILENT


@pytest.mark.parametrize("modifier", sorted(keys._SHIFTS))
def test_shift_gives_the_us_layouts_upper_row(modifier: int) -> None:
    typed = Typist().type(held(modifier, *range(2, 14)) + stroke(2))
    assert typed == b"!@#$%^&*()_+1"


def test_caps_lock_turns_letters_only_and_shift_turns_them_back() -> None:
    data = stroke(keys.CAPS_LOCK) + stroke(30) + stroke(2) + held(42, 30, 2) + stroke(keys.CAPS_LOCK) + stroke(30)
    assert Typist().type(data) == b"A1a!a"


@pytest.mark.parametrize("modifier", sorted(keys._OTHER_MODIFIERS))
def test_what_the_layout_does_not_spell_spoils_the_code_instead_of_vanishing(modifier: int) -> None:
    assert Typist().type(stroke(30) + held(modifier, 79, 80) + stroke(30)) == b"a\0\0a"


def test_an_unknown_key_spoils_and_a_lock_key_is_silent() -> None:
    assert Typist().type(stroke(30) + stroke(59) + stroke(69) + stroke(70) + stroke(30)) == b"a\0a"


def test_events_that_the_kernel_dropped_spoil_the_code_and_what_is_torn_is_not_typed() -> None:
    dropped = event(EV_SYN, keys.SYN_DROPPED, 0)
    torn = event(EV_KEY, 31, 1) + event(EV_SYN, 0, 0)
    assert Typist().type(stroke(30) + event(EV_KEY, 42, 1) + dropped + torn + stroke(30)) == b"a\0a"


def test_a_chinese_letter_comes_as_alt_and_digits_and_spoils() -> None:
    typed = Typist().type(pressed("A卷1"))
    assert typed.startswith(b"A\0")
    assert typed.endswith(b"\x001")


@given(st.text(TYPEABLE, max_size=40), st.lists(st.integers(0, 4000), max_size=12))
def test_what_is_pressed_is_typed_however_it_is_cut(text: str, cuts: list[int]) -> None:
    data, typist, typed = pressed(text), Typist(), b""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for start, end in zip(places, places[1:], strict=False):  # noqa: RUF007 - pairs of places
        typed += typist.type(data[start:end])
    assert typed.decode("ascii") == text


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_no_garbage_raises_anything_but_garbled_or_is_kept(pieces: list[bytes]) -> None:
    typist = Typist()
    with contextlib.suppress(Garbled):
        for piece in pieces:
            assert len(typist.type(piece)) <= (len(piece) + EVENT.size) // EVENT.size
            assert len(typist._held) < EVENT.size


@given(st.lists(st.tuples(st.sampled_from([EV_KEY, EV_MSC]), st.integers(0, 0x2FF), st.integers(0, 2)), max_size=30))
def test_any_sound_events_give_one_letter_for_each_key_at_most(events: list[tuple[int, int, int]]) -> None:
    typed = Typist().type(b"".join(event(*one) for one in events))
    assert len(typed) <= len(events)
    assert typed.isascii()


@pytest.mark.parametrize("shift", range(1, EVENT.size))
def test_events_out_of_step_are_noticed_before_anything_is_typed(shift: int) -> None:
    with pytest.raises(Garbled):
        Typist().type((pressed("Ab1\r") * 2)[shift:])


@pytest.mark.parametrize(
    "wrong", [(0x20, 0, 0), (EV_SYN, 4, 0), (EV_SYN, 0, 2), (EV_KEY, 0x300, 1), (EV_KEY, 30, 3), (EV_KEY, 30, -1)]
)
def test_events_that_no_kernel_sends_are_garbled(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(Garbled):
        Typist().type(event(EV_MSC, 4, 0) + event(*wrong))
