"""Which alarms were raised and are not cleared yet: what was told is not told again, also after a restart."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table

ALARM = Table(
    "alarm", {"name": "text", "device": "text", "incident": "text", "since": "int"}, ("name", "device")
)  # device "" = of the whole station


def _raised(rows: Rows, entry: Entry) -> None:
    row = {"name": entry.data["name"], "device": entry.device or "", "incident": entry.incident}
    rows.put("alarm", {**row, "since": entry.happened})


def _cleared(rows: Rows, entry: Entry) -> None:
    rows.drop("alarm", entry.data["name"], entry.device or "")


ALARMS = Projection("alarms", 1, (ALARM,), {"alarm.raised": _raised, "alarm.cleared": _cleared})
