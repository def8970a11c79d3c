"""Which device families exist: ours and third parties', by entry point; it imports no driver and no library."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import cast

from custodyd_drivers.contract import Family

GROUP = "custodyd.drivers"


@cache
def families() -> Mapping[str, Family]:
    """Every installed family by name; raises nothing: a broken third-party entry point fails when it is loaded here."""
    found = {point.name: cast("Family", point.load()) for point in entry_points(group=GROUP)}
    return MappingProxyType(dict(sorted(found.items())))
