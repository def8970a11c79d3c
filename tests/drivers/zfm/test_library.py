"""The library comes without its pictures, and leaves Pillow to whoever needs it."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("before", ["", "import PIL.Image; "])
def test_the_library_is_imported_without_pillow_and_pillow_still_works_after_it(before: str) -> None:
    loaded = bool(before)
    code = (
        f"{before}import sys; from custodyd_drivers.zfm.library import PyFingerprint; "
        f"assert ('PIL' in sys.modules) is {loaded}; "
        "import PIL.Image; assert PIL.Image.new('1', (1, 1)).size == (1, 1); assert PyFingerprint.__init__"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
