"""Threads for `asyncio.to_thread`: each device has a few of its own, so that stuck calls of one starve nobody else."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar

MOST = 4  # of one device; a driver needs one
DEVICE: ContextVar[str] = ContextVar("DEVICE", default="")
"""For which device the running task works; empty where it works for the daemon itself."""
P = ParamSpec("P")
T = TypeVar("T")

_busy: dict[str, set[Future[Any]]] = {}
_turn = threading.Lock()


def busy(device: str) -> int:
    """Calls of a device's drivers that run on a thread, or wait for one."""
    with _turn:
        return len(_busy.get(device, ()))


class Threads(ThreadPoolExecutor):
    """The loop's default executor. Its end waits for the daemon's own calls alone."""

    def __init__(self) -> None:
        super().__init__(thread_name_prefix="daemon")
        self._of: dict[str, ThreadPoolExecutor] = {}

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """As ThreadPoolExecutor, on the threads of whom the running task works for."""
        device = DEVICE.get()
        if not device:
            return super().submit(fn, *args, **kwargs)
        if device not in self._of:
            self._of[device] = ThreadPoolExecutor(MOST, thread_name_prefix=device)
        future = self._of[device].submit(fn, *args, **kwargs)
        _note(device, future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more; `wait` for the daemon's own calls."""
        for pool in self._of.values():
            pool.shutdown(wait=False, cancel_futures=True)
        super().shutdown(wait=wait, cancel_futures=cancel_futures)


def _note(device: str, future: "Future[T]") -> None:
    def ended(done: "Future[T]") -> None:
        with _turn:
            _busy[device].discard(done)

    with _turn:
        _busy.setdefault(device, set()).add(future)
    future.add_done_callback(ended)
