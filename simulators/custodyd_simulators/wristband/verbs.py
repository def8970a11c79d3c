"""What a hand does to wristbands and to the radio that hears them, in words; no bytes, no D-Bus."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from custodyd_simulators.twins import Station
from custodyd_simulators.wristband.wire import BluezWire


def strap(station: Station, band: str, motion: str, seconds: str = "10") -> str:
    """Cut, open or close a strap."""
    station.wrists(band).strap(band, motion, float(seconds))
    return motion


def sos(station: Station, band: str, press: str = "single", seconds: str = "10") -> str:
    """Press a band's button."""
    station.wrists(band).sos(band, press, float(seconds))
    return press


def walk(station: Station, band: str, motion: str) -> str:
    """Go out of reach with a band, or come back."""
    station.wrists(band).walk(band, motion)
    return motion


def charge(station: Station, band: str, percent: str) -> str:
    """Set a band's battery."""
    station.wrists(band).charge(band, int(percent))
    return percent


def pulse(station: Station, band: str, bpm: str, skin: str = "on") -> str:
    """Let the wearer's heart beat so, the band on or off the skin."""
    if skin not in ("on", "off"):
        raise ValueError(skin)
    station.wrists(band).pulse(band, int(bpm), skin == "on")
    return bpm


def deaf(station: Station, receiver: str, state: str) -> str:
    """Let a receiver's radio hear nothing, or hear again."""
    if state not in ("on", "off"):
        raise ValueError(state)
    wire = _wire(station, receiver)
    with wire.lock:
        wire.faults.mute = state == "on"
    return state


def bluetooth(station: Station, receiver: str, what: str) -> str:
    """What befalls bluetoothd or its adapter."""
    wire = _wire(station, receiver)
    acts: Mapping[str, Callable[[], None]] = {
        "crash": wire.kill_bluetoothd,
        "start": wire.start_bluetoothd,
        "off": lambda: wire.power(on=False),
        "on": lambda: wire.power(on=True),
    }
    acts[what]()
    return what


def _wire(station: Station, receiver: str) -> BluezWire:
    wire = station.wires[receiver]
    if not isinstance(wire, BluezWire):
        raise KeyError(receiver)
    return wire


VERBS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"strap": strap, "sos": sos, "walk": walk, "charge": charge, "pulse": pulse, "deaf": deaf, "bluetooth": bluetooth}
)
USAGE: Mapping[str, str] = MappingProxyType(
    {
        "strap": "BAND cut|open|close [SECONDS]",
        "sos": "BAND [single|double|triple|long] [SECONDS]",
        "walk": "BAND away|back",
        "charge": "BAND PERCENT",
        "pulse": "BAND BPM [on|off]",
        "deaf": "RECEIVER on|off",
        "bluetooth": "RECEIVER crash|start|off|on",
    }
)
