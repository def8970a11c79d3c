"""The one file that a stranger runs: alone, on any Python, with its own arithmetic."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.daemon.ledger_proofs.judges import STAND_ALONE, run_stand_alone, stand_alone_module
from tests.daemon.ledger_proofs.sample import SEED, Sample, canonical, entries, raw_entry

MODULE = stand_alone_module()
SAMPLE = Sample(entries(5))


def imports(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add((node.module or ".").split(".")[0])
    return found


def test_it_needs_nothing_but_the_standard_library() -> None:
    names = imports(ast.parse(STAND_ALONE.read_text("utf-8")))
    assert names - set(sys.stdlib_module_names) == {"cryptography"}  # taken where it is installed, missed nowhere


def test_it_is_written_in_the_grammar_of_python_3_8() -> None:
    ast.parse(STAND_ALONE.read_text("utf-8"), feature_version=(3, 8))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=80))
@settings(max_examples=15, deadline=None)
def test_its_own_arithmetic_accepts_what_the_library_signs(seed: bytes, message: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    assert MODULE.verify_by_hand(key.public_key().public_bytes_raw(), message, key.sign(message))


@given(st.sampled_from(["public", "message", "signature"]), st.integers(0, 511))
@settings(max_examples=40, deadline=None)
def test_its_own_arithmetic_refuses_what_the_library_refuses(part: str, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    parts = {"public": key.public_key().public_bytes_raw(), "message": b"m" * 64, "signature": key.sign(b"m" * 64)}
    raw = bytearray(parts[part])
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    parts[part] = bytes(raw)
    assert not MODULE.verify_by_hand(parts["public"], parts["message"], parts["signature"])


@pytest.mark.parametrize("length", [0, 31, 63, 65])
def test_its_own_arithmetic_refuses_signatures_of_another_length(length: int) -> None:
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    assert not MODULE.verify_by_hand(public, b"", bytes(length))


def test_its_own_arithmetic_refuses_a_signature_with_the_order_added() -> None:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    good = key.sign(b"m")
    larger = int.from_bytes(good[32:], "little") + MODULE.ORDER
    assert not MODULE.verify_by_hand(
        key.public_key().public_bytes_raw(), b"m", good[:32] + larger.to_bytes(32, "little")
    )


def test_it_gives_the_same_answer_without_the_library(tmp_path: Path) -> None:
    SAMPLE.export(tmp_path / "export")
    assert run_stand_alone(tmp_path / "export", SAMPLE.vkey, bare=True) == run_stand_alone(
        tmp_path / "export", SAMPLE.vkey
    )
    forged = tmp_path / "export" / "checkpoint"
    forged.write_text(forged.read_text().replace("\n5\n", "\n4\n"))
    assert run_stand_alone(tmp_path / "export", SAMPLE.vkey, bare=True)[0] == 1


def test_it_speaks_chinese_and_english_where_the_locale_knows_neither(tmp_path: Path) -> None:
    SAMPLE.export(tmp_path / "export")
    command = [sys.executable, "-I", str(STAND_ALONE), str(tmp_path / "export"), str(tmp_path / "export.vkey")]
    environment = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PATH": os.environ.get("PATH", "")}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    text = done.stdout.decode()
    assert "结论：相符" in text
    assert "Verdict: FITS" in text


def test_hostile_text_never_reaches_the_terminal(tmp_path: Path) -> None:
    wicked = Sample([canonical(raw_entry(0, "device.blind.began", {"reason": "x"}, device="\x1b[2J\u202eexe"))])
    wicked.export(tmp_path / "export")
    code, text = run_stand_alone(tmp_path / "export", wicked.vkey)
    assert code == 0
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_it_is_the_same_after_it_was_copied_away(tmp_path: Path, stand_alone: ModuleType) -> None:
    assert "custodyd" not in imports(ast.parse(STAND_ALONE.read_text("utf-8")))
    assert stand_alone.__name__ == "verify_ledger"
    copy = tmp_path / "elsewhere.py"
    copy.write_bytes(STAND_ALONE.read_bytes())
    SAMPLE.export(tmp_path / "export")
    command = [sys.executable, "-I", "-S", str(copy), str(tmp_path / "export"), SAMPLE.vkey]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
