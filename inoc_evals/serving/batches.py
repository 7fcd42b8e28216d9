"""Who asks at the same time is answered in one batch; a batch is not joined by those who come later."""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Sequence

from inoc_evals.serving.decoding import Answer, Decoding, Row

# For so long others are waited for who ask at the same time.
_GATHER_S = 0.01
_Waiting = tuple[str, Row, "asyncio.Future[Answer]"]


class Batches:
    """Rows of all who ask at the same time, answered in batches by one thread."""

    def __init__(self, decoding: Decoding) -> None:
        self._decoding = decoding
        self._waiting: list[_Waiting] = []
        self._some = asyncio.Event()
        self._turn = asyncio.Lock()

    async def answer(self, name: str, rows: Sequence[Row]) -> list[Answer]:
        """The answers of the model of that name, when their turn comes."""
        futures = [asyncio.get_running_loop().create_future() for _ in rows]
        self._waiting += [(name, row, future) for row, future in zip(rows, futures, strict=True)]
        self._some.set()
        return list(await asyncio.gather(*futures))

    async def prompt_logs(self, name: str, prompt: Sequence[int]) -> list[float]:
        """The log probabilities of a prompt's tokens but the first."""
        async with self._turn:
            return await asyncio.to_thread(self._decoding.prompt_logs, name, prompt)

    async def work(self) -> None:
        """Answer, for as long as the server runs. What fails here ends the server: its log says why."""
        try:
            while True:
                await self._some.wait()
                await asyncio.sleep(_GATHER_S)
                if batch := self._next():
                    async with self._turn:
                        rows = [row for _, row, _ in batch]
                        answers = await asyncio.to_thread(self._decoding.answers, batch[0][0], rows)
                    for (_, _, future), answer in zip(batch, answers, strict=True):
                        if not future.done():
                            future.set_result(answer)
        except Exception:
            traceback.print_exc()
            os._exit(1)

    def _next(self) -> list[_Waiting]:
        """Those who are answered next, of one name: single tokens come before answers, whom others need not wait for.
        Who has gone away is forgotten."""
        self._waiting = [one for one in self._waiting if not one[2].done()]
        order = sorted(self._waiting, key=lambda one: one[1].max_tokens > 1)
        batch = [
            one for one in order if one[0] == order[0][0] and (one[1].max_tokens > 1) == (order[0][1].max_tokens > 1)
        ][: self._decoding.most]
        taken = {id(future) for _, _, future in batch}
        self._waiting = [one for one in self._waiting if id(one[2]) not in taken]
        if not self._waiting:
            self._some.clear()
        return batch
