"""One row of the kit, as a test wants it."""

from custodyd.settings import load
from custodyd_simulators.kit import Bench, Cell, benches, run
from custodyd_simulators.kit.command import SAMPLE

BENCHES = {bench.name: bench for bench in benches(load(SAMPLE))}


async def row(bench: str | Bench, *wires: str) -> dict[str, Cell]:
    """Wire → cell; `wires` = only these."""
    chosen = BENCHES[bench] if isinstance(bench, str) else bench
    return {cell.wire: cell async for cell in run([chosen], frozenset(wires))}


def red(cells: dict[str, Cell]) -> dict[str, str]:
    """Wire → what was broken."""
    return {wire: cell.broken or "" for wire, cell in cells.items() if not cell.good}
