"""`custodysim kit`: the table of the conformance kit, device by wire, with recovery times; red means exit 1."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from custodyd.settings import Mistakes, load
from custodyd_simulators.kit.bench import Bench, benches
from custodyd_simulators.kit.run import Cell, run

SAMPLE = Path(__file__).with_name("sample.toml")


@click.command(
    "kit", help="一致性测试: 每种设备 × 每种坏线路 / The conformance kit: every device before every bad wire."
)
@click.argument("config", type=click.Path(path_type=Path), default=SAMPLE)
@click.option("--family", multiple=True, help="只测这种驱动 / only this family")
@click.option("--wire", multiple=True, help="只测这种线路 / only this wire")
@click.option("--seed", default=0, help="顺序的种子 / seed of the order")
@click.option("--json", "as_json", is_flag=True, help="JSON")
def kit_command(config: Path, family: tuple[str, ...], wire: tuple[str, ...], seed: int, as_json: bool) -> None:
    """Print every cell; exit 1 when one is red, 2 when the file has mistakes or nothing was tried."""
    try:
        found = list(benches(load(config)))
    except Mistakes as exc:
        for mistake in exc.list:
            print(f"{mistake.file}:{mistake.line}: {mistake.text['zh-CN']} / {mistake.text['en']}", file=sys.stderr)
        sys.exit(2)
    chosen = [bench for bench in found if not family or bench.family.name in family]
    cells = asyncio.run(_all(chosen, frozenset(wire), seed, quiet=as_json))
    if as_json:
        print(json.dumps([asdict(cell) for cell in cells], ensure_ascii=False, indent=2))
    else:
        _print(cells, seed)
    sys.exit(2 if not cells else int(not all(cell.good for cell in cells)))


async def _all(chosen: Sequence[Bench], wires: frozenset[str], seed: int, *, quiet: bool) -> list[Cell]:
    cells: list[Cell] = []
    async for cell in run(chosen, wires, seed):
        cells.append(cell)
        if not cell.good and not quiet:
            print(f"✗ {cell.device} · {cell.caption['zh-CN']} {cell.caption['en']}: {cell.broken}", flush=True)
    return cells


def _print(cells: Sequence[Cell], seed: int) -> None:
    wires = list(dict.fromkeys(cell.wire for cell in cells))
    captions = {cell.wire: cell.caption for cell in cells}
    devices = list(dict.fromkeys(cell.device for cell in cells))
    by = {(cell.wire, cell.device): cell for cell in cells}
    table = Table(title=f"一致性测试 conformance (seed {seed})")
    table.add_column("线路 wire")
    for device in devices:
        table.add_column(device, justify="right")
    for wire in sorted(wires, key=_order):
        texts = [_text(by.get((wire, device))) for device in devices]
        table.add_row(f"{captions[wire]['zh-CN']} {captions[wire]['en']}", *texts)
    console = Console()
    console.print(table)
    red = sum(not cell.good for cell in cells)
    console.print(f"{len(cells) - red} 通过 green, {red} 未通过 red; 数字为恢复秒数 seconds until it reported again")


def _text(cell: Cell | None) -> str:
    if cell is None or (cell.good and cell.seconds is None):
        return "–"
    return f"[green]✓[/] {cell.seconds:.1f}" if cell.good else "[red]✗[/]"


_ORDER = (
    "whole", "bytes", "lossy", "late", "doubled", "garbage", "flipped", "cut", "stale", "mute", "deaf", "unplug",
    "stranger", "cancel", "settings", "left",
)  # fmt: skip


def _order(wire: str) -> int:
    return _ORDER.index(wire) if wire in _ORDER else len(_ORDER)
