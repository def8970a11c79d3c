"""What one question on a shared wire brings, and how it may be mistaken; values only, no wire, no protocol."""

from dataclasses import dataclass
from typing import Protocol

from custodyd_drivers.errors import Garbled


class Question(Protocol):
    """What is asked of a unit, in whatever protocol the wire speaks."""

    @property
    def excused(self) -> bool:
        """Whether silence after it says nothing about the unit: some boards never answer an unlock."""
        ...


class Misfit(Garbled):
    """A sound frame of another shape than was asked for: another device, or an answer to something else."""


@dataclass(frozen=True, slots=True)
class Handed:
    """When the first byte of a request was handed to the port (elapsed seconds), and how long it had waited."""

    at: float
    waited_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The data of a sound answer (as the wire's client gives it) and when its request was handed over."""

    data: bytes
    handed: Handed
