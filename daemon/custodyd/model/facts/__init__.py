"""The closed list of entry kinds: one Fact per kind, each a schema and a caption; docs/events.md is made from it."""

from collections.abc import Mapping
from types import MappingProxyType

from custodyd.model.entry import Fact
from custodyd.model.facts import cabinet, cases, clocks, devices, imports, messages, people, record, reports, wristbands

ALL: tuple[type[Fact], ...] = (
    *record.FACTS,
    *people.FACTS,
    *cases.FACTS,
    *cabinet.FACTS,
    *devices.FACTS,
    *clocks.FACTS,
    *messages.FACTS,
    *wristbands.FACTS,
    *imports.FACTS,
    *reports.FACTS,
)

KINDS: Mapping[str, type[Fact]] = MappingProxyType({fact.kind: fact for fact in ALL})
"""Kind → schema of its `data`."""
