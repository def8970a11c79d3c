"""Adverts → which of our bands they are from and what they say; pure, it must not know radios, time or D-Bus."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import translate
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import cast

from custodyd_drivers.wristband import fields, models
from custodyd_drivers.wristband.frames import bthome, kbeacon
from custodyd_drivers.wristband.frames.adverts import uuid
from custodyd_drivers.wristband.frames.reading import SILENT, Reading
from custodyd_drivers.wristband.models import Frame, Model

GROUP = "custodyd.wristband_decoders"
_LEARNT = 4096  # addresses that named themselves as one of ours; one that changes often pushes the oldest out


@dataclass(frozen=True, slots=True)
class Known:
    """A band as its adverts name it: `address` (6 bytes, empty where it changes), `uuid` that its iBeacon begins with,
    `ids` by which it names itself inside a frame, `key` under which it speaks (empty: in clear)."""

    band: str
    model: str
    address: bytes = b""
    uuid: bytes = b""
    ids: tuple[bytes, ...] = ()
    key: bytes = b""


Decoder = Callable[[bytes, Known], Reading | None]
"""The one function that a maker's frame may need: data and band → what it says, None when it is not the band's.

It is called with data that begins and is as long as the frame asks, which is hostile beyond that; it raises nothing.
"""


def _encrypted(data: bytes, known: Known) -> Reading | None:
    opened = kbeacon.encrypted(data, known.address, known.key) if known.key else None
    said = kbeacon.event(known.uuid, opened[0]) if opened else None
    return None if said is None or opened is None else replace(said, counter=opened[1], sealed=True)


_OURS: Mapping[str, Decoder] = MappingProxyType(
    {
        "kbeacon-event": lambda data, known: kbeacon.event(known.uuid, data[2:18]),
        "kbeacon-sensor": lambda data, known: kbeacon.sensor(data),
        "kbeacon-encrypted": _encrypted,
        "bthome": lambda data, known: bthome.reading(data, known.address, known.key),
    }
)


def decoder(name: str) -> Decoder | None:
    """A decoder by name: ours, or one that a third party announces as an entry point of `GROUP`."""
    if name in _OURS:
        return _OURS[name]
    found = entry_points(group=GROUP, name=name)
    return cast("Decoder", next(iter(found)).load()) if found else None


@dataclass(frozen=True, slots=True)
class _Sieve:
    """One kind of advert, made ready for many."""

    model: str
    frame: Frame
    starts: re.Pattern[bytes]
    name: re.Pattern[str] | None
    least: int
    decode: Decoder

    def fits(self, data: bytes, name: str | None) -> bool:
        """Whether this is one."""
        if len(data) < self.least or self.starts.match(data) is None:
            return False
        return self.name is None or (name is not None and self.name.match(name) is not None)


def _sieve(name: str, frame: Frame) -> _Sieve:
    named = re.compile(translate(frame.name)) if frame.name is not None else None
    return _Sieve(name, frame, models.mask(frame.starts), named, frame.least, _decode(frame))


def _decode(frame: Frame) -> Decoder:
    if frame.decode is not None:
        found = decoder(frame.decode)
        if found is None:
            raise LookupError(frame.decode)
        return found
    if not frame.fields:
        return lambda data, known: SILENT
    read = fields.reader(frame.fields)
    return lambda data, known: read(data)


@dataclass(slots=True)
class Ear:
    """Hears adverts of the bands it was told of. Raises LookupError(name) for a decoder that nobody provides."""

    bands: Iterable[Known]
    models: Mapping[str, Model]
    _company: dict[int, list[_Sieve]] = field(default_factory=dict[int, list[_Sieve]])
    _service: dict[str, list[_Sieve]] = field(default_factory=dict[str, list[_Sieve]])
    _named: dict[tuple[str, bytes], Known] = field(default_factory=dict[tuple[str, bytes], Known])
    _addressed: dict[str, Known] = field(default_factory=dict[str, Known])
    _learnt: OrderedDict[str, Known] = field(default_factory=OrderedDict[str, Known])

    def __post_init__(self) -> None:
        for known in self.bands:
            for one in (*known.ids, *((known.address,) if known.address else ())):
                self._named[known.model, one] = known
            if known.address:
                self._addressed[known.address.hex(":").upper()] = known
        for name in dict.fromkeys(known.model for known in self.bands):
            for frame in self.models[name].frames:
                self._listen(_sieve(name, frame))

    def _listen(self, sieve: _Sieve) -> None:
        frame = sieve.frame
        if frame.company is not None:
            self._company.setdefault(frame.company, []).append(sieve)
        if frame.service is not None:
            full = uuid(int(frame.service, 16)) if len(frame.service) == 4 else frame.service
            self._service.setdefault(full, []).append(sieve)

    def hear(
        self, address: str, company: Mapping[int, bytes], service: Mapping[str, bytes], name: str | None
    ) -> tuple[str, Reading] | None:
        """The band that an advert from `address` (upper case, colons) is from, and what it says; None for strangers."""
        found: tuple[str, Reading] | None = None
        for key, data in company.items():
            if key in self._company:
                found = self._joined(found, self._one(self._company[key], address, data, name))
        for full, data in service.items():
            if full in self._service:
                found = self._joined(found, self._one(self._service[full], address, data, name))
        return found

    def _joined(
        self, first: tuple[str, Reading] | None, second: tuple[str, Reading] | None
    ) -> tuple[str, Reading] | None:
        if first is None or second is None:
            return first or second
        return (first[0], first[1].joined(second[1])) if first[0] == second[0] else first

    def _one(self, sieves: list[_Sieve], address: str, data: bytes, name: str | None) -> tuple[str, Reading] | None:
        for sieve in sieves:
            if sieve.fits(data, name):
                known = self._who(sieve, address, data)
                said = sieve.decode(data, known) if known is not None else None
                # a band that speaks under a key is believed only then: what stands in clear, anybody can say
                if known is not None and said is not None and (said.sealed or not known.key):
                    return known.band, self._estimated(known, said)
        return None

    def _who(self, sieve: _Sieve, address: str, data: bytes) -> Known | None:
        if not sieve.frame.identity:
            known = self._addressed.get(address) or self._learnt.get(address)
            return known if known is not None and known.model == sieve.model else None
        identity = b"".join([span.of(data) for span in sieve.frame.identity])
        known = self._named.get((sieve.model, identity))
        if known is not None and known.address:
            return known if self._addressed.get(address) is known else None
        if known is not None and self._learnt.get(address) is not known:
            self._learn(address, known)
        return known

    def _learn(self, address: str, known: Known) -> None:
        self._learnt[address] = known
        if len(self._learnt) > _LEARNT:
            self._learnt.popitem(last=False)

    def _estimated(self, known: Known, said: Reading) -> Reading:
        model = self.models[known.model]
        if said.battery is not None or said.millivolts is None or model.empty_mv is None or model.full_mv is None:
            return said
        share = (said.millivolts - model.empty_mv) / (model.full_mv - model.empty_mv)
        return replace(said, battery=round(100 * min(1.0, max(0.0, share))))
