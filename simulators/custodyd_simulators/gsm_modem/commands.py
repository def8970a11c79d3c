"""What each AT command does to a modem (3GPP TS 27.005, TS 27.007); it knows neither bytes nor lines' ends."""

import re
from collections.abc import Callable

from custodyd_drivers.gsm_modem.pdu import with_smsc
from custodyd_simulators.gsm_modem.card import Stored
from custodyd_simulators.gsm_modem.state import Modem

Command = Callable[[Modem, str], list[str]]
_QUOTED = re.compile(r'"([^"]*)"')


class CmeError(Exception):
    """An error of the equipment."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class CmsError(Exception):
    """An error of the message service."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


UNSUPPORTED, NO_SIM, WANTS_PIN, WANTS_PUK, BUSY, WRONG_PIN, BAD_INDEX = 4, 10, 11, 12, 14, 16, 321
_BEFORE_PIN = ("CPIN", "CPINR", "CMEE", "CFUN", "CGMI", "CGMM", "CGMR", "CGSN", "CSQ", "CREG", "CEREG", "CSCS", "CMGF")


def perform(modem: Modem, name: str, form: str) -> list[str]:
    """The information lines of `+name` with its form ("", "?", "=?", "=..."); raises CmeError, CmsError."""
    command = _COMMANDS.get(name)
    if command is None or name in modem.quirks.unsupported:
        raise CmeError(UNSUPPORTED)
    if name not in _BEFORE_PIN:
        _ready(modem)
    return command(modem, form)


def _ready(modem: Modem) -> None:
    if not modem.sim.present:
        raise CmeError(NO_SIM)
    if modem.sim.state != "READY":
        raise CmeError(WANTS_PIN if modem.sim.state == "SIM PIN" else WANTS_PUK)


def _cpin(modem: Modem, form: str) -> list[str]:
    sim = modem.sim
    if not sim.present:
        raise CmeError(NO_SIM)
    if sim.busy:
        sim.busy -= 1
        raise CmeError(BUSY)
    if form == "?":
        return [f"+CPIN: {sim.state}"]
    if sim.busy_on_entry:
        sim.busy_on_entry -= 1
        raise CmeError(BUSY)
    values = _QUOTED.findall(form) or [form.removeprefix("=")]
    good = sim.unblock(*values[:2]) if len(values) == 2 else sim.state == "SIM PIN" and sim.enter(values[0])
    if not good:
        raise CmeError(WRONG_PIN if sim.tries else WANTS_PUK)
    return []


def _cpinr(modem: Modem, _: str) -> list[str]:
    return [f"+CPINR: SIM PIN,{modem.sim.tries},3"]


def _cmee(modem: Modem, form: str) -> list[str]:
    if form == "?":
        return [f"+CMEE: {modem.cmee}"]
    if form == "=?":
        return ["+CMEE: (0-2)"]
    modem.cmee = _number(form, 0, 2)
    return []


def _registration(name: str) -> Command:
    def command(modem: Modem, form: str) -> list[str]:
        if form == "=?":
            return [f"+{name}: (0-2)"]
        if form != "?":
            modem.creg = _number(form, 0, 2)
            return []
        knobs = modem.network.knobs
        state = 2 if not knobs.registered else 5 if knobs.roaming else 1
        place = ',"1A2B","0C3D"' if modem.creg == 2 and knobs.registered else ""
        return [f"+{name}: {modem.creg},{state}{place}"]

    return command


def _csq(modem: Modem, _: str) -> list[str]:
    return [f"+CSQ: {modem.network.knobs.quality if modem.network.knobs.registered else 99},99"]


def _cmgf(_: Modem, form: str) -> list[str]:
    if form in ("?", "=?"):
        return ["+CMGF: 0" if form == "?" else "+CMGF: (0)"]
    if form != "=0":
        raise CmsError(303)  # a modem without text mode, as 27.005 allows
    return []


def _cscs(modem: Modem, form: str) -> list[str]:
    if form == "=?":
        return ['+CSCS: ("GSM","IRA","UCS2")']
    if form == "?":
        return [f'+CSCS: "{modem.charset}"']
    name = form.removeprefix("=").strip('"')
    if name not in ("GSM", "IRA", "UCS2"):
        raise CmeError(UNSUPPORTED)
    modem.charset = name
    return []


def _cnmi(modem: Modem, form: str) -> list[str]:
    if form == "=?":
        return ["+CNMI: (0,1,2),(0,1,2),(0),(0,1,2),(0,1)"]
    if form == "?":
        return ["+CNMI: " + ",".join(map(str, modem.routes))]
    values = form.removeprefix("=")
    if values in modem.quirks.refused_routes or not re.fullmatch(r"[0-3](,[0-3]){0,4}", values):
        raise CmsError(302)
    given = tuple(int(value) for value in values.split(","))
    modem.routes = given + modem.routes[len(given) :]
    return []


def _cpms(modem: Modem, form: str) -> list[str]:
    names = "(" + ",".join(f'"{name}"' for name in modem.memories) + ")"
    if form == "=?":
        return [f"+CPMS: {names},{names},{names}"]
    if form != "?":
        chosen = _QUOTED.findall(form)
        if not chosen or len(chosen) > 3 or any(name not in modem.memories for name in chosen):
            raise CmsError(302)
        modem.chosen[: len(chosen)] = chosen
    fill = [(name, len(modem.memories[name].slots), modem.memories[name].capacity) for name in modem.chosen]
    shown = (f'"{name}",{used},{total}' if form == "?" else f"{used},{total}" for name, used, total in fill)
    return ["+CPMS: " + ",".join(shown)]


def _cmgr(modem: Modem, form: str) -> list[str]:
    slot = modem.reading.slots.get(_number(form, 0, 9999))
    if slot is None:
        raise CmsError(BAD_INDEX)
    state, slot.state = slot.state, Stored.READ
    return [f"+CMGR: {state},,{len(slot.tpdu)}", with_smsc(slot.tpdu, modem.smsc)]


def _cmgl(modem: Modem, form: str) -> list[str]:
    if form == "=?":
        return ["+CMGL: (0-4)"]
    wanted = _number(form or "=0", 0, 4)
    lines: list[str] = []
    for index, slot in sorted(modem.reading.slots.items()):
        if wanted in (4, slot.state):
            lines += [f"+CMGL: {index},{slot.state},,{len(slot.tpdu)}", with_smsc(slot.tpdu, modem.smsc)]
            slot.state = Stored.READ
    return lines


def _cmgd(modem: Modem, form: str) -> list[str]:
    if form == "=?":
        return ["+CMGD: (" + ",".join(map(str, sorted(modem.reading.slots))) + "),(0-4)"]
    index, _, flag = form.removeprefix("=").partition(",")
    if flag == "4":
        modem.reading.slots.clear()
    elif modem.reading.slots.pop(_number("=" + index, 0, 9999), None) is None:
        raise CmsError(BAD_INDEX)
    return []


def _cnma(modem: Modem, form: str) -> list[str]:
    if form == "=?":
        return ["+CNMA: (0-2)"]
    if not modem.unacknowledged:
        raise CmsError(340)
    modem.unacknowledged -= 1
    return []


def _csms(modem: Modem, form: str) -> list[str]:
    if form == "=?":
        return ["+CSMS: (0,1)"]
    if form == "?":
        return [f"+CSMS: {modem.csms},1,1,1"]
    modem.csms = _number(form, 0, 1)
    return ["+CSMS: 1,1,1"]


def _csca(modem: Modem, form: str) -> list[str]:
    if form == "?":
        return [f'+CSCA: "{modem.smsc}",{145 if modem.smsc.startswith("+") else 129}']
    if found := _QUOTED.search(form):
        modem.smsc = found[1]
    return []


def _cfun(_: Modem, form: str) -> list[str]:
    return ["+CFUN: 1"] if form == "?" else []


def _cgsn(modem: Modem, _: str) -> list[str]:
    if modem.quirks.imei is None:
        raise CmeError(UNSUPPORTED)
    return [modem.quirks.imei]


def _fixed(text: str) -> Command:
    return lambda _modem, _form: [] if _form == "=?" else [text]


def _number(form: str, low: int, high: int) -> int:
    text = form.removeprefix("=")
    if not re.fullmatch(r"[0-9]{1,5}", text) or not low <= int(text) <= high:
        raise CmeError(UNSUPPORTED)
    return int(text)


_COMMANDS: dict[str, Command] = {
    "CPIN": _cpin,
    "CPINR": _cpinr,
    "CMEE": _cmee,
    "CREG": _registration("CREG"),
    "CEREG": _registration("CEREG"),
    "CSQ": _csq,
    "CMGF": _cmgf,
    "CSCS": _cscs,
    "CNMI": _cnmi,
    "CPMS": _cpms,
    "CMGR": _cmgr,
    "CMGL": _cmgl,
    "CMGD": _cmgd,
    "CNMA": _cnma,
    "CSMS": _csms,
    "CSCA": _csca,
    "CFUN": _cfun,
    "CGSN": _cgsn,
    "CGMI": _fixed("custodyd"),
    "CGMM": _fixed("Simulated modem"),
    "CGMR": _fixed("1.0"),
    "CIMI": _fixed("460000000000001"),
}
