"""What a hand does to the simulated station, in words from another terminal, a scenario or a test; no bytes."""

import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from custodyd_simulators.hands import Phone
from custodyd_simulators.twins import Station
from custodyd_simulators.wires import Wire
from custodyd_simulators.wristband import verbs as wristbands

TOUCH_S = 0.8  # long enough for a reader that looks five times a second


class Misunderstood(Exception):
    """The words make no sense here; the message says what is expected."""


def act(station: Station, verb: str, words: list[str]) -> Any:
    """Do `verb` with its words; returns what JSON can say. Raises Misunderstood."""
    known = VERBS.get(verb)
    if known is None:
        raise Misunderstood(f"verbs are: {', '.join(VERBS)}")
    try:
        return known(station, *words)
    except (KeyError, ValueError, TypeError) as exc:
        raise Misunderstood(f"{verb}: {USAGE[verb]} ({exc})") from exc


def finger(station: Station, reader: str, name: str, seconds: str = str(TOUCH_S)) -> str:
    """Lay a finger on a reader's glass and lift it after a moment."""
    glass, wire = station.reader(reader), station.wires[reader]
    with wire.lock:
        glass.press(name)
    time.sleep(float(seconds))
    with wire.lock:
        glass.lift()
    return "lifted"


def scan(station: Station, scanner: str, text: str) -> str:
    """Hold a code before a scanner."""
    with station.wires[scanner].lock:
        station.window(scanner).scan(text)
    return "held"


def door(station: Station, place: str, motion: str) -> str:
    """Open or shut a compartment's door, or look at it."""
    bank, number = station.door(place)
    if motion == "open":
        bank.open(number)
    elif motion == "shut":
        bank.shut(number)
    elif motion in ("jam", "free"):
        bank.jam(number, motion == "jam")
    elif motion != "look":
        raise ValueError(motion)
    return "open" if number in bank.standing_open else "shut"


def pulses(station: Station, place: str) -> int:
    """How many unlock pulses a door's coil has felt."""
    bank, number = station.door(place)
    return bank.pulses.get(number, 0)


def sms_inbox(station: Station, modem: str = "") -> list[dict[str, str | int]]:
    """What the handsets have, behind the modem named or the only one."""
    phones = [modem] if modem else [device for device, hand in station.hands.items() if isinstance(hand, Phone)]
    found = [sms for device in phones for sms in station.phone(device).inbox]
    return [{"to": sms.recipient, "text": sms.text, "parts": sms.parts} for sms in found]


def fault(station: Station, wire: str, *knobs: str) -> str:
    """Turn knobs of a wire: unplug, plug, clear, or knob=value (see custodyd_simulators.faults).

    A knob is of what the device says; `heard.knob=value` is of what it hears.
    """
    found = station.wires[wire]
    for knob in knobs:
        with found.lock:
            _turn(found, knob)
    return f"says {found.faults}, hears {found.hearing}"


def _turn(wire: Wire, knob: str) -> None:
    plain: Mapping[str, Callable[[], None]] = {"unplug": wire.unplug, "plug": wire.plug, "clear": wire.clear}
    if knob in plain:
        plain[knob]()
        return
    name, _, value = knob.removeprefix("heard.").partition("=")
    faults = wire.hearing if knob.startswith("heard.") else wire.faults
    kind = cast("type[object]", type(getattr(faults, name)))
    convert: Mapping[type, Callable[[str], Any]] = {
        bool: lambda text: text in ("1", "true", "yes"), bytes: bytes.fromhex, int: int, float: float, type(None): int,
    }  # fmt: skip
    setattr(faults, name, convert[kind](value))


VERBS: Mapping[str, Callable[..., Any]] = {
    "finger": finger,
    "scan": scan,
    "door": door,
    "pulses": pulses,
    "sms-inbox": sms_inbox,
    "fault": fault,
    **wristbands.VERBS,
}
USAGE = {
    "finger": "READER NAME [SECONDS]",
    "scan": "SCANNER TEXT",
    "door": "CABINET/COMPARTMENT open|shut|jam|free|look",
    "pulses": "CABINET/COMPARTMENT",
    "sms-inbox": "[MODEM]",
    "fault": "DEVICE|BUS unplug|plug|clear|KNOB=VALUE|heard.KNOB=VALUE ...",
    **wristbands.USAGE,
}
