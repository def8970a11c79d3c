"""The JSON Schema of devices.toml for editors, from its tables and every installed family; it checks nothing."""

from typing import Any, cast

import msgspec

from custodyd.settings import shape
from custodyd.settings.attached import USUAL_PROTOCOL
from custodyd.settings.known import Known, installed
from custodyd_drivers.contract import BusKind, Family

Schema = dict[str, Any]
_TEMPLATE = "#/$defs/{name}"


def schema(known: Known | None = None) -> Schema:
    """A JSON Schema (draft 2020-12) of the file: what an editor can complete and underline."""
    known = known or installed()
    known_ones: tuple[BusKind | Family, ...] = (*known.buses.values(), *known.families.values())
    receiver = known.receiver
    worn = (receiver.wristband, receiver.model) if receiver is not None else ()
    kinds = (shape.Document, *(one.settings for one in known_ones), *worn)
    references, definitions = msgspec.json.schema_components(kinds, ref_template=_TEMPLATE)
    defined = {reference["$ref"]: definitions[_name(reference)] for reference in references}
    whole, *own = (defined[reference["$ref"]] for reference in references)
    for reference in references[1:]:
        definitions.pop(_name(reference), None)
    tables = iter(own)
    buses = {f"bus.{name}": _bus(kind, next(tables)) for name, kind in known.buses.items()}
    devices = {f"device.{name}": _device(family, next(tables)) for name, family in known.families.items()}
    if worn:
        whole["properties"]["wristband"] = _each("[wristband.<id>]", _with(next(tables), {"label": _label()}))
        whole["properties"]["wristband_model"] = _each("[wristband_model.<id>]", next(tables))
    whole["properties"]["bus"] = _each("[bus.<id>]", {"oneOf": [_at(name) for name in buses]})
    whole["properties"]["device"] = _each("[device.<id>]", {"oneOf": [_at(name) for name in devices]})
    definitions |= buses | devices
    definitions.pop(_name(references[0]))
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "devices.toml"}
    body = {key: value for key, value in whole.items() if key != "title"}
    return {**head, **_tidy(body), "$defs": _each_tidy(dict(sorted(definitions.items())))}


def text(known: Known | None = None) -> str:
    """The schema as it is committed: indented, ending in a line feed."""
    raw = msgspec.json.encode(schema(known))
    return msgspec.json.format(raw, indent=2).decode() + "\n"


def _tidy(value: object) -> Any:
    """TOML has no null: a key that may be absent is not required, that is all. Captions keep one line."""
    if isinstance(value, list):
        return [_tidy(item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    node: Schema = dict(cast("Schema", value))
    some = [one for one in node.get("anyOf", []) if one != {"type": "null"}]
    if len(some) == 1:
        del node["anyOf"]
        node |= some[0]
    if node.get("default") is None or isinstance(node["default"], dict):
        node.pop("default", None)
    if "description" in node:
        node["description"] = " ".join(node["description"].partition("\n\n")[0].split())
    return {key: _each_tidy(item) if key == "properties" else _tidy(item) for key, item in node.items()}


def _each_tidy(nodes: Schema) -> Schema:
    """Under `properties` the words are a family's keys, not those of JSON Schema."""
    return {name: _tidy(node) for name, node in nodes.items()}


def _name(reference: Schema) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _at(name: str) -> Schema:
    return {"$ref": _TEMPLATE.format(name=name)}


def _label() -> Schema:
    return msgspec.json.schema(shape.Label)


def _each(description: str, value: Schema) -> Schema:
    names: Schema = {key: item for key, item in msgspec.json.schema(shape.Id).items() if key != "type"}
    return {"description": description, "type": "object", "propertyNames": names, "additionalProperties": value}


def _bus(kind: BusKind, own: Schema) -> Schema:
    found = _kind(kind, own, "protocol")
    if kind.name == USUAL_PROTOCOL:
        found["required"].remove("protocol")
    return found


def _device(family: Family, own: Schema) -> Schema:
    return _kind(family, own, "driver")


def _kind(kind: BusKind | Family, own: Schema, key: str) -> Schema:
    """A table of its own whose `key` says which."""
    caption = " / ".join(kind.caption.values())
    word: Schema = {"const": kind.name, "description": caption}
    return {**_with(own, {key: word, "label": _label()}), "title": kind.name, "description": caption}


def _with(own: Schema, more: Schema) -> Schema:
    """A family's table with the keys that every table of its section has."""
    return {
        **own,
        "properties": {**more, **own["properties"]},
        "required": [*more, *own.get("required", [])],
    }
