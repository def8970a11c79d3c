"""A disk that takes longer: the environment in which every flush of a process is late; it knows no ledger.

    subprocess.run(command, env={**os.environ, **slow_flush.environ(0.005)})

Only processes started with it are slow; their children are too.
"""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("slow_flush.c")
BUILT = Path(__file__).parents[1] / ".cache" / "bench" / "slow_flush.so"


class NoCompiler(Exception):
    """There is no C compiler here; the message is the line to type."""


def environ(seconds: float) -> dict[str, str]:
    """What a process needs in its environment so that each of its flushes takes so much longer; raises NoCompiler."""
    return {"LD_PRELOAD": str(_library()), "CUSTODYD_FLUSH_US": str(round(seconds * 1_000_000))}


def _library() -> Path:
    if BUILT.exists() and BUILT.stat().st_mtime >= SOURCE.stat().st_mtime:
        return BUILT
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompiler(
            "a slow disk needs a C compiler: sudo apt-get install -y --no-install-recommends gcc libc6-dev"
        )
    BUILT.parent.mkdir(parents=True, exist_ok=True)
    made = BUILT.with_suffix(".new")
    subprocess.run([compiler, "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", made, SOURCE], check=True)
    made.replace(BUILT)
    return BUILT
