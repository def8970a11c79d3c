"""Every benchmark, each figure beside a peer or a limit of the same run; writes bench/RESULTS.md."""

import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from bench import ledger, modbus, verify

OUT = Path(__file__).with_name("RESULTS.md")


def pages() -> Iterable[str]:
    """The page, section by section, as the figures come."""
    yield "# Results\n\nMade by `make bench`. Absolute figures wander; the ratio to what stands beside them does not.\n"
    yield f"Machine: {os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}.\n"
    yield "\n## The record\n\n| what | figure | beside | ratio |\n|---|---|---|---|\n"
    for row in (*ledger.main(), *verify.main()):
        beside = f"{row.limit:,.1f} ({row.limit_is})" if row.limit else ""
        ratio = f"{row.value / row.limit:.2f}" if row.limit else ""
        yield f"| {row.what} | {row.value:,.1f} {row.unit} | {beside} | {ratio} |\n"
    yield "\n## The shared Modbus wire, 32 boards on a paced twin\n\n"
    for line in modbus.rows():
        yield f"{line}\n"


def main() -> int:
    """Measure, print as it comes, keep the page."""
    found: list[str] = []
    for part in pages():
        print(part, end="", flush=True)
        found.append(part)
    OUT.write_text("".join(found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
