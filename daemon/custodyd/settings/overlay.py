"""The second file of a simulation: it moves wires to twins and names the socket of civil time, nothing else."""

from typing import Any

from custodyd.settings.convert import Good, as_table, table
from custodyd.settings.expect import expected
from custodyd.settings.mistakes import Findings
from custodyd.settings.scanner import KeyPath
from custodyd.settings.shape import Simulation
from custodyd.settings.source import Document
from custodyd.settings.wording import listed, nearest

TRANSPORT = ("port", "host", "tcp_port", "dbus_address")
_SECTIONS = ("bus", "device", "simulation")


def apply(findings: Findings, base: Good, overlay: Document, places: dict[KeyPath, Any]) -> None:
    """Replace transport keys in `base` and their places; everything else in the overlay is a mistake at its place."""
    own = Findings(overlay.file, overlay.places, findings.mistakes, findings.remarks)
    for section, value in overlay.data.items():
        tables = as_table(value)
        if section not in _SECTIONS:
            close = nearest(section, _SECTIONS)
            own.add((section,), "settings.overlay-key", expected=listed(_SECTIONS), nearest=close)
        elif tables is None:
            own.add((section,), "settings.wrong-type", expected=expected(dict), found=value)
        elif section == "simulation":
            table(own, (section,), tables, Simulation)
        else:
            _section(own, section, tables, as_table(base.get(section)) or {}, places)


def _section(own: Findings, section: str, tables: Good, existing: Good, places: dict[KeyPath, Any]) -> None:
    for name, value in tables.items():
        keys, replaced = as_table(value), as_table(existing.get(name))
        path: KeyPath = (section, name)
        if name not in existing:
            own.add(path, "settings.overlay-new", expected=listed(existing), nearest=nearest(name, existing))
        elif keys is None:
            own.add(path, "settings.wrong-type", expected=expected(dict), found=value)
        elif replaced is not None:
            _replace(own, path, keys, replaced, places)


def _replace(own: Findings, path: KeyPath, keys: Good, replaced: Good, places: dict[KeyPath, Any]) -> None:
    for key in keys:
        if key not in TRANSPORT:
            own.add((*path, key), "settings.overlay-key", expected=listed(TRANSPORT), nearest=nearest(key, TRANSPORT))
    moved = {key: keys[key] for key in TRANSPORT if key in keys}
    # a wire is either a port or a host: the twin may stand on the other kind
    gone = ("host", "tcp_port") if "port" in moved else ("port",) if "host" in moved else ()
    for key in gone:
        replaced.pop(key, None)
    for key, value in moved.items():
        replaced[key] = value
        places[(*path, key)] = own.place((*path, key))
