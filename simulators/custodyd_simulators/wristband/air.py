"""The air around one receiver: bands that are near say what they have to say, in turn; it must not know D-Bus.

What goes over the wire is an utterance: a letter, the sender's address (6), then
    A   signal strength (s8), the advert's AD structures
    O   what it offers over a connection: UUID (2), length (1), value, one after the other
"""

import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast, get_args

from custodyd_drivers.wristband.frames.reading import Press
from custodyd_drivers.wristband.models import Model, built_in
from custodyd_drivers.wristband.recognise import Known
from custodyd_drivers.wristband.settings import Band, Named, key_of
from custodyd_simulators.wires import Say
from custodyd_simulators.wristband.band import EVENT_S, Worn, strength
from custodyd_simulators.wristband.dialect import offers, speak

URGENT_S = 0.3  # between two adverts while an event is told
OFFER_S = 1.0
BEACON = ""


@dataclass(slots=True)
class Sender:
    """A band or beacon on the air: who it is, how often it speaks, which of its frames is next."""

    known: Known
    model: Model
    interval_s: float
    offering: bool = False
    worn: Worn = field(default_factory=Worn)
    turn: int = 0
    next_s: float = 0.0
    offer_s: float = 0.0

    @property
    def address(self) -> bytes:
        """Its own, or one made from how it names itself."""
        return self.known.address or (b"\xc0" + self.known.ids[0][-5:].rjust(5, b"\0"))

    def advert(self) -> bytes:
        """What it says now; an event goes first."""
        spoken = speak(self.model, self.known, self.worn)
        self.turn = 0 if self.worn.event is not None else (self.turn + 1) % len(spoken)
        chosen = spoken[self.turn]
        self.worn.sent()
        return chosen


class Air:
    """Fulfils `hands.Wrists`, and is the dialect of the receiver's wire."""

    def __init__(self, reference: Named | None = None, seed: int = 0) -> None:
        self.reference = reference
        self.lock: AbstractContextManager[object] = nullcontext()
        self.heard: list[str] = []  # what bluetoothd said: ready, scanning 1, scanning 0
        self._senders: dict[str, Sender] = {}
        self._chance = random.Random(seed)
        self._say: Say = lambda data: None

    def place(self, name: str, sender: Sender) -> None:
        """Put a band into the room."""
        with self.lock:
            sender.next_s = self._chance.random() * sender.interval_s
            self._senders[name] = sender

    def take(self, name: str) -> Sender:
        """Carry a band out of the room; raises KeyError."""
        with self.lock:
            return self._senders.pop(name)

    @property
    def bands(self) -> frozenset[str]:
        """Those in the room."""
        return frozenset(self._senders) - {BEACON}

    # --- a hand ---

    def furnish(self, bands: Mapping[str, object], models: Mapping[str, object], credentials: Path | None) -> None:
        """Put these bands, and the reference beacon, into the room; raises KeyError for a model that is not there."""
        every = {**built_in(), **cast("Mapping[str, Model]", models)}
        if self.reference is not None and self.reference.model in every:
            self.place(BEACON, sender(self.reference, every[self.reference.model]))
        for name, band in cast("Mapping[str, Band]", bands).items():
            self.place(name, sender(band, every[band.model], name, key_of(band, credentials)))

    def strap(self, band: str, motion: str, seconds: float = EVENT_S) -> None:
        """Cut a strap, which is told as an event, or only open and close it; raises ValueError."""
        _known(motion, ("cut", "open", "close"))
        with self.lock:
            sender = self._senders[band]
            if motion == "cut":
                sender.worn.cut(seconds)
                sender.next_s = 0.0
            else:
                sender.worn.strap_open = motion == "open"

    def sos(self, band: str, press: str = "single", seconds: float = EVENT_S) -> None:
        """Press a band's button; raises ValueError."""
        _known(press, get_args(Press))
        with self.lock:
            self._senders[band].worn.press(cast("Press", press), seconds)
            self._senders[band].next_s = 0.0

    def walk(self, band: str, motion: str) -> None:
        """Go out of reach, or come back; raises ValueError."""
        _known(motion, ("away", "back"))
        with self.lock:
            self._senders[band].worn.near = motion == "back"

    def charge(self, band: str, percent: int) -> None:
        """Set a battery."""
        with self.lock:
            self._senders[band].worn.battery = max(0, min(100, percent))

    def pulse(self, band: str, bpm: int, skin: bool = True) -> None:
        """Let the wearer's heart beat so, with the band on the skin or off it."""
        with self.lock:
            body = self._senders[band].worn.body
            body.bpm, body.skin = bpm, skin

    def beacon(self, on: bool) -> None:
        """Switch the reference beacon."""
        self.walk(BEACON, "back" if on else "away")

    # --- the dialect ---

    def attach(self, say: Say) -> None:
        """Take the voice."""
        self._say = say

    def hear(self, data: bytes) -> None:
        """What bluetoothd says."""
        self.heard += data.decode("ascii").split("\n")[:-1]
        del self.heard[:-100]

    def tick(self, dt: float) -> None:
        """Let `dt` real seconds pass."""
        for sender in self._senders.values():
            sender.worn.pass_time(dt)
            sender.next_s -= dt
            sender.offer_s -= dt
            if sender.worn.near:
                self._speak(sender)

    def _speak(self, sender: Sender) -> None:
        if sender.offering and sender.offer_s <= 0:
            sender.offer_s = OFFER_S
            self._say(offer(sender.address, sender.worn))
        if sender.next_s <= 0:
            self._say(b"A" + sender.address + strength(self._chance).to_bytes(1, "big", signed=True) + sender.advert())
            pause = min(URGENT_S, sender.interval_s) if sender.worn.event is not None else sender.interval_s
            # the random delay that the Core Specification adds to every advertising interval
            sender.next_s = pause + self._chance.random() * 0.01


def sender(named: Named, model: Model, name: str = BEACON, key: bytes = b"") -> Sender:
    """A band, or a beacon, as it stands in devices.toml."""
    interval_s = named.interval_s if isinstance(named, Band) else None
    offering = isinstance(named, Band) and named.vitals_s > 0
    return Sender(named.known(name, key), model, interval_s or model.interval_s, offering)


def _known(word: str, words: Sequence[str]) -> None:
    if word not in words:
        raise ValueError(f"{word}: one of {', '.join(words)}")


def offer(address: bytes, worn: Worn) -> bytes:
    """The utterance of what a band offers over a connection."""
    values = (short.to_bytes(2, "big") + bytes([len(value)]) + value for short, value in offers(worn).items())
    return b"O" + address + b"".join(values)


def order(utterance: bytes) -> str | None:
    """The line that tells bluetoothd of an utterance; None when a fault left nothing of it to tell."""
    address = utterance[1:7].hex(":").upper()
    readers: dict[bytes, Callable[[str, bytes], str | None]] = {b"A": _advert_line, b"O": _offer_line}
    reader = readers.get(utterance[:1])
    return reader(address, utterance[7:]) if reader is not None and len(utterance) > 7 else None


def _advert_line(address: str, rest: bytes) -> str:
    return f"advert {address} {int.from_bytes(rest[:1], 'big', signed=True)} {rest[1:].hex()}"


def _offer_line(address: str, rest: bytes) -> str | None:
    words, at = [f"offer {address}"], 0
    while at + 3 <= len(rest):
        end = at + 3 + rest[at + 2]
        words.append(f"{rest[at : at + 2].hex()}={rest[at + 3 : end].hex()}")
        at = end
    return " ".join(words) if at == len(rest) else None
