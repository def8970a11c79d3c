"""`python -m tests.crash --kills 1000 --seed 7`: a campaign, its seed and one line of what it saw."""

import argparse
import asyncio
import secrets
import sys

from tests.crash.campaign import campaign


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="0 draws one, and prints it")
    given = parser.parse_args()
    seed = given.seed or secrets.randbelow(1_000_000) + 1
    print(f"seed {seed}", flush=True)
    counts = asyncio.run(campaign(given.kills, seed))
    print(counts)
    return 0 if counts.good else 1


if __name__ == "__main__":
    sys.exit(main())
