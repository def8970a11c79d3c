"""Which devices are seen and which are blind since when."""

from custodyd.model.entry import Entry
from custodyd.model.projection import Projection, Rows, Table

DEVICE = Table(
    "device",
    {
        "device": "text",
        "state": "text",
        "since": "int",
        "proof": "text",
        "value": "text",
        "model": "text",
        "why": "text",
    },
    ("device",),
)


def _identified(rows: Rows, entry: Entry) -> None:
    data = entry.data
    proof = {"proof": data["proof"], "value": data["value"], "model": data.get("model", "")}
    rows.put("device", {"device": entry.device, "state": "seen", "since": entry.happened, **proof})


def _blind(rows: Rows, entry: Entry) -> None:
    before = rows.get("device", entry.device) or {"device": entry.device}
    rows.put("device", {**before, "state": "blind", "since": entry.happened, "why": entry.data["reason"]})


def _seen(rows: Rows, entry: Entry) -> None:
    before = rows.get("device", entry.device) or {"device": entry.device}
    rows.put("device", {**before, "state": "seen", "since": entry.happened, "why": None})


DEVICES = Projection(
    "devices",
    1,
    (DEVICE,),
    {"device.identified": _identified, "device.blind.began": _blind, "device.blind.ended": _seen},
)
