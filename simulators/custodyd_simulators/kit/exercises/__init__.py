"""What a device of each capability is made to do, by its hand and by its verbs alone; it knows no family, no byte."""

from collections.abc import Mapping

from custodyd_simulators.kit.exercises.codes import Codes
from custodyd_simulators.kit.exercises.exercise import Exercise, Verb
from custodyd_simulators.kit.exercises.fingers import Fingers
from custodyd_simulators.kit.exercises.locks import Locks
from custodyd_simulators.kit.exercises.messages import Messages
from custodyd_simulators.kit.exercises.wrists import Wristbands

__all__ = ["EXERCISES", "Exercise", "Verb"]

EXERCISES: Mapping[str, type[Exercise]] = {
    "FingerprintReader": Fingers,
    "LockBank": Locks,
    "CodeScanner": Codes,
    "SmsGateway": Messages,
    "WristbandReceiver": Wristbands,
}
