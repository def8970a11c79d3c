"""`python -m tests.crash --kills 1000 --disk 200 --seed 7`: campaigns, their seed and a line of what each saw."""

import argparse
import asyncio
import secrets
import sys

from tests.crash.campaign import campaign
from tests.crash.disk import disk_campaign


async def campaigns(kills: int, lives: int, seed: int) -> bool:
    """Both campaigns, one after the other; whether every promise held."""
    good = True
    for asked, hold in ((kills, campaign), (lives, disk_campaign)):
        if asked:
            counts = await hold(asked, seed)
            print(counts, flush=True)
            good = good and counts.good
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=0, help="of the process, under load")
    parser.add_argument("--disk", type=int, default=0, help="lives on a disk that fails, loses or lies")
    parser.add_argument("--seed", type=int, default=0, help="0 draws one, and prints it")
    given = parser.parse_args()
    seed = given.seed or secrets.randbelow(1_000_000) + 1
    print(f"seed {seed}", flush=True)
    return 0 if asyncio.run(campaigns(given.kills, given.disk, seed)) else 1


if __name__ == "__main__":
    sys.exit(main())
