"""One trial: its name in both languages and what it does; it knows no device."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path

from custodyd_simulators.kit.bench import Bench

Run = Callable[[Bench, Path, int], Coroutine[object, object, float]]
"""(bench, an empty folder, seed) → the seconds that the table shows; raises Broken, Inapplicable."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A column of one device."""

    name: str
    caption: Mapping[str, str]
    run: Run
