"""A judge of exports by the package aics-tlog, run by a Python that has it: a JSON job per line in, an answer out."""

import json
import sys
from pathlib import Path

from aics_tlog import FileSystemTileReader, audit_tiles, parse_note, parse_vkey, verify_checkpoint
from aics_tlog.checkpoint import checkpoint_from_note


def judge(directory: Path, vkey: str) -> str:
    try:
        note = parse_note((directory / "checkpoint").read_bytes())
        head, _ = checkpoint_from_note(note)
        found = verify_checkpoint(note, parse_vkey(vkey), expected_origin=vkey.split("+")[0])
        if not found.log_ok:
            return f"signature: {found.error}"
        audit_tiles(FileSystemTileReader(directory), head.size, head.root)
    except (ValueError, OSError) as exc:
        return f"{type(exc).__name__}: {exc}"
    return "ok"


for line in sys.stdin:
    job = json.loads(line)
    print(json.dumps(judge(Path(job["Dir"]), job["VKey"])))
