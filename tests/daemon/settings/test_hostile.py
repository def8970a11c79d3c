"""Whatever happens to a good file, load ends in Settings or in Mistakes that keep their promises."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.daemon.settings.support import KNOWN, SMALL, STATION, promised

from custodyd.settings import Mistake, Mistakes, load
from custodyd.settings.scanner import KeyPath

GOOD = (
    SMALL
    + """
[limits]
lapse_s = 5
[role.clerk]
label = "内勤"
grants = ["review", "label"]
[account]
custodyd-operator = ["clerk"]
[[reminders.loan]]
blue = { hours_left = 4, tell = ["clerk"] }
yellow = { hours_left = 2 }
orange = { hours_left = 1 }
red = { hours_left = 0 }
"""
)


def leaves(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every way to a key or an element, tables included."""
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, item in inner:
        yield (*path, key)
        yield from leaves(item, (*path, key))


def as_toml(value: Any) -> str:
    """A value as TOML's inline notation: a whole document on few lines, which TOML allows."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {as_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value)


def document(data: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {as_toml(value)}\n" for key, value in data.items())


def at(data: Any, path: KeyPath) -> Any:
    for part in path:
        data = data[part]
    return data


VALUES = st.recursive(
    st.one_of(
        st.integers(-(10**20), 10**20),
        st.floats(),
        st.booleans(),
        st.sampled_from(["", "reader", "board", "locks", "clerk", "1-8", "/dev/x", "中文", "\x1b[31m"]),
        st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF), max_size=5),
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["port", "x", "label"]), inner, max_size=2)
    ),
    max_leaves=4,
)
NAMES = st.one_of(
    st.sampled_from(["port", "prot", "label", "reader", "a.b", "", "driver", "unit", "\x07", "名"]),
    st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF), max_size=4),
)


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """The good file after one to three accidents: something dropped, renamed, retyped, repeated."""
    data = tomllib.loads(GOOD)
    for _ in range(draw(st.integers(1, 3))):
        ways = list(leaves(data))
        if not ways:
            break
        path = draw(st.sampled_from(ways))
        around, key = at(data, path[:-1]), path[-1]
        accident = draw(st.sampled_from(["drop", "rename", "retype", "copy"]))
        if accident == "drop":
            del around[key]
        elif accident == "retype":
            around[key] = draw(VALUES)
        elif accident == "copy":
            around[key] = json.loads(json.dumps(at(data, draw(st.sampled_from(ways))), default=str))
        elif isinstance(around, dict):
            around[draw(NAMES)] = around.pop(key)
    return data


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spoiled")


def settled(file: Path, overlay: Path | None = None) -> None:
    found: tuple[Mistake, ...] | None = None
    try:
        load(file, overlay, known=KNOWN)
    except Mistakes as exc:
        found = exc.list
    assert found is None or found
    for one in found or ():
        promised(one)


def test_the_notation_of_these_tests_keeps_the_file_good(place: Path) -> None:
    file = place / "good.toml"
    file.write_text(document(tomllib.loads(GOOD)), "utf-8")
    assert load(file, known=KNOWN).limits.lapse_s == 5


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_no_accident_raises_anything_but_mistakes(place: Path, data: dict[str, Any]) -> None:
    file = place / "spoiled.toml"
    file.write_text(document(data), "utf-8")
    settled(file)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(spoiled())
def test_no_overlay_raises_anything_but_mistakes(place: Path, data: dict[str, Any]) -> None:
    good, over = place / "base.toml", place / "over.toml"
    good.write_text(SMALL, "utf-8")
    over.write_text(document(data), "utf-8")
    settled(good, over)


@given(st.data())
def test_no_cut_or_typing_error_raises_anything_but_mistakes(place: Path, data: st.DataObject) -> None:
    raw = STATION.read_bytes() if data.draw(st.booleans()) else GOOD.encode()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 40)))
    file = place / "cut.toml"
    file.write_bytes(raw[:start] + data.draw(st.binary(max_size=6)) + raw[end:])
    settled(file)
