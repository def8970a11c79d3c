"""Frames against the maker's bytes, and against every split, merge and kind of garbage."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.kerong import frames
from custodyd_drivers.kerong.frames import CU16, CU48, Dialect, Frame, Splitter, Status

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text())
DIALECTS = [CU16, CU48]
EITHER = st.sampled_from(DIALECTS)


def sent(request: frames.Request) -> str:
    return request.frame.encode(request.dialect).hex()


def told(dialect: Dialect) -> dict[int, tuple[int, ...]]:
    return {dialect.told: (dialect.status_size,)}


@st.composite
def statuses(draw: st.DrawFn, dialect: Dialect) -> Frame:
    board = draw(st.integers(0, dialect.boards - 1))
    return Frame(board, 0, dialect.told, draw(st.binary(min_size=dialect.locks // 4, max_size=dialect.locks // 4)))


def fed(dialect: Dialect, stream: bytes, cuts: list[int]) -> tuple[list[Frame], int]:
    """What a splitter makes of `stream`, cut at these places."""
    splitter, found, junk = Splitter(dialect, told(dialect)), list[Frame](), 0
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, end in itertools.pairwise(places):
        more, lost = splitter.feed(stream[start:end])
        found += more
        junk += lost
    return found, junk


def test_requests_are_the_makers_bytes() -> None:
    assert sent(frames.status(CU16, 0)) == GOLDEN["cu16"]["status of board 0"]
    assert sent(frames.unlock(CU16, 0, 0)) == GOLDEN["cu16"]["unlock lock 1"]
    assert sent(frames.unlock(CU16, 0, 5)) == GOLDEN["cu16"]["unlock lock 6"]
    assert sent(frames.status(CU48, 0)) == GOLDEN["cu48"]["status of board 0"]
    assert sent(frames.unlock(CU48, 0, 4)) == GOLDEN["cu48"]["unlock lock 5"]


def test_a_cu16_has_its_board_in_the_high_nibble_and_its_lock_in_the_low_one() -> None:
    assert sent(frames.unlock(CU16, 0x3, 0xB))[2:4] == "3b"
    assert sent(frames.status(CU16, 0xE))[2:4] == "e0"


@pytest.mark.parametrize(
    ("dialect", "name", "open_locks"),
    [(CU16, "all locked", []), (CU16, "lock 1 open", [0]), (CU48, "all locked", [])],
)
def test_answers_are_read_as_the_maker_wrote_them(dialect: Dialect, name: str, open_locks: list[int]) -> None:
    ((frame,), junk) = Splitter(dialect, told(dialect)).feed(bytes.fromhex(GOLDEN[dialect.name.lower()][name]))
    status = Status.decode(frame.data)
    assert [lock for lock, hook in enumerate(status.hooks) if not hook] == open_locks
    assert len(status.hooks) == len(status.items) == dialect.locks
    assert not any(status.items)
    assert (frame.board, junk) == (0, 0)


def test_a_pulse_is_told_and_set_in_units_of_ten_milliseconds_high_byte_first() -> None:
    assert sent(frames.ask_time(2)) == "022037035c"
    assert sent(frames.set_time(2, 3000)) == "022037012c0389"
    assert frames.milliseconds(bytes([0x01, 0x2C])) == 3000


@given(EITHER.flatmap(lambda dialect: st.tuples(st.just(dialect), st.lists(st.booleans(), min_size=96, max_size=96))))
def test_hooks_and_items_survive_a_round_trip(given_: tuple[Dialect, list[bool]]) -> None:
    dialect, bits = given_
    status = Status(tuple(bits[: dialect.locks]), tuple(bits[48 : 48 + dialect.locks]))
    assert Status.decode(status.encode()) == status


@given(st.data(), EITHER, st.lists(st.integers(0, 200), max_size=12))
def test_whole_frames_are_found_however_they_are_cut(data: st.DataObject, dialect: Dialect, cuts: list[int]) -> None:
    frames_ = data.draw(st.lists(statuses(dialect), max_size=5))
    stream = b"".join(frame.encode(dialect) for frame in frames_)
    assert fed(dialect, stream, cuts) == (frames_, 0)


@given(st.data(), EITHER, st.lists(st.integers(0, 400), max_size=12))
def test_noise_between_frames_is_counted_and_costs_no_frame(
    data: st.DataObject, dialect: Dialect, cuts: list[int]
) -> None:
    frames_ = data.draw(st.lists(statuses(dialect), max_size=4))
    noise = st.binary(max_size=20).map(lambda junk: junk.replace(b"\x02", b"\xff"))
    stream, lost = b"", 0
    for frame in frames_:
        junk = data.draw(noise)
        stream += junk + frame.encode(dialect)
        lost += len(junk)
    assert fed(dialect, stream, cuts) == (frames_, lost)


@given(EITHER, st.binary(max_size=200) | st.text("\x02\x03\x35\x75\x00\x61", max_size=200).map(str.encode))
def test_no_garbage_raises_and_nothing_unsound_is_a_frame(dialect: Dialect, garbage: bytes) -> None:
    found, junk = fed(dialect, garbage, [])
    whole = [frame.encode(dialect) for frame in found]
    assert all(frame in garbage for frame in whole)
    assert sum(map(len, whole)) + junk <= len(garbage)


@given(st.data(), EITHER, st.binary(max_size=60))
def test_a_frame_after_any_garbage_is_found_once_the_garbage_is_over(
    data: st.DataObject, dialect: Dialect, garbage: bytes
) -> None:
    frame = data.draw(statuses(dialect))
    stream = garbage + frame.encode(dialect) * 2  # garbage may end like the beginning of a frame
    assert frame in fed(dialect, stream, [])[0]


@given(st.data(), EITHER, st.integers(0, 17), st.integers(0, 7))
def test_a_flipped_bit_is_never_another_status(data: st.DataObject, dialect: Dialect, place: int, bit: int) -> None:
    frame = data.draw(statuses(dialect))
    raw = bytearray(frame.encode(dialect))
    raw[place % len(raw)] ^= 1 << bit
    assert fed(dialect, bytes(raw), [])[0] == []


@given(st.data(), EITHER)
def test_what_one_splitter_holds_back_is_bounded(data: st.DataObject, dialect: Dialect) -> None:
    splitter = Splitter(dialect, told(dialect))
    for piece in data.draw(st.lists(st.binary(max_size=50), max_size=10)):
        splitter.feed(piece)
        assert len(splitter._held) < dialect.status_size
