"""`python -m tests.replug --times 100 --seed 7`: a line per device with medians and worsts; 1 where a bound broke."""

import argparse
import asyncio
import logging
import secrets
import sys
import tempfile
from pathlib import Path

from tests.replug.campaign import campaign, found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="0 draws one, and prints it")
    given = parser.parse_args()
    seed = given.seed or secrets.randbelow(1_000_000) + 1
    logging.disable(logging.WARNING)  # that a device went blind is what is wanted here
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as where:
        rows = asyncio.run(campaign(found(), Path(where), given.times, seed))
    for row in rows:
        print(row)
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
