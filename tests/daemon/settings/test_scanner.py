"""The scanner finds every key that tomllib finds, where it stands."""

import json
import string
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.daemon.settings.support import SMALL, STATION

from custodyd.settings.scanner import KeyPath, scan

TRICKY = """\
# [not.a.table]
title = "a # no comment ] } = 'x'"   # but this is
'quoted \\ key' = 1
"esc\\u0041ped\\"" = '[lit]'
long = \"\"\"
[fake]
fake = "in a text" \\
   \\\"\"\" still\"\"\"\"\"
raw = '''
[fake] = 'x' ''''
dotted . deep."er" = { a = 1, b.c = [ {d = 2}, # comment ]
   ] }
empty = []
[ spaced . "name with ]" ]
x = [[1, 2], ["]", '#'], # one
  3,
]
[[many]]
[[many]]
key = 1979-05-27 07:32:00
[[many.inner]]
deep = inf
[many.inner.table]
here = true
[late.child]
[late]
own = -1_000.5e+3
"""


def paths(value: Any, path: KeyPath = ()) -> set[KeyPath]:
    """Every way to a key or an element in what tomllib read."""
    if isinstance(value, dict):
        inner: list[tuple[str | int, Any]] = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        return set()
    return {(*path, key) for key, _ in inner}.union(*(paths(item, (*path, key)) for key, item in inner))


def last_name(path: KeyPath) -> str:
    return next(part for part in reversed(path) if isinstance(part, str))


def agree(text: str) -> dict[KeyPath, tuple[int, int]]:
    found = scan(text)
    assert found.keys() == paths(tomllib.loads(text))
    return found


@pytest.mark.parametrize("text", [TRICKY, TRICKY.replace("\n", "\r\n"), SMALL, STATION.read_text("utf-8"), "", "# x"])
def test_a_document_is_found_whole(text: str) -> None:
    agree(text)


def test_places_are_those_that_an_editor_shows() -> None:
    found = agree(TRICKY)
    assert found["title",] == (2, 1)
    assert found["raw",] == (9, 1)
    assert found["dotted", "deep", "er", "b", "c", 0, "d"] == (11, 40)
    assert found["many", 0] == (18, 3)
    assert found["many", 1, "key"] == (20, 1)
    assert found["many", 1, "inner", 0, "table", "here"] == (24, 1)
    assert found["late",] == (26, 2)


KEYS = st.one_of(
    st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=6),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=4),
)
SCALARS = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8).map(json.dumps),
    st.sampled_from(["'lit # ]'", '"""\n[x]\ny = 1 ""\\" """', "'''\n# ' ''\n'''", "1979-05-27T07:32:00Z", "1_0.5e3"]),
)
SPACE = st.sampled_from(["", " ", "\t "])
BREAK = st.sampled_from(["", " ", "\n", " # ] } , \n  "])


def written_key(key: str, bare: bool) -> str:
    plain = bare and key and set(key) <= set(string.ascii_letters + string.digits + "-_")
    # json writes astral characters as surrogate pairs, which TOML refuses
    return key if plain else json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007f")


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.sampled_from(["scalar", "scalar", "array", "table"])) if depth else "scalar"
    if kind == "array":
        items = draw(st.lists(values(depth - 1), max_size=3))
        return "[" + "".join(draw(BREAK) + item + draw(BREAK) + "," for item in items) + draw(BREAK) + "]"
    if kind == "table":
        pairs = draw(st.lists(pairs_of(depth - 1), max_size=3))
        return "{" + ", ".join(pairs) + "}"
    return draw(SCALARS)


@st.composite
def pairs_of(draw: st.DrawFn, depth: int = 2) -> str:
    keys = draw(st.lists(KEYS, min_size=1, max_size=2))
    dotted = (draw(SPACE) + "." + draw(SPACE)).join(written_key(key, draw(st.booleans())) for key in keys)
    return dotted + draw(SPACE) + "=" + draw(SPACE) + draw(values(depth))


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines: list[str] = []
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["pair", "pair", "table", "many", "comment"]))
        if kind == "pair":
            lines.append(draw(SPACE) + draw(pairs_of()) + draw(st.sampled_from(["", " # x = [1"])))
        elif kind == "comment":
            lines.append('# key = "[')
        else:
            keys = draw(st.lists(st.sampled_from(["a", "b", "c d"]), min_size=1, max_size=3))
            inner = draw(SPACE).join(["", ".".join(written_key(key, True) for key in keys), ""])
            lines.append(f"[{inner}]" if kind == "table" else f"[[{inner}]]")
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@given(documents())
def test_every_key_of_any_document_stands_on_its_line(text: str) -> None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # the same key twice, or a table closed already
        return
    found = scan(text)
    assert found.keys() == paths(data)
    lines = text.replace("\r\n", "\n").split("\n")
    for path, (line, column) in found.items():
        rest = lines[line - 1][column - 1 :]
        assert rest, path
        if isinstance(path[-1], str):
            name = path[-1]
            assert rest.startswith((name or '"', json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")))
