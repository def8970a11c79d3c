"""The door to pyfingerprint, opened without Pillow; it must not know our frames.

The library needs Pillow only to save the picture of a finger, which no part of the product may do; it would cost the
daemon 2 MB and time at its start.
"""

import contextlib
import sys
from collections.abc import Generator
from types import ModuleType

__all__ = ["PyFingerprint"]


@contextlib.contextmanager
def _without_pictures() -> Generator[None]:
    if "PIL" in sys.modules:
        yield
        return
    empty = ModuleType("PIL")
    vars(empty)["Image"] = None
    sys.modules["PIL"] = empty
    try:
        yield
    finally:
        del sys.modules["PIL"]


with _without_pictures():
    from pyfingerprint.pyfingerprint import PyFingerprint
