"""A judge: one model, the best reading that it allows, its cache, and never an exception for a failed rating."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.cache import JudgementCache, cache_key
from inoc_evals.judging.disarm import candidates
from inoc_evals.judging.distribution import Distribution, Verdict, decide, from_samples, from_top
from inoc_evals.judging.prompt import Instrument, Material, render
from inoc_evals.judging.replies import EMPTY, INCOMPLETE, MALFORMED, JudgeError
from inoc_evals.judging.tree import AnswerTree, Path, answer_texts, build_tree, read_tree

Reading = Literal["tree", "first token", "sampled"]
# A number of two digits shows whether digits are tokens of their own.
_PROBE, _PROBED = "Reply with exactly this number and nothing else: 73", "73"
_SHORT, _LONG = 8, 300  # tokens of a plain answer, and of one with its reason
_TEMPERATURE = 1.0
_UNREADABLE = (MALFORMED, EMPTY, INCOMPLETE)


class Sampler(Protocol):
    """A model that can only answer. Raises JudgeError for a call that stays failed."""

    async def sample(self, prompt: str, count: int, max_tokens: int, temperature: float) -> list[str]:
        """`count` replies to one user message."""


@dataclass(frozen=True)
class Asked:
    """What a judge is asked, and how its answer is read. `key` is that of the cache."""

    prompt: str
    reading: Reading
    key: str


@dataclass
class Judge:
    """`id` names the model in results and in the cache; `ratings` answers are drawn where no exact reading is possible.

    `reading` is found out by `prepare`, unless it is given. `watch` is told every verdict.
    """

    id: str
    transport: Endpoint | Sampler
    cache: JudgementCache | None = None
    ratings: int = 5
    reading: Reading | None = None
    connections: int = 64
    watch: Callable[[Verdict], None] | None = field(default=None, repr=False)
    # Bracketed words -> whether the judge's tokenizer takes them for one token; None where it cannot be asked.
    _words: dict[str, bool] | None = field(default=None, init=False, repr=False)
    _trees: dict[tuple[tuple[str, ...], bool], AnswerTree] = field(default_factory=dict, init=False, repr=False)
    _flying: dict[str, asyncio.Future[Distribution]] = field(default_factory=dict, init=False, repr=False)
    _gate: asyncio.Semaphore | None = field(default=None, init=False, repr=False)
    _preparing: asyncio.Lock | None = field(default=None, init=False, repr=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False, repr=False)
    _active: int = field(default=0, init=False, repr=False)

    async def prepare(self) -> Reading:
        """Find out, with a call or two, whether the judge answers and which reading it allows.

        Raises InputError if the server refuses the key, the model or the request, or does not reply in JSON, WorkError
        if it cannot be reached.
        """
        try:
            return await self._known_reading()
        except JudgeError as error:
            raise _explained(self.id, error) from None

    async def rate(self, instrument: Instrument, material: Material) -> Verdict:
        """The judge's verdict. A call that stays failed gives a missing value with the cause, and is not cached.

        Raises what `prepare` raises, but for replies that cannot be read, which give a missing value too.
        """
        self._bind()
        self._active += 1
        try:
            verdict = await self._rated(instrument, material)
        finally:
            self._active -= 1
        if self.watch is not None:
            self.watch(verdict)
        return verdict

    async def asked(self, instrument: Instrument, material: Material) -> Asked:
        """What the judge is asked about `material`. Raises JudgeError where it does not answer."""
        reading = await self._known_reading()
        if instrument.kind == "reasoned":
            reading = "sampled"
        how = f"sampled {self.ratings}" if reading == "sampled" else reading
        prompt = render(instrument, material, await self._control_tokens(material))
        return Asked(prompt, reading, cache_key(instrument.identity, self.id, how, prompt))

    async def _rated(self, instrument: Instrument, material: Material) -> Verdict:
        try:
            asked = await self.asked(instrument, material)
            return decide(instrument, await self._once(asked, instrument))
        except JudgeError as error:
            if self.reading is None and error.cause not in _UNREADABLE:
                raise _explained(self.id, error) from None
            return Verdict(None, error.cause, 0.0, self.reading or "unknown", {}, str(error))

    async def _known_reading(self) -> Reading:
        self._bind()
        async with self._alone():
            if self.reading is None:
                self.reading = await self._find_reading()
        return self.reading

    async def _control_tokens(self, material: Material) -> list[str]:
        """What in `material` the judge's tokenizer takes for one token although it is a bracketed word."""
        if self._words is None or not isinstance(self.transport, Endpoint):
            return []
        words = candidates("\n".join(filter(None, (material.system, material.question, material.answer))))
        if new := sorted(words - self._words.keys()):
            # One token, one line: whatever a tokenizer does with a line end, it does not make it part of a word.
            tokens = await self.transport.token_texts("\n".join(new))
            if tokens is None:
                self._words = None
                return []
            self._words |= {word: word in tokens for word in new}
        return [word for word in words if self._words[word]]

    async def rest(self) -> None:
        """Bring what was rated so far to disk, and close the connections if nobody is using them."""
        if self.cache is not None:
            self.cache.flush()
        if isinstance(self.transport, Endpoint) and not self._active:
            await self.transport.close()

    async def _once(self, asked: Asked, instrument: Instrument) -> Distribution:
        key = asked.key
        if (flying := self._flying.get(key)) is not None:
            return await asyncio.shield(flying)
        if self.cache is not None and (stored := self.cache.get(key)) is not None:
            return stored
        future: asyncio.Future[Distribution] = asyncio.get_running_loop().create_future()
        self._flying[key] = future
        try:
            if self._gate is None:
                self._gate = asyncio.Semaphore(self.connections)
            async with self._gate:
                found = await self._read(instrument, asked.prompt, asked.reading)
        except BaseException as error:
            if isinstance(error, JudgeError):
                future.set_exception(error)
            else:
                future.cancel()
            # Nobody else may be waiting; the error is raised here anyway.
            _ = future.cancelled() or future.exception()
            raise
        else:
            future.set_result(found)
            if self.cache is not None:
                self.cache.put(key, found)
            return found
        finally:
            del self._flying[key]

    async def _read(self, instrument: Instrument, prompt: str, reading: Reading) -> Distribution:
        if reading != "sampled" and isinstance(self.transport, Endpoint):
            if reading == "first token":
                _, top = await self.transport.first_tokens(prompt)
                return from_top(instrument, top)
            return await self._read_tree(self.transport, instrument, prompt)
        length = _LONG if instrument.kind == "reasoned" else _SHORT
        return from_samples(instrument, await self.transport.sample(prompt, self.ratings, length, _TEMPERATURE))

    async def _read_tree(self, endpoint: Endpoint, instrument: Instrument, prompt: str) -> Distribution:
        tree = await self._tree(endpoint, instrument)
        start = await endpoint.tokenize([{"role": "user", "content": prompt}], generation=True)
        if not start:
            raise JudgeError(MALFORMED, "the server no longer tokenizes")

        async def score(prefixes: Sequence[Path], wanted: Sequence[Sequence[int]]) -> list[dict[int, float]]:
            return await endpoint.next_tokens(start, prefixes, wanted)

        found = await read_tree(tree, score)
        if not any([*found.numbers.values(), *found.words.values()]):
            raise JudgeError(MALFORMED, "no answer has a probability")
        return found

    async def _tree(self, endpoint: Endpoint, instrument: Instrument) -> AnswerTree:
        numbers = instrument.kind == "rating"
        shape = (tuple(instrument.words), numbers)
        # Hundreds of small calls, which the first ratings would all make at once.
        async with self._alone():
            if shape not in self._trees:
                texts = answer_texts(tuple(instrument.words), numbers)
                try:
                    self._trees[shape] = build_tree(await reply_tokens(endpoint, list(texts)), texts)
                except ValueError as error:
                    raise JudgeError(MALFORMED, str(error)) from None
        return self._trees[shape]

    async def _find_reading(self) -> Reading:
        if not isinstance(self.transport, Endpoint):
            return "sampled"
        start = await self.transport.tokenize([{"role": "user", "content": _PROBE}], generation=True)
        self._words = None if start is None else {}
        if start:
            try:
                await self.transport.next_tokens(start, [()], [start[-1:]])
            except JudgeError as error:
                if error.cause not in (MALFORMED, "judge_refused_400", "judge_refused_404"):
                    raise
            else:
                return "tree"
        tokens = await self.transport.probe(_PROBE)
        first = next((token.strip() for token in tokens or () if token.strip()), "")
        return "first token" if first == _PROBED else "sampled"

    def _alone(self) -> asyncio.Lock:
        """One at a time finds out what all of them need."""
        if self._preparing is None:
            self._preparing = asyncio.Lock()
        return self._preparing

    def _bind(self) -> None:
        """Forget what belongs to an event loop that is gone."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._gate, self._preparing, self._active = loop, None, None, 0
            self._flying = {}
            if isinstance(self.transport, Endpoint):
                self.transport.forget()


async def prepare_all(judges: Sequence[Judge]) -> None:
    """Ask every judge once whether it answers. Raises InputError or WorkError."""
    for judge in judges:
        try:
            await judge.prepare()
        finally:
            await judge.rest()


async def reply_tokens(endpoint: Endpoint, texts: Sequence[str]) -> Mapping[str, Path]:
    """Tokens of each text as the beginning of the judge's reply, found by rendering whole chats.

    A chat template decides what stands before and after a reply, so a text's tokens are what a rendered chat has more
    than the prompt alone, less what ends every reply. Templates that render past replies differently from the one to
    come are read by tokenizing the text alone. Raises JudgeError.
    """
    user = {"role": "user", "content": "x"}
    gate = asyncio.Semaphore(32)

    async def whole(text: str) -> Path | None:
        async with gate:
            return await endpoint.tokenize([user, {"role": "assistant", "content": text}], generation=False)

    start = await endpoint.tokenize([user], generation=True)
    seven, eight = await whole("7"), await whole("8")
    if start is not None and seven is not None and eight is not None:
        size = len(start)
        ending = 0
        while ending < min(len(seven), len(eight)) - size - 1 and seven[-ending - 1] == eight[-ending - 1]:
            ending += 1
        if seven[:size] == start and eight[:size] == start and seven[size:] != eight[size:]:
            chats = await asyncio.gather(*(whole(text) for text in texts))
            if all(chat is not None and chat[:size] == start for chat in chats):
                return {text: chat[size : len(chat) - ending] for text, chat in zip(texts, chats, strict=True) if chat}

    async def alone(text: str) -> Path:
        async with gate:
            tokens = await endpoint.tokenize_text(text)
        if tokens is None:
            raise JudgeError(MALFORMED, "the server does not tokenize a plain text")
        return tokens

    return dict(zip(texts, await asyncio.gather(*map(alone, texts)), strict=True))


def _explained(judge: str, error: JudgeError) -> Exception:
    if error.cause in ("judge_unreachable", "judge_timeout", INCOMPLETE):
        return WorkError(f"judge {judge} cannot be reached ({error}); check its address and try again")
    if error.cause.startswith("judge_refused_5") or error.cause == "judge_refused_429":
        return WorkError(f"judge {judge} does not answer now ({error}); try again later")
    if error.cause == MALFORMED:
        return InputError(f"judge {judge} answers, but not as an OpenAI-compatible server ({error}); check its address")
    remedy = (
        "check its key" if error.cause in ("judge_refused_401", "judge_refused_403") else "check its name and address"
    )
    return InputError(f"judge {judge} refuses ({error}); {remedy}")
