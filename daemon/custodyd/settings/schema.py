"""The JSON Schema of devices.toml for editors, from its tables and every installed family; it checks nothing."""

from typing import Any, cast

import msgspec

from custodyd.settings import shape
from custodyd.settings.known import Known, installed

Schema = dict[str, Any]
_TEMPLATE = "#/$defs/{name}"


def schema(known: Known | None = None) -> Schema:
    """A JSON Schema (draft 2020-12) of the file: what an editor can complete and underline."""
    known = known or installed()
    kinds = (shape.Document, known.bus, *(family.settings for family in known.families.values()))
    references, definitions = msgspec.json.schema_components(kinds, ref_template=_TEMPLATE)
    defined = {reference["$ref"]: definitions[_name(reference)] for reference in references}
    whole, bus, *families = (defined[reference["$ref"]] for reference in references)
    for reference in references[1:]:
        definitions.pop(_name(reference), None)
    devices = {name: _device(name, own, known) for name, own in zip(known.families, families, strict=True)}
    whole["properties"]["bus"] = _each("[bus.<id>]", _with(bus, {"label": _label()}))
    whole["properties"]["device"] = _each("[device.<id>]", {"oneOf": [_at(f"device.{name}") for name in devices]})
    definitions |= {f"device.{name}": device for name, device in devices.items()}
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


def _device(name: str, own: Schema, known: Known) -> Schema:
    caption = " / ".join(known.families[name].caption.values())
    driver: Schema = {"const": name, "description": caption}
    return {**_with(own, {"driver": driver, "label": _label()}), "title": name, "description": caption}


def _with(own: Schema, more: Schema) -> Schema:
    """A family's table with the keys that every table of its section has."""
    return {
        **own,
        "properties": {**more, **own["properties"]},
        "required": [*more, *own.get("required", [])],
    }
