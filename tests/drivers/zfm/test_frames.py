"""The codec against the makers' printed frames, and against anything else."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custodyd_drivers.contract import Light
from custodyd_drivers.zfm import lights
from custodyd_drivers.zfm.frames import (
    Code,
    Found,
    Frame,
    Kind,
    Op,
    Parameters,
    Parser,
    R503Op,
    SynoOp,
    ack,
    command,
    decode_token,
    encode_index,
    encode_token,
)

GOLDEN = {row["meaning"]: row for row in tomllib.loads(Path(__file__).with_name("golden.toml").read_text())["frame"]}

OURS = {
    "VfyPwd, password 0": command(Op.VFY_PWD, bytes(4)),
    "GenImg": command(Op.GEN_IMG),
    "Img2Tz into buffer 1": command(Op.IMG_2_TZ, b"\1"),
    "RegModel": command(Op.REG_MODEL),
    "Store buffer 1 in slot 5": command(Op.STORE, b"\1\0\5"),
    "Search buffer 1 in slots 0 to 199": command(Op.SEARCH, b"\1\0\0\0\xc8"),
    "ReadSysPara": command(Op.READ_SYS_PARA),
    "Delete slot 5": command(Op.DELETE, b"\0\5\0\1"),
    "Empty": command(Op.EMPTY),
    "TemplateNum": command(Op.TEMPLATE_NUM),
    "ReadIndexTable page 0": command(Op.READ_INDEX_TABLE, b"\0"),
    "SetSysPara, level 5": command(Op.SET_SYS_PARA, b"\5\5"),
    "UpImage": command(Op.UP_IMAGE),
    "R503 AuraLed, breathing blue": command(*lights.order("r503", Light.READY)),
    "R503 AuraLed, red": command(R503Op.AURA_LED, b"\3\0\1\0"),
    "R503 AuraLed, off": command(*lights.order("r503", Light.OFF)),
    "SYNO HandShake": command(SynoOp.HAND_SHAKE),
    "SYNO GetEnrollImage": command(SynoOp.GET_ENROLL_IMAGE),
    "SYNO AutoIdentify, level 3, 1:N": command(SynoOp.AUTO_IDENTIFY, b"\3\xff\xff\0\4"),
    "SYNO ControlBLN, flashing green": command(SynoOp.CONTROL_BLN, b"\2\2\2\0"),
    "done": ack(Code.OK),
    "no finger": ack(Code.NO_FINGER),
    "found in slot 5, score 120": ack(Code.OK, Found(5, 120).encode()),
    "not found": ack(Code.NOT_FOUND, bytes(4)),
    "system 9, 200 slots, level 3, packets of 128, 57600 Bd": ack(Code.OK, Parameters().encode()),
    "three templates": ack(Code.OK, b"\0\3"),
}


@pytest.mark.parametrize("meaning", GOLDEN)
def test_a_frame_is_byte_for_byte_what_the_maker_prints(meaning):
    printed = bytes.fromhex(GOLDEN[meaning]["bytes"])
    assert OURS[meaning].encode() == printed
    assert Parser().feed(printed) == [OURS[meaning]]
    assert OURS[meaning].kind.name.lower() == GOLDEN[meaning]["kind"]
    assert OURS[meaning].payload == bytes.fromhex(GOLDEN[meaning]["payload"])


def test_every_printed_frame_has_a_word_of_ours():
    assert GOLDEN.keys() == OURS.keys()


frames = st.builds(
    Frame, st.sampled_from(Kind), st.binary(min_size=1, max_size=256), st.integers(min_value=0, max_value=0xFFFFFFFF)
)
streams = st.lists(st.one_of(st.binary(max_size=40), frames.map(Frame.encode), st.just(b"\xef\x01"))).map(b"".join)


@given(frames)
def test_a_frame_survives_the_wire(frame):
    assert Parser(frame.address).feed(frame.encode()) == [frame]


@given(streams, st.randoms(use_true_random=False))
def test_any_split_of_a_stream_gives_the_frames_of_the_whole(stream, chance):
    whole, split = Parser(), Parser()
    expected = whole.feed(stream)
    found, rest = [], stream
    while rest:
        size = chance.randint(1, 12)
        found += split.feed(rest[:size])
        rest = rest[size:]
    assert found == expected
    assert (split.damaged, split.pending) == (whole.damaged, whole.pending)


@given(streams)
def test_every_frame_that_comes_out_stood_in_the_stream_with_a_right_sum(stream):
    for frame in Parser().feed(stream):
        assert frame.encode() in stream


@given(st.lists(st.binary(max_size=40)), frames)
def test_noise_before_a_frame_costs_at_most_one_longest_frame(noise, frame):
    parser = Parser(frame.address)
    for part in noise:
        parser.feed(part)
    # a false start may claim up to the longest frame; true frames after it get through
    found = [one for _ in range(30) for one in parser.feed(Frame(Kind.DATA, bytes(32), frame.address).encode())]
    assert len(found) >= 20


@given(frames, st.data())
def test_a_flipped_bit_gives_no_frame_of_this_module(frame, data):
    wire = bytearray(frame.encode())
    bit = data.draw(st.integers(min_value=0, max_value=len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << (bit % 8)
    assert Parser(frame.address).feed(bytes(wire)) == []


@settings(max_examples=50)
@given(st.binary(max_size=4000))
def test_what_is_kept_of_garbage_is_bounded(garbage):
    parser = Parser()
    parser.feed(garbage)
    assert len(parser._buffer) < 9 + 258


def test_frames_of_another_module_are_counted_and_dropped():
    parser = Parser(0xFFFFFFFF)
    assert parser.feed(ack(Code.OK, address=7).encode()) == []
    assert parser.strange == 1


@given(st.sets(st.integers(min_value=0, max_value=1023)))
def test_the_index_table_holds_every_slot_once(slots):
    pages = b"".join(encode_index(slots, page) for page in range(4))
    assert {8 * place + bit for place, byte in enumerate(pages) for bit in range(8) if byte >> bit & 1} == slots


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=31))
def test_a_token_survives_the_notepad(token):
    page = encode_token(token)
    assert len(page) == 32
    assert decode_token(page) == token


@given(st.binary(max_size=40))
def test_a_page_of_somebody_else_is_no_token_or_printable(page):
    token = decode_token(page)
    assert token is None or (token.isascii() and token.isprintable())


@pytest.mark.parametrize("token", ["", "x" * 32, "Straße", "a\nb"])
def test_a_token_that_does_not_fit_is_refused(token):
    with pytest.raises(ValueError, match="31 printable"):
        encode_token(token)


@pytest.mark.parametrize("page", [bytes(32), b"\xff" * 32, b"\xcd" + bytes(31), b"\xcdok"])
def test_an_empty_or_short_page_carries_no_token(page):
    assert decode_token(page) is None
