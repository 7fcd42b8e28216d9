"""Ctrl-C in the middle of a run: nothing new is asked for, and what is under way has a few seconds to end.

inspect itself cancels all requests at the first Ctrl-C; they would be asked, and paid for, again.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

GRACE_S = 5.0
# From a sample's last answer to its line in the log.
_SETTLE_S = 0.3
_stops: list[_Stop] = []


class _Stop:
    """What Ctrl-C does to one run. `say` is told that the run waits; `deaf` runs hear SIGTERM only."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._asked = False
        self._count = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: dict[int, object] = {}
        self.deaf = False

    @asynccontextmanager
    async def one_more(self) -> AsyncIterator[None]:
        if self._asked:
            # Until the run is cancelled, which is soon.
            await asyncio.Event().wait()
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._listen(loop)
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1
            if self._asked and not self._count:
                loop.call_later(_SETTLE_S, self._end)

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Come before the event loop's own handler of Ctrl-C, which is set when the loop runs."""
        self._loop = loop
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            current = signal.getsignal(number)
            if callable(current):
                self._before[number] = current
                signal.signal(number, self._heard)

    def unlisten(self) -> None:
        """Put back what was there, before the event loop does so itself, or inspect's control server, which has
        handlers of its own while it runs; what they have put back stays."""
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._heard:
                signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()
        self._loop = None

    def _heard(self, number: int, _: FrameType | None) -> None:
        if self.deaf and number == signal.SIGINT:
            return
        if self._asked or not self._count or self._loop is None:
            self._end()
            return
        self._asked = True
        self._loop.call_soon_threadsafe(self._wait)

    def _wait(self) -> None:
        many = "request" if self._count == 1 else "requests"
        self._say(f"stopping: up to {GRACE_S:.0f} s for the {self._count} {many} under way; Ctrl-C again ends at once")
        if self._loop is not None:
            self._loop.call_later(GRACE_S, self._end)

    def _end(self) -> None:
        """Hand the signal on, one time, to the event loop's own handler, which cancels the run."""
        self._asked = True
        if signal.SIGINT not in self._before:
            return
        self.unlisten()
        if callable(handler := signal.getsignal(signal.SIGINT)):
            handler(signal.SIGINT, None)


@contextmanager
def stopping_gently(say: Callable[[str], None]) -> Iterator[None]:
    """Within the block Ctrl-C, and SIGTERM where it is handled already, stop what `under_way` guards gently. A second
    one ends at once. Only in the main thread, which alone hears signals."""
    stop = _Stop(say)
    main = threading.current_thread() is threading.main_thread()
    # So it is for a program that a shell script started in the background; the event loop would then set no handler.
    stop.deaf = main and signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    if stop.deaf:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _stops.append(stop)
    try:
        yield
    finally:
        _stops.remove(stop)
        stop.unlisten()
        if stop.deaf:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


@asynccontextmanager
async def under_way() -> AsyncIterator[None]:
    """Around a request: it begins only if the run goes on, and counts as under way until it ends."""
    if not _stops:
        yield
        return
    async with _stops[-1].one_more():
        yield


def listen_no_more() -> None:
    """An event loop is about to end; the next one has handlers of its own."""
    for stop in _stops:
        stop.unlisten()


@contextmanager
def sigterm_as_ctrl_c() -> Iterator[None]:
    """Within the block SIGTERM does what Ctrl-C does at that time, unless the program handles it itself."""
    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _as_ctrl_c(_: int, frame: FrameType | None) -> None:
    handler = signal.getsignal(signal.SIGINT)
    # A program that a shell script started in the background ignores SIGINT, which Python calls no function.
    (handler if callable(handler) else signal.default_int_handler)(signal.SIGINT, frame)
