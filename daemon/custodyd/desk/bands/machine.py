"""What an event means for wristbands and receivers: the next state, entries, messages; pure, it writes nothing.

A band is watched from the moment it is heard until its loss is explained; there is no issuing of bands yet, so every
band of devices.toml that is heard counts as in use. Nothing but a proven advert makes it known, and while no receiver
is proven to hear, no band becomes lost: the receiver's own incident stands for all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from custodyd.desk.bands.events import Ears, Event, Explained, Gone, Heard, OfBand, Repeated, Sos, Strap, Tick
from custodyd.desk.bands.states import GOOD_PERCENT, LOST_S, LOW_PERCENT, Band, Receiver, State
from custodyd.model.entry import Draft, Fact
from custodyd.model.facts import wristbands as facts
from custodyd.model.station import Right

LEADERS, TECHNICIANS = Right.APPROVE, Right.CONFIGURE
SOS_S = 60.0  # presses within this time are one entry while nobody has explained the first


@dataclass(frozen=True, slots=True)
class Told:
    """A message: text id, who holds which right, about which incident and thing."""

    text: str
    right: Right
    about: str
    item: str


@dataclass(frozen=True, slots=True)
class Step:
    """One transition."""

    state: State
    entries: tuple[Draft, ...] = ()
    told: tuple[Told, ...] = ()


def step(state: State, event: Event) -> Step:
    """What `event` means in `state`; what concerns a band or receiver that the station does not have means nothing."""
    return _ON[type(event)](state, event)


def started(state: State, civil: int) -> Step:
    """A run begins: what was heard in the one before is unknown until it is heard again."""
    entries: list[Draft] = []
    for band in [one for one in state.bands.values() if one.standing == "heard"]:
        state = state.with_band(replace(band, standing="unknown"))
        entries.append(_draft(facts.WristbandUnknown(why="start"), civil, band=band.id))
    return Step(state, tuple(entries))


# --- bands ------------------------------------------------------------------------------------------------------------


def _heard(state: State, event: Heard) -> Step:
    band = state.bands.get(event.band)
    if band is None:
        return Step(state)
    entries = [*_known_again(band, event), *_battery(band, event)]
    now = replace(band, standing="heard", heard=event.at, heard_civil=event.civil, lost_incident=None)
    return Step(state.with_band(replace(now, low_incident=_low(band, event))), tuple(entries))


def _known_again(band: Band, event: Heard) -> tuple[Draft, ...]:
    if band.standing == "heard":
        return ()
    if band.standing == "unheard":
        return (_of(event, facts.WristbandHeard(proof=event.proof)),)
    seconds = round(event.at - band.heard)
    known = _of(event, facts.WristbandKnown(seconds=seconds))
    if band.standing == "unknown":
        return (known,)
    return (known, _of(event, facts.WristbandFound(seconds=seconds), band.lost_incident))


def _battery(band: Band, event: Heard) -> tuple[Draft, ...]:
    before, after, percent = band.low_incident, _low(band, event), event.battery
    if percent is None or before == after:
        return ()
    if after is not None:
        return (_of(event, facts.BatteryLow(percent=percent), after),)
    return (_of(event, facts.BatteryGood(percent=percent), before),)


def _low(band: Band, event: Heard) -> str | None:
    if event.battery is None or LOW_PERCENT < event.battery < GOOD_PERCENT:
        return band.low_incident
    if event.battery >= GOOD_PERCENT:
        return None
    return band.low_incident or _incident("battery-low", band.id, event.civil)


def _strap(state: State, event: Strap) -> Step:
    band = state.bands.get(event.band)
    if band is None or band.strap_open == (event.how is not None):
        return Step(state)
    if event.how is None:
        entry = _of(event, facts.StrapClosed(), band.strap_incident)
        return Step(state.with_band(replace(band, strap_open=False)), (entry,))
    incident = band.strap_incident or _incident("strap", band.id, event.civil)
    entry = _of(event, facts.StrapOpened(how=event.how), incident)
    told = () if band.strap_incident else (Told("sms.wristband.strap", LEADERS, incident, band.id),)
    return Step(state.with_band(replace(band, strap_open=True, strap_incident=incident)), (entry,), told)


def _sos(state: State, event: Sos) -> Step:
    band = state.bands.get(event.band)
    if band is None or (band.sos_incident is not None and event.at - band.sos_at < SOS_S):
        return Step(state)
    incident = band.sos_incident or _incident("sos", band.id, event.civil)
    entry = _of(event, facts.SosPressed(press=event.press), incident)
    told = () if band.sos_incident else (Told("sms.wristband.sos", LEADERS, incident, band.id),)
    return Step(state.with_band(replace(band, sos_incident=incident, sos_at=event.at)), (entry,), told)


def _repeated(state: State, event: Repeated) -> Step:
    band = state.bands.get(event.band)
    if band is None or band.repeated_incident is not None:
        return Step(state)
    incident = _incident("repeated", band.id, event.civil)
    entry = _of(event, facts.AdvertsRepeated(), incident)
    told = (Told("sms.wristband.repeated", TECHNICIANS, incident, band.id),)
    return Step(state.with_band(replace(band, repeated_incident=incident)), (entry,), told)


def _tick(state: State, event: Tick) -> Step:
    entries: list[Draft] = []
    told: list[Told] = []
    for band in [one for one in state.bands.values() if one.standing in ("heard", "unknown")]:
        one = _silent(state, band, event)
        state, entries, told = one.state, [*entries, *one.entries], [*told, *one.told]
    return Step(state, tuple(entries), tuple(told))


def _silent(state: State, band: Band, event: Tick) -> Step:
    if band.standing == "heard":
        if event.at < band.unknown_at:
            return Step(state)
        why = facts.WristbandUnknown(why="receiver" if state.hearing_since is None else "silent", last=band.heard_civil)
        entry = _draft(why, event.civil, band=band.id)
        return Step(state.with_band(replace(band, standing="unknown")), (entry,))
    hearing = state.hearing_since
    # silence counts only while somebody hears: a band is not lost by a deaf receiver
    if hearing is None or event.at < max(band.unknown_at, max(band.heard, hearing) + LOST_S):
        return Step(state)
    incident = _incident("lost", band.id, event.civil)
    entry = _draft(facts.WristbandLost(seconds=round(event.at - band.heard)), event.civil, band.id, incident)
    told = (Told("sms.wristband.lost", LEADERS, incident, band.id),)
    return Step(state.with_band(replace(band, standing="lost", lost_incident=incident)), (entry,), told)


# --- receivers --------------------------------------------------------------------------------------------------------


def _ears(state: State, event: Ears) -> Step:
    before = state.receivers.get(event.receiver)
    if before is None or before.hears is event.hears:
        return Step(state)
    after = replace(before, hears=event.hears, since=event.at)
    if not event.hears:
        return _deaf(state, after, event)
    if before.deaf_incident is None:
        return Step(state.with_receiver(after))
    fact = facts.ReceiverHears(seconds=round(event.at - before.deaf_at))
    entry = _draft(fact, event.civil, incident=before.deaf_incident, device=event.receiver)
    return Step(state.with_receiver(replace(after, deaf_incident=None)), (entry,))


def _deaf(state: State, after: Receiver, event: Ears) -> Step:
    if after.deaf_incident is not None:
        return Step(state.with_receiver(after))
    incident = _incident("deaf", after.id, event.civil)
    fact = facts.ReceiverDeaf(seconds=round(event.seconds))
    entry = _draft(fact, event.civil, incident=incident, device=event.receiver)
    told = (Told("sms.receiver.deaf", TECHNICIANS, incident, after.id),)
    return Step(state.with_receiver(replace(after, deaf_incident=incident, deaf_at=event.at)), (entry,), told)


def _gone(state: State, event: Gone) -> Step:
    before = state.receivers.get(event.receiver)
    return Step(state) if before is None else Step(state.with_receiver(replace(before, hears=None, since=event.at)))


# --- what people do ---------------------------------------------------------------------------------------------------


def _explained(state: State, event: Explained) -> Step:
    """The incident is closed: it may happen anew, and a band whose loss is explained is watched once it is heard."""
    for band in state.bands.values():
        if event.incident == band.lost_incident:
            return Step(state.with_band(replace(band, standing="unheard", lost_incident=None)))
        if event.incident == band.strap_incident:
            return Step(state.with_band(replace(band, strap_open=False, strap_incident=None)))
        if event.incident == band.sos_incident:
            return Step(state.with_band(replace(band, sos_incident=None)))
        if event.incident == band.repeated_incident:
            return Step(state.with_band(replace(band, repeated_incident=None)))
    return Step(state)  # a low battery and a deaf receiver are over when they are over


_ON: dict[type[Event], Callable[[State, Any], Step]] = {
    Heard: _heard,
    Strap: _strap,
    Sos: _sos,
    Repeated: _repeated,
    Ears: _ears,
    Gone: _gone,
    Explained: _explained,
    Tick: _tick,
}


def _of(event: OfBand, fact: Fact, incident: str | None = None) -> Draft:
    return _draft(fact, event.civil, event.band, incident, event.receiver)


def _draft(
    fact: Fact, civil: int, band: str | None = None, incident: str | None = None, device: str | None = None
) -> Draft:
    return Draft(fact=fact, happened=civil, object=band, incident=incident, device=device)


def _incident(what: str, where: str, civil: int) -> str:
    return f"wristband-{what}:{where}:{civil}" if what != "deaf" else f"receiver-deaf:{where}:{civil}"
