"""The OpenAPI 3.1 description of the table of routes; made from it, never written by hand."""

import re
from typing import Any

import msgspec

from custodyd.api import bodies
from custodyd.api.routes import Route
from custodyd.api.table import ROUTES

EVENTS = "/v1/events"
DESCRIPTION = "/v1/openapi.json"
_REFS = "#/components/schemas/{name}"
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457, with the rule that refused, its sentence and the next step in both languages.",
    "required": ["type", "title", "status", "rule", "texts", "next_step"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "rule": {"type": "string"},
        "about": {"type": "string", "description": "the kind of thing that is missing or in the way"},
        "detail": {"type": "string", "description": "for whoever mends the request; English"},
        "texts": {"type": "object", "additionalProperties": {"type": "string"}},
        "next_step": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Kept in the entry: a repeat gets the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
}


def describe() -> dict[str, Any]:
    """The whole document."""
    types = [kind for route in ROUTES for kind in (route.answer, route.body or bodies.Nothing)]
    _, schemas = msgspec.json.schema_components(dict.fromkeys(types), ref_template=_REFS)
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(route.path.replace(":path}", "}"), {})[route.method.lower()] = _operation(route)
    paths[EVENTS] = {"get": _events()}
    paths[DESCRIPTION] = {"get": _own()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "custodyd",
            "version": "1",
            "description": "HTTP on a unix socket. Who asks is the account at its other end; whatever opens, approves "
            "or enrols needs a finger at a reader as well. Times are RFC 3339 text with +08:00.",
        },
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {**schemas, "Problem": _PROBLEM}},
    }


def _operation(route: Route) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)(?::path)?}", route.path)
    ]
    parameters += [{"name": name, "in": "query", "schema": {"type": "string"}} for name in route.query]
    operation: dict[str, Any] = {
        "operationId": f"{route.handler.__name__}",
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done and durable" if route.method == "POST" else "Found", **_json(route.answer)},
            "default": {"description": "Refused", "content": {"application/problem+json": _schema("Problem")}},
        },
    }
    if route.right is not None:
        operation["x-right"] = route.right.value
    if route.method == "POST":
        parameters.append(_KEY)
        operation["requestBody"] = {"required": True, **_json(route.body or bodies.Nothing)}
    return operation


def _json(kind: type) -> dict[str, Any]:
    return {"content": {"application/json": _schema(kind.__name__)}}


def _schema(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": _REFS.format(name=name)}}


def _events() -> dict[str, Any]:
    place = {"type": "string", "pattern": "^[0-9]+/-?[0-9]+$"}
    after = {"name": "Last-Event-ID", "in": "header", "schema": place}
    instead = {"name": "after", "in": "query", "description": "where no header can be sent", "schema": place}
    return {
        "operationId": "events",
        "summary": "Entries as they become durable; resumed without gaps",
        "parameters": [after, instead],
        "responses": {"200": {"description": "id = segment/seq", "content": {"text/event-stream": {}}}},
    }


def _own() -> dict[str, Any]:
    found: dict[str, Any] = {"description": "OpenAPI 3.1", "content": {"application/json": {}}}
    return {"operationId": "description", "summary": "This document", "responses": {"200": found}}
