"""An answer to an earlier question comes once more, right before the answer to the present one; it knows no device.

Of two questions that look alike no driver can tell the first answer from the second. But the second must not be left
lying there, to be taken for the answer to the next question, and so on for ever.
"""

import asyncio
import time
from pathlib import Path

from custodyd_simulators.kit.bench import Bench
from custodyd_simulators.kit.course import Course, course
from custodyd_simulators.kit.trials.trial import Trial

ROUNDS = 6
WAIT_S = 1.5  # for the driver to ask something by itself
_LOOK_S = 0.005
_BOTH_S = 0.06  # from the old answer to the end of the new one


async def _stale(bench: Bench, where: Path, seed: int) -> float:
    async with course(bench, where) as found:
        for _ in range(ROUNDS):
            if not await _once(found):
                break  # a device that is asked nothing says nothing old
            await found.must_not_lie("right after an old answer had come once more")
        found.stand.wire.clear()
        took = await found.must_see("after the wire was whole again", found.bounds.recover_s)
        await found.must_answer("after the wire was whole again")
        await found.act()
        found.judge()
        return took


async def _once(found: Course) -> bool:
    faults = found.stand.wire.faults
    faults.old = 1
    until = time.monotonic() + WAIT_S
    while faults.old and time.monotonic() < until:
        await asyncio.sleep(_LOOK_S)
    await asyncio.sleep(_BOTH_S)
    return not faults.old


STALE = Trial("stale", {"zh-CN": "旧应答", "en": "stale answer"}, _stale)
