"""Cutting a hostile stream into codes: what comes out depends on bytes and silences, not on reads."""

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custodyd_drivers.contract import CodeScanned, CodeUnreadable
from custodyd_drivers.scanner.lines import Found, Grammar, Once, Splitter, decoded

PLAIN = Grammar(b"", b"\r", 512)
LABEL = "C1-D-7K2M9QXA-1-O56ERF6IJQBBC57Z"
CODES = st.text(min_size=1, max_size=12).filter(str.isprintable)
SUFFIXES = st.sampled_from([b"\r", b"\n", b"\r\n", b"\t"])
PIECES = st.sampled_from([b"\r", b"\r\n", b"A", b"12", b"\xff\x02", b"AAAAAAA", b"\n"])


def cut(parts: list[bytes], grammar: Grammar = PLAIN) -> list[Found]:
    splitter = Splitter(grammar)
    found = [one for part in parts for one in splitter.feed(part)] + splitter.silence()
    assert not splitter.waiting
    return found


def split(stream: bytes, data: st.DataObject) -> list[bytes]:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=20)))
    return [stream[a:b] for a, b in itertools.pairwise([0, *cuts, len(stream)])]


@given(
    st.lists(CODES, max_size=5),
    st.sampled_from([b"\r", b"\n", b"\r\n", b"\t"]),
    st.sampled_from([b"", b">"]),
    st.data(),
)
def test_codes_come_out_as_they_went_in(codes: list[str], suffix: bytes, prefix: bytes, data: st.DataObject) -> None:
    stream = b"".join(prefix + code.encode() + suffix for code in codes)
    grammar = Grammar(prefix, suffix, 512)
    assert cut(split(stream, data), grammar) == [CodeScanned(code) for code in codes]


@given(
    st.lists(st.sampled_from([b"\r", b"\r\n", b"A", b"12", b"\xff\x02", b"AAAAAAA", b"\n"])).map(b"".join), st.data()
)
def test_hostile_bytes_give_the_same_result_however_they_are_split(stream: bytes, data: st.DataObject) -> None:
    for suffix in (b"\r", b"\r\n", b""):
        grammar = Grammar(b"A", suffix, 3)
        assert cut(split(stream, data), grammar) == cut([stream], grammar)


@given(st.binary(max_size=300))
def test_whatever_comes_in_only_printable_text_leaves(stream: bytes) -> None:
    for one in cut([stream], Grammar(b"", b"\r", 40)):
        assert isinstance(one, CodeUnreadable) or (one.text.isprintable() and 0 < len(one.text) <= 40)


def test_a_half_code_is_discarded_and_the_next_one_stands_alone() -> None:
    splitter = Splitter(PLAIN)
    assert splitter.feed(b"C1-D-7K2M") == []
    assert splitter.silence() == [CodeUnreadable("halting", 9)]
    assert splitter.feed(LABEL.encode() + b"\r") == [CodeScanned(LABEL)]


def test_silence_without_a_code_says_nothing() -> None:
    assert cut([]) == []
    assert cut([b"\r\r\r"]) == []


def test_silence_ends_a_code_without_suffix() -> None:
    assert cut([b"AB", b"CD"], Grammar(b"", b"", 512)) == [CodeScanned("ABCD")]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("卷宗 A1".encode(), "卷宗 A1"),
        ("卷宗 A1".encode("gb18030"), "卷宗 A1"),
        ("𠮷".encode("gb18030"), "𠮷"),
        (b"\xff\xff", None),
        (b"A\x00B", None),
        (b"A\x1b[2JB", None),
        ("A\u202eB".encode(), None),  # right-to-left override: a screen would show another code
        ("A\u200bB".encode(), None),
        ("A\x85B".encode(), None),
        (b"", None),
    ],
)
def test_letters_are_utf8_or_else_gb18030_and_printable(line: bytes, text: str | None) -> None:
    assert decoded(line) == text


def test_a_code_without_the_configured_prefix_is_none() -> None:
    assert cut([b"A\r>B\r"], Grammar(b">", b"\r", 8)) == [CodeUnreadable("undecodable", 1), CodeScanned("B")]


@pytest.mark.parametrize("letters", [9, 100, 100_000])
def test_a_code_that_is_too_long_is_told_by_its_length_alone(letters: int) -> None:
    stream = b"A" * letters + b"\rOK\r"
    for parts in ([stream], [stream[at : at + 7] for at in range(0, len(stream), 7)]):
        assert cut(parts, Grammar(b"", b"\r", 8)) == [CodeUnreadable("overlong", letters), CodeScanned("OK")]


def test_length_counts_letters_not_bytes() -> None:
    assert cut(["卷卷卷\r卷卷卷卷\r".encode()], Grammar(b"", b"\r", 3)) == [
        CodeScanned("卷卷卷"),
        CodeUnreadable("overlong", 12),
    ]


def test_a_hundred_seconds_of_garbage_do_not_grow_memory() -> None:
    splitter = Splitter(PLAIN)
    garbage = bytes(byte for byte in range(256) if byte != 0x0D) * 40
    splitter.feed(garbage)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(100):
            assert splitter.feed(garbage) == []
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 16_384
    assert splitter.silence() == [CodeUnreadable("halting", 101 * len(garbage))]


def test_the_same_code_within_the_window_is_one_scan() -> None:
    once = Once(2.0)
    assert once.fresh(CodeScanned("A"), 0.0)
    assert once.fresh(CodeScanned("B"), 0.5)
    assert not once.fresh(CodeScanned("A"), 1.0)
    assert not once.fresh(CodeScanned("A"), 2.9), "it was still seen 1.9 s before"
    assert once.fresh(CodeScanned("A"), 4.9)


def test_noise_without_end_is_told_once_per_window() -> None:
    once = Once(2.0)
    told = [once.fresh(CodeUnreadable("undecodable", 3), tenth / 10) for tenth in range(60)]
    assert [tenth for tenth, fresh in enumerate(told) if fresh] == [0, 20, 40]
    assert once.fresh(CodeUnreadable("halting", 3), 5.95)


def test_no_window_tells_everything() -> None:
    once = Once(0.0)
    assert once.fresh(CodeScanned("A"), 1.0)
    assert once.fresh(CodeScanned("A"), 1.0)


def test_many_different_codes_do_not_grow_memory() -> None:
    once = Once(2.0)
    assert all(once.fresh(CodeScanned(str(number)), 0.0) for number in range(1000))
    assert len(once._seen) <= 64
