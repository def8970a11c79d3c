"""A second foreign package judges the exports where a Python that can run it is at hand."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.daemon.ledger_proofs.judges import HERE, ROOT
from tests.daemon.ledger_proofs.sample import Sample, entries

from custodyd.ledger import tiles

pytestmark = pytest.mark.foreign

SAMPLE = Sample(entries(300))


@pytest.fixture(scope="module")
def python() -> str:
    """The interpreter with aics-tlog."""
    named = os.environ.get("CUSTODYD_AICS_PYTHON", str(ROOT / ".cache" / "aics" / "bin" / "python"))
    if not Path(named).exists():
        pytest.skip("aics-tlog needs Python 3.12: run tests/setup/aics.sh or set CUSTODYD_AICS_PYTHON")
    return named


def answers(python: str, directories: Sequence[Path], vkey: str) -> list[str]:
    lines = "".join(json.dumps({"Dir": str(each), "VKey": vkey}) + "\n" for each in directories)
    judge = HERE / "judge" / "aics.py"
    done = subprocess.run(
        [python, "-I", str(judge)], input=lines, capture_output=True, text=True, check=True, timeout=50
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_it_accepts_exports_of_every_shape(python: str, tmp_path: Path) -> None:
    made = [Sample(entries(size)).export(tmp_path / str(size)) for size in (1, 2, 255, 256, 257, 700)]
    assert answers(python, made, SAMPLE.vkey) == ["ok"] * len(made)


def test_it_finds_a_flipped_bit_in_every_file(python: str, tmp_path: Path) -> None:
    spoilt: list[Path] = []
    for number, name in enumerate(["checkpoint", *tiles.names(300)]):
        directory = SAMPLE.export(tmp_path / str(number))
        raw = bytearray((directory / name).read_bytes())
        raw[len(raw) // 2] ^= 1
        (directory / name).write_bytes(raw)
        spoilt.append(directory)
    assert "ok" not in answers(python, spoilt, SAMPLE.vkey)
