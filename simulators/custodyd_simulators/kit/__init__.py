"""The conformance kit: every device of a file before every bad wire, with a verdict; it knows no family.

A driver and its twin are found by their entry points. What a device must do follows from its capability in
`custodyd_drivers.contract`, what a hand can do to its twin from `custodyd_simulators.hands`: a third party's family
that fulfils both is tried like ours.
"""

from custodyd_simulators.kit.bench import Bench, benches
from custodyd_simulators.kit.run import Cell, run

__all__ = ["Bench", "Cell", "benches", "run"]
