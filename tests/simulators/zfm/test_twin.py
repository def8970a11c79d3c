"""The twin by itself: the makers' examples, its state, its families, its voice."""

import tomllib
from pathlib import Path

import pytest

from custodyd_drivers.zfm.frames import Code, Frame, Kind, Op, Parser, R503Op, SynoOp, ZfmOp, command
from custodyd_drivers.zfm.settings import Settings
from custodyd_simulators.hands import Reader
from custodyd_simulators.zfm import TWIN, ZfmTwin
from custodyd_simulators.zfm.module import TEMPLATE_SIZE, template

DATA = Path(__file__).parents[2] / "drivers" / "zfm" / "golden.toml"
GOLDEN = {row["meaning"]: bytes.fromhex(row["bytes"]) for row in tomllib.loads(DATA.read_text())["frame"]}

DIALOGUES = [
    ("VfyPwd, password 0", "done"),
    ("GenImg", "no finger"),
    ("Delete slot 5", "done"),
    ("Empty", "done"),
    ("SetSysPara, level 5", "done"),
    ("Search buffer 1 in slots 0 to 199", "not found"),
    ("ReadSysPara", "system 9, 200 slots, level 3, packets of 128, 57600 Bd"),
]


@pytest.mark.parametrize(("asked", "said"), DIALOGUES)
def test_a_printed_command_has_the_printed_answer(twin, asked, said):
    one = twin()
    one.voice.hear(GOLDEN[asked])
    assert one.said == GOLDEN[said]


def test_three_templates_are_counted_as_printed(twin):
    one = twin()
    for slot in range(3):
        one.hand.store(slot, f"finger {slot}")
    one.voice.hear(GOLDEN["TemplateNum"])
    assert one.said == GOLDEN["three templates"]


def test_a_command_byte_by_byte_behind_noise_is_understood(twin):
    one = twin()
    for byte in b"\x55\xef\x00" + GOLDEN["GenImg"]:
        one.voice.hear(bytes([byte]))
    assert one.said == GOLDEN["no finger"]


def test_a_damaged_command_and_an_unknown_one_are_answered_01(twin):
    one = twin()
    one.voice.hear(GOLDEN["GenImg"][:-1] + b"\xff")
    assert Parser().feed(one.said)[0].payload == bytes([Code.PACKET_DAMAGED])
    assert one.code(0x7F) == Code.PACKET_DAMAGED
    assert one.code(Op.SEARCH, b"\1") == Code.PACKET_DAMAGED


def test_a_command_to_another_address_is_answered_20(twin):
    one = twin()
    assert one.ask(Op.GEN_IMG, address=7)[0].payload == bytes([Code.WRONG_ADDRESS])


def test_until_the_password_is_given_everything_is_refused(twin):
    one = twin(password=7)
    assert one.code(Op.TEMPLATE_NUM) == Code.PASSWORD_NEEDED
    assert one.code(Op.VFY_PWD, bytes(4)) == Code.WRONG_PASSWORD
    assert one.code(Op.VFY_PWD, b"\0\0\0\7") == Code.OK
    assert one.code(Op.TEMPLATE_NUM) == Code.OK
    one.hand.power_cycle()
    assert one.code(Op.TEMPLATE_NUM) == Code.PASSWORD_NEEDED


def test_the_codes_of_pictures(twin):
    one = twin()
    assert one.code(Op.IMG_2_TZ, b"\1") == Code.NO_IMAGE
    for finger, code in [("worn-li", Code.TOO_FEW_FEATURES), ("wet li", Code.TOO_WET), ("wang", Code.OK)]:
        one.hand.press(finger)
        assert one.code(Op.GEN_IMG) == Code.OK
        assert one.code(Op.IMG_2_TZ, b"\1") == code
    one.hand.soil()
    assert one.code(Op.IMG_2_TZ, b"\1") == Code.MESSY


def test_the_codes_of_slots(twin):
    one = twin()
    assert one.code(Op.STORE, b"\1\0\5") == Code.NO_IMAGE
    assert one.code(Op.STORE, b"\1\0\xc8") == Code.PAGE_OUT_OF_RANGE
    assert one.code(Op.LOAD, b"\1\0\5") == Code.TEMPLATE_UNREADABLE
    assert one.code(Op.LOAD, b"\1\0\xc8") == Code.PAGE_OUT_OF_RANGE
    assert one.code(Op.DELETE, b"\0\xc8\0\1") == Code.PAGE_OUT_OF_RANGE
    assert one.code(Op.READ_INDEX_TABLE, b"\1") == Code.PAGE_OUT_OF_RANGE
    assert one.code(Op.UP_CHAR, b"\1") == Code.UPLOAD_FAILED
    assert one.code(Op.UP_IMAGE) == Code.IMAGE_UPLOAD_FAILED
    assert one.code(Op.REG_MODEL) == Code.PRINTS_DIFFER
    assert one.code(Op.MATCH) == Code.NO_MATCH


def test_the_codes_of_registers_and_pages(twin):
    one = twin()
    assert one.code(Op.SET_SYS_PARA, b"\7\1") == Code.BAD_REGISTER
    assert one.code(Op.SET_SYS_PARA, b"\5\6") == Code.BAD_VALUE
    assert one.code(Op.READ_NOTEPAD, b"\x10") == Code.BAD_NOTEPAD_PAGE
    assert one.code(Op.WRITE_NOTEPAD, b"\x10" + bytes(32)) == Code.BAD_NOTEPAD_PAGE


def test_a_search_stays_in_its_range(twin):
    one = twin()
    one.hand.store(20, "wang")
    one.hand.press("wang")
    one.ask(Op.GEN_IMG)
    one.ask(Op.IMG_2_TZ, b"\1")
    assert one.code(Op.SEARCH, b"\1\0\0\0\x14") == Code.NOT_FOUND
    assert one.code(Op.SEARCH, b"\1\0\x14\0\1") == Code.OK
    assert one.code(Op.HI_SPEED_SEARCH, b"\1\0\0\0\xc8") == Code.OK


def test_the_notepad_keeps_a_page(twin):
    one = twin()
    one.ask(Op.WRITE_NOTEPAD, b"\3" + b"x" * 32)
    assert one.ask(Op.READ_NOTEPAD, b"\3")[0].payload == b"\0" + b"x" * 32


def test_an_upload_in_packets_fills_a_buffer(twin):
    one = twin()
    one.ask(Op.DOWN_CHAR, b"\2")
    wanted = template("wang")
    for start in range(0, TEMPLATE_SIZE, 128):
        kind = Kind.END if start == 384 else Kind.DATA
        one.voice.hear(Frame(kind, wanted[start : start + 128]).encode())
    assert one.voice.module.buffers[2] == wanted
    frames = one.ask(Op.UP_CHAR, b"\2")
    assert [frame.kind for frame in frames] == [Kind.ACK, Kind.DATA, Kind.DATA, Kind.DATA, Kind.END]
    assert b"".join(frame.payload for frame in frames[1:]) == wanted


def test_data_that_nobody_asked_for_is_ignored(twin):
    one = twin()
    one.voice.hear(Frame(Kind.DATA, bytes(32)).encode())
    assert (one.said, one.voice.module.buffers) == (b"", {})


def test_one_byte_means_different_things_to_different_makers(twin):
    assert twin(family="zfm").code(R503Op.AURA_LED, b"\1\1\1\1") == Code.PACKET_DAMAGED
    assert twin(family="r503").code(R503Op.AURA_LED, b"\1\1\1\1") == Code.OK
    assert twin(family="syno").code(SynoOp.HAND_SHAKE) == Code.OK
    assert len(twin(family="r503").ask(R503Op.READ_PROD_INFO)[0].payload) == 47
    assert len(twin(family="syno").ask(SynoOp.CONTROL_BLN, bytes(4))[0].payload) == 1
    assert twin(family="zfm").code(ZfmOp.GET_ECHO) == Code.ECHO


def test_an_r503_says_55_when_its_power_comes_and_after_a_reset(twin):
    one = twin(family="r503")
    one.hand.power_cycle()
    assert one.said == b"\x55"
    one.ask(R503Op.SOFT_RESET)
    assert one.said.endswith(b"\x55")
    quiet = twin()
    quiet.hand.power_cycle()
    assert quiet.said == b""


def test_a_command_takes_its_time_and_the_next_waits(twin):
    one = twin()
    one.voice.pace = {Op.GEN_IMG: 0.05}
    one.voice.hear(command(Op.GEN_IMG).encode() + command(Op.TEMPLATE_NUM).encode())
    one.voice.tick(0.04)
    assert one.said == b""
    one.voice.tick(0.02)
    assert [len(frame.payload) for frame in Parser().feed(one.said)] == [1, 3]


def test_a_hidden_command_is_not_answered(twin):
    one = twin()
    one.voice.silent = {Op.READ_SYS_PARA}
    assert one.ask(Op.READ_SYS_PARA) == []


def test_the_same_name_is_the_same_finger_at_every_reader(twin):
    assert template("wang") == template("wang") != template("li")
    first, second = twin(), twin()
    first.hand.store(1, "wang")
    second.hand.store(2, "wang")
    assert first.voice.module.library[1] == second.voice.module.library[2]


def test_templates_outlive_the_process_when_kept(tmp_path):
    keeper, settings = ZfmTwin(keep=True), Settings(port="replaced")
    keeper.stand(settings, tmp_path / "reader").hand.store(7, "wang")
    again = keeper.stand(settings, tmp_path / "reader")
    assert again.hand.occupied == {7}
    assert TWIN.stand(settings, tmp_path / "reader").hand.occupied == frozenset()


def test_a_standing_twin_says_how_to_reach_it(standing, tmp_path):
    assert standing.transport == {"port": str(tmp_path / "reader")}
    assert isinstance(standing.hand, Reader)
    assert standing.hand.lamp == b""


def test_the_settings_of_another_family_are_refused(tmp_path):
    with pytest.raises(TypeError):
        TWIN.stand({"port": "x"}, tmp_path / "reader")
    with pytest.raises(TypeError):
        TWIN.dialect(object())
