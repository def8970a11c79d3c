"""`python -m tests.messages --count 10000 --seed 7`: a table of every gateway; 1 where a message is lost or doubled."""

import argparse
import asyncio
import logging
import secrets
import sys
import tempfile
from pathlib import Path

from tests.messages.campaign import gateways, through


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="0 draws one, and prints it")
    parser.add_argument("--gateway", help="only this one")
    given = parser.parse_args()
    seed = given.seed or secrets.randbelow(1_000_000) + 1
    logging.disable(logging.WARNING)
    print(f"seed {seed}", flush=True)
    good = True
    for bench in gateways():
        if given.gateway in (None, bench.name):
            with tempfile.TemporaryDirectory() as where:
                row = asyncio.run(through(bench, Path(where), given.count, seed))
            print(row, flush=True)
            good = good and not row.broken
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
