"""A record under the load of 32 producers that print what was acknowledged, until killed."""

import asyncio
import sys
from pathlib import Path

from tests.daemon.ledger.support import blind, record


async def main(directory: Path) -> None:
    async with record(directory) as ledger, asyncio.TaskGroup() as group:

        async def produce(number: int) -> None:
            while True:
                for entry in await ledger.append(blind(f"d{number}"), blind(f"d{number}")):
                    print(entry.segment, entry.seq, entry.salt, flush=True)

        async def change() -> None:
            while True:
                await asyncio.sleep(0.05)
                await ledger.begin_segment("demand")

        group.create_task(change())
        for number in range(32):
            group.create_task(produce(number))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
