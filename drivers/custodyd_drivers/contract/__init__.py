"""What the daemon and every device family agree on: reports, verbs, proofs of identity; it knows no byte, no person.

A driver is made by `Family.open`, used for one connection, closed, and never revived. Its life:

    driver = family.open(settings, bus)    no I/O yet
    await driver.start()                   opens the wire, proves who is there; raises DeviceError
    async for report in driver.reports()   for ever, until the link is lost (raises) or the task is cancelled
    await driver.<verb>(...)               at any time between start and close; raises DeviceError
    await driver.close()                   never raises, bounded in time, safe twice and before start

Every await may be cancelled; the driver then forgets what an abandoned question may still answer.
"""

from custodyd_drivers.contract.capabilities import (
    CodeScanner,
    Driver,
    FingerprintReader,
    Identity,
    Light,
    LockBank,
    Proof,
    SmsGateway,
    Threaded,
    WristbandReceiver,
)
from custodyd_drivers.contract.family import (
    Bus,
    BusKind,
    Family,
    OnBus,
    ReceiverFamily,
    Wire,
)
from custodyd_drivers.contract.reports import (
    Answered,
    BandHeard,
    BandRepeated,
    CodeScanned,
    CodeUnreadable,
    DoorClosed,
    DoorOpened,
    FingerLifted,
    FingerMatched,
    FingerUnknown,
    FingerUnreadable,
    HeartRate,
    MessageAcceptedLate,
    MessageDelivered,
    MessageReceived,
    ReceiverDeaf,
    ReceiverHears,
    Report,
    SignalChanged,
    SkinTemperature,
    SosPressed,
    StrapClosed,
    StrapOpened,
)

__all__ = [
    "Answered",
    "BandHeard",
    "BandRepeated",
    "Bus",
    "BusKind",
    "CodeScanned",
    "CodeScanner",
    "CodeUnreadable",
    "DoorClosed",
    "DoorOpened",
    "Driver",
    "Family",
    "FingerLifted",
    "FingerMatched",
    "FingerUnknown",
    "FingerUnreadable",
    "FingerprintReader",
    "HeartRate",
    "Identity",
    "Light",
    "LockBank",
    "MessageAcceptedLate",
    "MessageDelivered",
    "MessageReceived",
    "OnBus",
    "Proof",
    "ReceiverDeaf",
    "ReceiverFamily",
    "ReceiverHears",
    "Report",
    "SignalChanged",
    "SkinTemperature",
    "SmsGateway",
    "SosPressed",
    "StrapClosed",
    "StrapOpened",
    "Threaded",
    "Wire",
    "WristbandReceiver",
]
