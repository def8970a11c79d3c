"""The JSON Schema for editors is generated, committed, and says the same as the check."""

import json
import re
from typing import Any

import pytest
from tests.daemon.settings.support import KNOWN, ROOT, STATION

from custodyd.settings import schema
from custodyd.settings.schema import text

COMMITTED = ROOT / "docs" / "devices.schema.json"


def test_the_committed_schema_is_that_of_the_code() -> None:
    advice = "run: .venv/bin/custodyd check --schema > docs/devices.schema.json"
    assert COMMITTED.read_text("utf-8") == text(), advice


def test_the_station_names_its_schema_in_the_first_line() -> None:
    first = STATION.read_text("utf-8").splitlines()[0]
    assert first == "#:schema docs/devices.schema.json"
    assert (STATION.parent / first.removeprefix("#:schema ")).samefile(COMMITTED)


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set[str]()
        return own.union(*(references(item) for item in value.values()))
    if isinstance(value, list):
        return set[str]().union(*(references(item) for item in value))
    return set()


def test_every_reference_leads_somewhere_and_nothing_is_left_over() -> None:
    whole = schema(KNOWN)
    assert {name.removeprefix("#/$defs/") for name in references(whole)} == whole["$defs"].keys()


@pytest.mark.parametrize("name", ["finger", "relay", "window", "modem"])
def test_each_family_has_its_own_keys_beside_those_of_all(name: str) -> None:
    device = schema(KNOWN)["$defs"][f"device.{name}"]
    assert device["properties"]["driver"]["const"] == name
    assert {"driver", "label"} <= set(device["required"])
    assert device["additionalProperties"] is False


def test_a_bus_names_its_protocol_unless_it_is_the_usual_one() -> None:
    definitions = schema(KNOWN)["$defs"]
    assert definitions["bus.rings"]["required"] == ["protocol", "label"]
    assert definitions["bus.modbus"]["required"] == ["label"]
    assert definitions["bus.modbus"]["properties"]["protocol"]["const"] == "modbus"


def test_patterns_are_those_that_an_editor_understands() -> None:
    def patterns(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["pattern"]] if isinstance(value.get("pattern"), str) else []
            return own + [found for item in value.values() for found in patterns(item)]
        if isinstance(value, list):
            return [found for item in value for found in patterns(item)]
        return []

    found = patterns(schema(KNOWN))
    assert found
    for pattern in found:
        re.compile(pattern)
        # ECMA 262 knows neither of Python's own forms
        assert not re.search(r"\(\?P|\\A|\\Z|\(\?>|[*+?]\+", pattern)


def test_nothing_may_be_null_because_toml_has_no_null() -> None:
    assert "null" not in text(KNOWN)


def test_the_schema_is_plain_json() -> None:
    assert json.loads(text(KNOWN))["$schema"] == "https://json-schema.org/draft/2020-12/schema"
