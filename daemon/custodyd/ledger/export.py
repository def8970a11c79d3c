"""Writing one segment as static files that foreign tools read; it must not know where the entries come from."""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from custodyd.ledger import tiles, tree
from custodyd.ledger.errors import Broken, LedgerError
from custodyd.ledger.note import Checkpoint, verify
from custodyd.ledger.suite import SUITE_1


class ExportRefused(LedgerError):
    """The target holds something already, or cannot be written."""


def vkey_path(target: Path) -> Path:
    """Where the verifier key of an export lies: beside it, since foreign tools refuse strange files inside."""
    return target.with_name(target.name + ".vkey")


def export(target: Path, note: str, vkey: str, entries: Iterable[bytes]) -> Checkpoint:
    """Write `checkpoint` and `tile/…` below `target` and the key beside it; what stands there is whole or absent.

    `entries` are the stored bytes from index 0; those beyond the checkpoint are left out. Raises ExportRefused,
    BadNote, and Broken when the entries are not those that were signed.
    """
    checkpoint = verify(note, vkey)
    if target.exists() and any(target.iterdir()):
        raise ExportRefused("the target is not empty")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as exc:
        raise ExportRefused(f"the target cannot be written: {exc.strerror}") from exc
    try:
        _write_all(fresh, note, checkpoint, islice(entries, checkpoint.size))
        vkey_path(target).write_text(f"{vkey}\n")
        fresh.replace(target)
    except OSError as exc:
        raise ExportRefused(f"the target cannot be written: {exc.strerror}") from exc
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return checkpoint


def _write_all(directory: Path, note: str, checkpoint: Checkpoint, entries: Iterator[bytes]) -> None:
    size, parts = 0, list[bytes]()
    for number, chunk in enumerate(_chunks(entries)):
        levels = tree.levels_over(SUITE_1.leaf_hashes(chunk))
        _write(directory, tiles.bundles(number, chunk))
        _write(directory, tiles.tiles_within(number, levels))
        parts.append(tree.joined(levels[0]))
        size += len(chunk)
    if size != checkpoint.size or tree.joined(parts) != checkpoint.root:
        raise Broken("the entries are not those that were signed")
    whole = parts[: size // tiles.CHUNK]
    _write(directory, tiles.tiles_above(tree.levels_over(whole)))
    (directory / tiles.CHECKPOINT).write_bytes(note.encode())


def _chunks(entries: Iterator[bytes]) -> Iterator[list[bytes]]:
    while chunk := list(islice(entries, tiles.CHUNK)):
        yield chunk


def _write(directory: Path, files: tiles.Files) -> None:
    for name, data in files:
        file = directory / name
        os.makedirs(file.parent, exist_ok=True)
        file.write_bytes(data)
