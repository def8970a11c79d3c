"""`python -m tests.quarter --days 92 --clocks 20000 --kills 50 --seed 0`: prints its table; 1 where a promise broke."""

import argparse
import asyncio
import sys

from tests.quarter.campaign import Plan, quarter


def main() -> int:
    parser = argparse.ArgumentParser()
    for name, value in (("days", 92), ("clocks", 20_000), ("kills", 50), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=value)
    found, table = asyncio.run(quarter(Plan(**vars(parser.parse_args()))))
    print(table, *found.wrong[:20], sep="\n")
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
