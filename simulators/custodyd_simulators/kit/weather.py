"""The bad wires of the kit, as knobs and moments; it knows no device.

The faults sit between the twin's voice and its descriptor (`custodyd_simulators.wires`), so that a driver meets them
on the descriptor that it opens, and no driver and no twin takes part in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Weather:
    """One bad wire: its name in both languages, and the knobs of `Faults` that make it.

    `works`: a driver must still report in it, not only after it. `exact`: what arrives is what was said, perhaps late
    or twice; else a code may be read wrongly, as by any scanner without a checksum. `splits`: made of single bytes,
    which a wire that carries whole events cannot do.
    """

    name: str
    caption: Mapping[str, str]
    knobs: Mapping[str, int | float | bytes | bool] = field(default_factory=dict[str, "int | float | bytes | bool"])
    works: bool = True
    exact: bool = True
    splits: bool = False


WHOLE = Weather("whole", {"zh-CN": "完好", "en": "whole"})
WEATHERS = (
    WHOLE,
    Weather("bytes", {"zh-CN": "逐字节", "en": "byte by byte"}, {"pause_s": 0.002}, splits=True),
    Weather("lossy", {"zh-CN": "丢字节", "en": "lossy"}, {"lose": 0.005}, exact=False, splits=True),
    Weather("late", {"zh-CN": "迟到", "en": "delayed"}, {"delay_s": 0.08}),
    Weather("doubled", {"zh-CN": "重复", "en": "duplicated"}, {"double": 6}),
    Weather(
        "garbage",
        {"zh-CN": "前有杂讯", "en": "garbage before"},
        {"junk": b"\x00\xff\x55\xaa"},
        works=False,
        exact=False,
    ),
    Weather("flipped", {"zh-CN": "错一位", "en": "one bit wrong"}, {"corrupt": 4}, exact=False),
    Weather("cut", {"zh-CN": "帧中断", "en": "dead mid-frame"}, {"cut_after": 5}, exact=False),
    Weather("stale", {"zh-CN": "旧应答", "en": "stale answer"}, {"hold": 2}, works=False),
    Weather("mute", {"zh-CN": "沉默", "en": "silence"}, {"mute": True}, works=False),
    Weather("deaf", {"zh-CN": "不听", "en": "deaf"}, {"deaf": True}, works=False),
)
"""Wires that stay plugged in. Unplugging and a stranger on the port are trials of their own."""
