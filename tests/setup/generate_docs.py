"""Writes the pages that are made from the code: docs/events.md and docs/openapi.json."""

import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from custodyd.api.openapi import describe
from custodyd.model.entry import Fact
from custodyd.model.facts import KINDS
from custodyd.texts import Locale, say

DOCS = Path(__file__).parents[2] / "docs"
HEAD = """# Kinds of entries · 记录条目一览

Made from the code by `tests/setup/generate_docs.py`; a test compares. The list is closed: an entry of another kind does
not fit this format. What every entry has besides its `data`: [record.md](record.md).
"""


def pages() -> dict[str, str]:
    """File name → content."""
    openapi = json.dumps(describe(), ensure_ascii=False, indent=2, sort_keys=True)
    return {"events.md": events(), "openapi.json": openapi + "\n"}


def events() -> str:
    """One section per kind, in the order of the alphabet."""
    return "\n".join([HEAD, *(section(kind, fact) for kind, fact in sorted(KINDS.items()))])


def section(kind: str, fact: type[Fact]) -> str:
    """Caption in both languages, meaning, fields."""
    caption = f"{say(f'kind.{kind}', Locale.ZH)} · {say(f'kind.{kind}', Locale.EN)}"
    schema = msgspec.json.schema(fact)["$defs"][fact.__name__]
    lines = [f"## `{kind}`", "", caption, "", inspect.cleandoc(fact.__doc__ or ""), ""]
    fields: Mapping[str, Any] = schema["properties"]
    if fields:
        lines += ["| field | type | always there |", "|---|---|---|"]
        needed = schema.get("required", [])
        lines += [f"| `{name}` | {words(of)} | {'yes' if name in needed else 'no'} |" for name, of in fields.items()]
        lines.append("")
    return "\n".join(lines)


def words(schema: Mapping[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(words(one) for one in schema["anyOf"] if one.get("type") != "null")
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list of {words(schema.get('items') or {'type': 'any'})}" if schema.get("items") else "list"
    return str(schema.get("type", "any"))


def main() -> int:
    for name, content in pages().items():
        (DOCS / name).write_text(content, "utf-8")
        print(f"wrote docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
