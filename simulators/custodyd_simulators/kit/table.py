"""The kit's table for people: wires down, devices across, seconds in the cells, sentences below; it tries nothing."""

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from custodyd_simulators.kit.run import Cell
from custodyd_simulators.kit.trials import NAMES

_WIDE = 160  # columns of a terminal from which on the devices' names fit above theirs
_UNMADE = "–"


def show(cells: Sequence[Cell], seed: int, console: Console) -> None:
    """Print the table, then what was broken."""
    devices = list(dict.fromkeys((cell.device, cell.family) for cell in cells))
    console.print(_table(cells, devices, seed, wide=console.width >= _WIDE))
    if console.width < _WIDE:
        for number, (device, family) in enumerate(devices, start=1):
            console.print(f"{number:>3} {device} ({family})", markup=False)
    red = [cell for cell in cells if not cell.good]
    for cell in red:
        console.print(f"✗ {cell.device} · {cell.caption['zh-CN']} {cell.caption['en']}: {cell.broken}", markup=False)
    console.print(
        f"{len(cells) - len(red)} 通过 green, {len(red)} 未通过 red; 数字为恢复秒数 seconds to the next report"
    )


def _table(cells: Sequence[Cell], devices: Sequence[tuple[str, str]], seed: int, *, wide: bool) -> Table:
    by = {(cell.wire, cell.device): cell for cell in cells}
    table = Table(title=f"一致性测试 conformance (seed {seed})", box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("线路 wire", no_wrap=True)
    for number, (device, family) in enumerate(devices, start=1):
        table.add_column(f"{device}\n{family}" if wide else str(number), justify="right")
    for wire, caption in _wires(cells).items():
        texts = [_text(by.get((wire, device))) for device, _ in devices]
        table.add_row(f"{caption['zh-CN']} {caption['en']}", *texts)
    return table


def _wires(cells: Sequence[Cell]) -> Mapping[str, Mapping[str, str]]:
    """Wire → caption, in the order in which the kit names them."""
    found = {cell.wire: cell.caption for cell in cells}
    order = {name: place for place, name in enumerate(NAMES)}
    return dict(sorted(found.items(), key=lambda item: order.get(item[0], len(order))))


def _text(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if not cell.good:
        return "[red]✗[/]"
    return _UNMADE if cell.seconds is None else f"[green]✓[/]{cell.seconds:.1f}"
