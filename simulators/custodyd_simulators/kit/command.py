"""`custodysim kit`: every device of a file before every wire; red means exit 1, nothing tried means exit 2."""

import asyncio
import faulthandler
import json
import logging
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from custodyd.settings import Mistakes, load
from custodyd_simulators.kit.bench import Bench, benches
from custodyd_simulators.kit.run import Cell, run
from custodyd_simulators.kit.table import show
from custodyd_simulators.kit.trials import NAMES

SAMPLE = Path(__file__).with_name("sample.toml")
_STUCK_S = 30.0  # an event loop that stood still for so long will not go on


@click.command(
    "kit", help="一致性测试: 每种设备 × 每种坏线路 / The conformance kit: every device before every bad wire."
)
@click.argument("config", type=click.Path(path_type=Path), default=SAMPLE)
@click.option("--family", multiple=True, help="只测这种驱动 / only this family")
@click.option("--wire", multiple=True, type=click.Choice(NAMES), help="只测这种线路 / only this wire")
@click.option("--seed", default=0, help="顺序与杂讯的种子 / seed of order and noise")
@click.option("--json", "as_json", is_flag=True, help="JSON")
def kit_command(config: Path, family: tuple[str, ...], wire: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Print every cell; exit 1 when one is red, 2 when the file has mistakes or nothing was tried."""
    logging.disable(logging.WARNING)  # bad wires are what is wanted here
    chosen = [bench for bench in _found(config) if not family or bench.family.name in family]
    if not chosen:
        print(f"{config}: 没有可测的设备 / no device to try", file=sys.stderr)
        sys.exit(2)
    cells = asyncio.run(_all(chosen, frozenset(wire), seed))
    if as_json:
        print(json.dumps([asdict(cell) for cell in cells], ensure_ascii=False, indent=2))
    else:
        show(cells, seed, Console())
    sys.exit(int(not all(cell.good for cell in cells)))


def _found(config: Path) -> list[Bench]:
    try:
        return list(benches(load(config)))
    except Mistakes as exc:
        for mistake in exc.list:
            print(f"{mistake.file}:{mistake.line}: {mistake.text['zh-CN']} / {mistake.text['en']}", file=sys.stderr)
    except KeyError as exc:
        print(f"{config}: {exc} 没有孪生 / has no twin (entry point group custodyd.twins)", file=sys.stderr)
    sys.exit(2)


async def _all(chosen: Sequence[Bench], wires: frozenset[str], seed: int) -> list[Cell]:
    """Every cell, each told on the terminal as it is done."""
    cells: list[Cell] = []
    with _never_stuck():
        async for cell in run(chosen, wires, seed):
            cells.append(cell)
            _progress(cell)
    return cells


def _progress(cell: Cell) -> None:
    if sys.stderr.isatty():
        print(f"{'✓' if cell.good else '✗'} {cell.device} {cell.wire}", file=sys.stderr, flush=True)


@contextmanager
def _never_stuck() -> Generator[None]:
    """Ends the process, and says where it stood, when a driver holds up the event loop for ever."""
    beating = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beating.cancel()
        faulthandler.cancel_dump_traceback_later()


async def _beat() -> None:
    while True:
        faulthandler.dump_traceback_later(_STUCK_S, exit=True)
        await asyncio.sleep(1.0)
