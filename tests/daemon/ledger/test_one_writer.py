"""One connection writes the record; a second one anywhere could lose committed pages (SQLite before 3.51.3)."""

import ast
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.daemon.ledger.support import blind, record

ROOT = Path(__file__).parents[3]
LEDGER = ROOT / "daemon" / "custodyd" / "ledger"
SOURCES = [path for top in ("daemon", "drivers", "simulators") for path in sorted((ROOT / top).rglob("*.py"))]


def _calls(path: Path, name: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
            yield ast.unparse(node)


def test_only_one_place_opens_a_file_to_write() -> None:
    openers = {path for path in SOURCES if any(True for _ in _calls(path, "open_writer"))}
    assert openers == {LEDGER / "store.py"}


def test_whoever_else_connects_says_read_only() -> None:
    for path in SOURCES:
        if "sqlite3" not in path.read_text() or path == LEDGER / "door.py":
            continue
        for call in _calls(path, "connect"):
            if "sqlite3" in call:
                assert "mode=ro" in call or "immutable=1" in call, f"{path.name}: {call}"
                assert "uri=True" in call, f"{path.name}: {call}"


def test_the_door_opens_one_writer_and_readers_that_only_read() -> None:
    calls = [call for call in _calls(LEDGER / "door.py", "connect") if "sqlite3" in call]
    assert len(calls) == 2
    assert sum("uri=True" in call for call in calls) == 1


async def test_a_reader_cannot_write_even_if_told_to(tmp_path: Path) -> None:
    async with record(tmp_path) as ledger:
        await ledger.append(blind("a"))
        reader = ledger.reader()
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader._connection.execute("UPDATE heartbeat SET beat = 1")
        reader.close()
