"""Between receivers and the desk of wristbands: reports become events, steps become messages; it decides nothing."""

from collections.abc import Collection, Mapping, Sequence

from custodyd.desk.bands import events
from custodyd.desk.bands.machine import Told
from custodyd.desk.lookup import Lookup
from custodyd.model.entry import Draft
from custodyd.reminders.rounds import Words, intend
from custodyd.settings import Settings
from custodyd_drivers import contract
from custodyd_drivers.contract import Report

RECEIVER = "WristbandReceiver"
Now = tuple[float, int]


def bands_of(settings: Settings) -> tuple[Mapping[str, float], Collection[str]]:
    """The bands of a station with the seconds between their adverts, and its receivers."""
    intervals = {band.id: band.interval_s for band in settings.wristbands.values()}
    return intervals, [device.id for device in settings.devices.values() if device.capability == RECEIVER]


def event(now: Now, receiver: str, report: Report) -> events.Event | None:
    """What a report of a receiver means to the desk; None for what it does not take."""
    match report:
        case contract.BandHeard(band=band):
            return events.Heard(*now, receiver, band, report.proof, report.battery)
        case contract.StrapOpened(band=band):
            return events.Strap(*now, receiver, band, report.how)
        case contract.StrapClosed(band=band):
            return events.Strap(*now, receiver, band, None)
        case contract.SosPressed(band=band):
            return events.Sos(*now, receiver, band, report.press)
        case contract.BandRepeated(band=band):
            return events.Repeated(*now, receiver, band)
        case contract.ReceiverDeaf():
            return events.Ears(*now, receiver, hears=False, seconds=report.seconds)
        case contract.ReceiverHears():
            return events.Ears(*now, receiver, hears=True)
        case _:
            return None  # no rule of the station uses a heart rate or a temperature yet


def messages(told: Sequence[Told], civil: int, settings: Settings, lookup: Lookup, words: Words) -> Sequence[Draft]:
    """A message to everyone who holds the right that each names; bands and receivers go by their labels."""
    drafts: list[Draft] = []
    for one in told:
        thing = settings.wristbands.get(one.item) or settings.devices.get(one.item)
        text, parts = words(one.text, item=thing.label if thing is not None else one.item)
        people = lookup.holding(one.right)
        drafts += [intend(person, text, parts, one.about, "red", civil, None, None) for person in people]
    return drafts
