"""What a module answers to each command: tables from opcode to a verb on the physics; it knows no frame and no wire.

Sources: ZFM-20 manual; Grow R503 manual pp. 32-34; M5 Unit Fingerprint2 protocol V1.0.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from custodyd_drivers.zfm.frames import (
    PAGE_SLOTS,
    Code,
    Op,
    Parameters,
    R503Op,
    SynoOp,
    ZfmOp,
    encode_index,
)
from custodyd_drivers.zfm.settings import Variant
from custodyd_simulators.zfm.module import NOTEPAD_PAGE, NOTEPAD_PAGES, Module

POWERED = b"\x55"
_IMAGE_SIZE = 256 * 288 // 2


@dataclass(frozen=True, slots=True)
class Answer:
    """An acknowledgement; then a `stream` of data packets, or a buffer to `fill` from the host, or bytes `after` it."""

    code: int = Code.OK
    data: bytes = b""
    stream: bytes = b""
    fill: int = 0
    after: bytes = b""


Verb = Callable[[Module, bytes], Answer]


@dataclass(frozen=True, slots=True)
class Rule:
    """How many bytes of arguments a command has, and what it does."""

    size: int
    do: Verb


def _word(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _gen_img(module: Module, _: bytes) -> Answer:
    return Answer(module.look())


def _img_2_tz(module: Module, args: bytes) -> Answer:
    return Answer(module.extract(_buffer(args)))


def _buffer(args: bytes) -> int:
    # real modules take any other number for 2
    return 1 if args[0] == 1 else 2


def _match(module: Module, _: bytes) -> Answer:
    found = module.compare()
    return Answer(Code.NO_MATCH, bytes(2)) if found is None else Answer(data=found.to_bytes(2, "big"))


def _search(module: Module, args: bytes) -> Answer:
    found = module.search(_buffer(args), _word(args[1:3]), _word(args[3:5]))
    return Answer(Code.NOT_FOUND, bytes(4)) if found is None else Answer(data=found.encode())


def _reg_model(module: Module, _: bytes) -> Answer:
    return Answer(module.merge())


def _store(module: Module, args: bytes) -> Answer:
    slot, features = _word(args[1:3]), module.buffers.get(_buffer(args))
    if slot >= module.capacity:
        return Answer(Code.PAGE_OUT_OF_RANGE)
    if features is None:
        return Answer(Code.NO_IMAGE)
    module.store(slot, features)
    return Answer()


def _load(module: Module, args: bytes) -> Answer:
    slot = _word(args[1:3])
    if slot >= module.capacity:
        return Answer(Code.PAGE_OUT_OF_RANGE)
    if slot not in module.library:
        return Answer(Code.TEMPLATE_UNREADABLE)
    module.buffers[_buffer(args)] = module.library[slot]
    return Answer()


def _up_char(module: Module, args: bytes) -> Answer:
    features = module.buffers.get(_buffer(args))
    return Answer(Code.UPLOAD_FAILED) if features is None else Answer(stream=features)


def _down_char(_: Module, args: bytes) -> Answer:
    return Answer(fill=_buffer(args))


def _up_image(module: Module, _: bytes) -> Answer:
    if module.image is None:
        return Answer(Code.IMAGE_UPLOAD_FAILED)
    return Answer(stream=hashlib.shake_128(module.image.encode()).digest(_IMAGE_SIZE))


def _delete(module: Module, args: bytes) -> Answer:
    slot, count = _word(args[0:2]), _word(args[2:4])
    if slot + count > module.capacity:
        return Answer(Code.PAGE_OUT_OF_RANGE)
    module.delete(slot, count)
    return Answer()


def _empty(module: Module, _: bytes) -> Answer:
    module.clear()
    return Answer()


def _set_sys_para(module: Module, args: bytes) -> Answer:
    name, allowed = _REGISTERS.get(args[0], ("", range(0)))
    if not name:
        return Answer(Code.BAD_REGISTER)
    if args[1] not in allowed:
        return Answer(Code.BAD_VALUE)
    setattr(module, name, args[1])
    return Answer()


_REGISTERS: Mapping[int, tuple[str, range]] = {
    4: ("speed", range(1, 13)),
    5: ("level", range(1, 6)),
    6: ("packet", range(4)),
}


def _read_sys_para(module: Module, _: bytes) -> Answer:
    status = 2 * module.matched + 4 * module.verified + 8 * (module.image is not None)
    parameters = Parameters(
        status=status,
        capacity=module.capacity,
        level=module.level,
        address=module.address,
        packet=module.packet,
        speed=module.speed,
    )
    return Answer(data=parameters.encode())


def _set_pwd(module: Module, args: bytes) -> Answer:
    module.password = _word(args)
    return Answer()


def _vfy_pwd(module: Module, args: bytes) -> Answer:
    module.verified = _word(args) == module.password
    return Answer() if module.verified else Answer(Code.WRONG_PASSWORD)


def _get_random(module: Module, _: bytes) -> Answer:
    return Answer(data=module.draw(4))


def _set_addr(module: Module, args: bytes) -> Answer:
    module.address = _word(args)
    return Answer()


def _read_inf_page(module: Module, _: bytes) -> Answer:
    return Answer(stream=bytes(512))


def _write_notepad(module: Module, args: bytes) -> Answer:
    if args[0] >= NOTEPAD_PAGES:
        return Answer(Code.BAD_NOTEPAD_PAGE)
    module.notepad[args[0]] = args[1:]
    return Answer()


def _read_notepad(module: Module, args: bytes) -> Answer:
    if args[0] >= NOTEPAD_PAGES:
        return Answer(Code.BAD_NOTEPAD_PAGE)
    return Answer(data=module.notepad.get(args[0], bytes(NOTEPAD_PAGE)))


def _template_num(module: Module, _: bytes) -> Answer:
    return Answer(data=len(module.library).to_bytes(2, "big"))


def _read_index(module: Module, args: bytes) -> Answer:
    if args[0] * PAGE_SLOTS >= module.capacity:
        return Answer(Code.PAGE_OUT_OF_RANGE)
    return Answer(data=encode_index(module.library, args[0]))


def _lamp(op: int, module: Module, args: bytes) -> Answer:
    module.lamp = bytes([op]) + args
    return Answer()


def _soft_reset(module: Module, _: bytes) -> Answer:
    module.power_up()
    return Answer(after=POWERED)


def _prod_info(_: Module, __: bytes) -> Answer:
    return Answer(data=b"R503".ljust(46, b"\0"))


def _well(_: Module, __: bytes) -> Answer:
    return Answer()


def _echo(_: Module, __: bytes) -> Answer:
    return Answer(Code.ECHO)


_COMMON: Mapping[int, Rule] = {
    Op.GEN_IMG: Rule(0, _gen_img),
    Op.IMG_2_TZ: Rule(1, _img_2_tz),
    Op.MATCH: Rule(0, _match),
    Op.SEARCH: Rule(5, _search),
    Op.REG_MODEL: Rule(0, _reg_model),
    Op.STORE: Rule(3, _store),
    Op.LOAD: Rule(3, _load),
    Op.UP_CHAR: Rule(1, _up_char),
    Op.DOWN_CHAR: Rule(1, _down_char),
    Op.UP_IMAGE: Rule(0, _up_image),
    Op.DELETE: Rule(4, _delete),
    Op.EMPTY: Rule(0, _empty),
    Op.SET_SYS_PARA: Rule(2, _set_sys_para),
    Op.READ_SYS_PARA: Rule(0, _read_sys_para),
    Op.SET_PWD: Rule(4, _set_pwd),
    Op.VFY_PWD: Rule(4, _vfy_pwd),
    Op.GET_RANDOM: Rule(0, _get_random),
    Op.SET_ADDR: Rule(4, _set_addr),
    Op.READ_INF_PAGE: Rule(0, _read_inf_page),
    Op.WRITE_NOTEPAD: Rule(1 + NOTEPAD_PAGE, _write_notepad),
    Op.READ_NOTEPAD: Rule(1, _read_notepad),
    Op.HI_SPEED_SEARCH: Rule(5, _search),
    Op.TEMPLATE_NUM: Rule(0, _template_num),
    Op.READ_INDEX_TABLE: Rule(1, _read_index),
}

_OWN: Mapping[Variant, Mapping[int, Rule]] = {
    "zfm": {
        ZfmOp.LED_ON: Rule(0, partial(_lamp, ZfmOp.LED_ON)),
        ZfmOp.LED_OFF: Rule(0, partial(_lamp, ZfmOp.LED_OFF)),
        ZfmOp.GET_ECHO: Rule(0, _echo),
    },
    "r503": {
        R503Op.AURA_LED: Rule(4, partial(_lamp, R503Op.AURA_LED)),
        R503Op.READ_PROD_INFO: Rule(0, _prod_info),
        R503Op.SOFT_RESET: Rule(0, _soft_reset),
    },
    "syno": {
        SynoOp.HAND_SHAKE: Rule(0, _well),
        SynoOp.CHECK_SENSOR: Rule(0, _well),
        SynoOp.CONTROL_BLN: Rule(4, partial(_lamp, SynoOp.CONTROL_BLN)),
        SynoOp.GET_ENROLL_IMAGE: Rule(0, _gen_img),
    },
}


def answer(family: Variant, module: Module, command: bytes) -> Answer:
    """What a module of `family` does and says to a command's payload; code 01 for what it does not understand."""
    op, args = command[0], command[1:]
    if module.password and not module.verified and op != Op.VFY_PWD:
        return Answer(Code.PASSWORD_NEEDED)
    rule = _OWN[family].get(op) or _COMMON.get(op)
    if rule is None or len(args) != rule.size:
        return Answer(Code.PACKET_DAMAGED)
    return rule.do(module, args)
