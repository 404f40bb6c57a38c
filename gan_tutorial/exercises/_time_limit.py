"""A limit on the time that an answer may take."""

from __future__ import annotations

import ctypes
import itertools
import signal
import sys
import threading
from types import FrameType
from typing import Any

_AGAIN_S = 0.1  # after which an answer that goes on all the same is stopped again


class TimeUp(BaseException):
    """Not an `Exception`: an `except Exception` in an answer must not stop it."""


class TimeLimit:
    """Stops the code of a `with` block after some seconds, by raising `TimeUp` in it.

    In the main thread a timer of the system does it, which ends sleep as well. A bare
    `except` in a loop cannot go on for ever: its next line raises too, and so on. In
    another thread, and on Windows, a second thread asks Python to raise again and
    again, which a bare `except` can swallow. One call that does not come back to
    Python, such as `sum(range(10**11))`, can be stopped by neither: it runs to its end,
    or until the kernel is restarted.

    Args:
        seconds: how long the block may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._thread = threading.get_ident()
        in_main_thread = threading.current_thread() is threading.main_thread()
        self._has_timer = hasattr(signal, "setitimer") and in_main_thread
        self._has_ended = threading.Event()
        self._delays = itertools.cycle(k * 1e-6 for k in range(1, 20))

    def __enter__(self) -> None:
        """Starts the clock."""
        self._outside, self._tracer = sys._getframe(1), sys.gettrace()
        if self._has_timer:
            self._handler = signal.signal(signal.SIGALRM, self._stop)
            signal.setitimer(signal.ITIMER_REAL, self._seconds, _AGAIN_S)
        else:
            threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(self, *_: Any) -> None:
        """Stops the clock, and leaves timer and tracing as they were."""
        if self._has_timer:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._handler)
            sys.settrace(self._tracer)
        else:
            self._has_ended.set()
            self._raise_in_thread(None)  # takes back what has not been raised yet

    def _stop(self, _: int, frame: FrameType | None) -> None:
        if frame is self._outside or frame.f_code.co_filename == __file__:
            return  # the block has ended
        while frame is not None and frame is not self._outside:
            frame.f_trace = self._raise_at_line
            frame = frame.f_back
        sys.settrace(lambda *_: None)  # without it no frame is traced
        raise TimeUp

    def _raise_at_line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event != "line":
            return self._raise_at_line
        # Python ends the tracing now. Where another `except` waits further out, a
        # signal after so many microseconds may still meet it.
        signal.setitimer(signal.ITIMER_REAL, next(self._delays), _AGAIN_S)
        raise TimeUp

    def _watch(self) -> None:
        wait = self._seconds
        while not self._has_ended.wait(wait):
            self._raise_in_thread(ctypes.py_object(TimeUp))
            wait = _AGAIN_S

    def _raise_in_thread(self, error: Any) -> None:
        thread = ctypes.c_ulong(self._thread)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)
