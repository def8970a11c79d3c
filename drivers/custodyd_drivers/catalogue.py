"""Which device families and shared wires exist: ours and third parties', by entry point; it imports no driver."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import BusKind, Family

GROUP = "custodyd.drivers"
BUSES = "custodyd.buses"


@cache
def families() -> Mapping[str, Family]:
    """Every installed family by name; raises nothing: a broken third-party entry point fails when it is loaded here."""
    return cast("Mapping[str, Family]", _loaded(GROUP))


@cache
def buses() -> Mapping[str, BusKind]:
    """Every protocol that a shared wire may speak, by name; as `families`."""
    return cast("Mapping[str, BusKind]", _loaded(BUSES))


def _loaded(group: str) -> Mapping[str, object]:
    found = {point.name: point.load() for point in entry_points(group=group)}
    return MappingProxyType(dict(sorted(found.items())))
