"""A judge: one model, the best reading that it allows, its cache, and never an exception for a failed rating."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil

from inoc_evals.client.continuations import Continuations, Path
from inoc_evals.client.endpoint import READABLE_TRIES, Endpoint
from inoc_evals.client.errors import (
    CHANGING,
    EMPTY,
    INCOMPLETE,
    MALFORMED,
    TIMEOUT,
    UNREACHABLE,
    ServerError,
)
from inoc_evals.client.told import Told, overheard
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.account import Asking
from inoc_evals.judging.accounting import current
from inoc_evals.judging.cache import JudgementCache, cache_key
from inoc_evals.judging.causes import of_failure
from inoc_evals.judging.disarm import candidates
from inoc_evals.judging.distribution import Distribution, Verdict, decide, from_samples, from_top
from inoc_evals.judging.expected import THOUGHTS, Way, assumed
from inoc_evals.judging.found_out import QUIET, SHORT, TEMPERATURE, Reading, Sampler, find_out
from inoc_evals.judging.prompt import Instrument, Material, render
from inoc_evals.judging.tokens import estimated_tokens
from inoc_evals.judging.tree import AnswerTree, answer_texts, build_tree, read_tree
from inoc_evals.judging.version import Version
from inoc_evals.protocols.reasoning import split

_LONG = 300  # tokens of an answer with its reason
_UNREADABLE = (MALFORMED, EMPTY, INCOMPLETE)
_FINGERPRINTS = 20  # kept of a judge
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Asked:
    """What a judge is asked, how its answer is read, and which `version` of it is known to answer."""

    prompt: str
    reading: Reading
    how: str
    identity: str
    judge: str
    version: Version

    @property
    def key(self) -> str:
        """That of the cache."""
        return cache_key(self.identity, self.judge, self.version, self.how, self.prompt)


class _Changed(ServerError):
    """A reply of another version than the one that was asked."""


@dataclass
class Judge:
    """`id` names the model in results and in the cache; `ratings` answers are drawn where no exact reading is possible.

    `reading` is found out by `prepare`, unless it is given. `watch` is told every verdict. `version` and `fingerprints`
    are what replies tell; what was asked of one version and answered by another is asked again.
    """

    id: str
    transport: Endpoint | Sampler
    cache: JudgementCache | None = None
    ratings: int = 5
    reading: Reading | None = None
    connections: int = 64
    watch: Callable[[Verdict], None] | None = field(default=None, repr=False)
    version: Version = field(default=Version(), init=False)
    # In the order in which they were heard, as the keys of a dictionary.
    fingerprints: dict[str, None] = field(default_factory=dict, init=False)
    # A reply named another version than the last that was found out.
    _stale: bool = field(default=False, init=False, repr=False)
    # Bracketed words -> whether the judge's tokenizer takes them for one token; None where it cannot be asked.
    _words: dict[str, bool] | None = field(default=None, init=False, repr=False)
    # What a prompt ends with where the judge thinks first in spite of everything.
    _opened: str | None = field(default=None, init=False, repr=False)
    # It thinks first, as its short answers show.
    _thinks: bool = field(default=False, init=False, repr=False)
    _trees: dict[tuple[tuple[str, ...], bool], AnswerTree] = field(default_factory=dict, init=False, repr=False)
    _flying: dict[str, asyncio.Future[tuple[Asked, Distribution]]] = field(default_factory=dict, init=False, repr=False)
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
        except ServerError as error:
            raise _explained(self.id, error) from None

    async def rate(self, instrument: Instrument, material: Material) -> Verdict:
        """The judge's verdict. A call that stays failed gives a missing value with the cause, and is not cached.

        Raises what `prepare` raises, but for replies that cannot be read, which give a missing value too.
        """
        return (await self.hear(instrument, material))[0]

    async def hear(self, instrument: Instrument, material: Material) -> tuple[Verdict, Distribution | None]:
        """The same with all that the judge says, None where a call stays failed."""
        self._bind()
        self._active += 1
        try:
            heard = await self._heard_out(instrument, material)
        finally:
            self._active -= 1
        if self.watch is not None:
            self.watch(heard[0])
        return heard

    def is_exact(self, instrument: Instrument) -> bool:
        """Is what it says by `instrument` read exactly, and not drawn? Known once it is prepared."""
        return self.reading != "sampled" and instrument.kind != "reasoned"

    async def asked(self, instrument: Instrument, material: Material) -> Asked:
        """What the judge is asked about `material`. Raises ServerError where it does not answer."""
        reading, version = await self._known_reading(), self.version
        if not self.is_exact(instrument):
            reading = "sampled"
        how = f"sampled {self.ratings}{' behind thoughts' * self._thinks}" if reading == "sampled" else reading
        prompt = render(instrument, material, await self._control_tokens(material))
        return Asked(prompt, reading, how, instrument.identity, self.id, version)

    async def answer(
        self, instrument: Instrument, material: Material, *, anew: bool = False, counts: bool = False
    ) -> tuple[Asked, Distribution]:
        """What the judge is asked about `material`, and all that it says, `anew` past the cache. With `counts` what is
        there already counts as a rating that took nothing. Raises ServerError, as "changing" where its replies go on
        to come from several versions."""
        left = READABLE_TRIES
        while True:
            asked = await self.asked(instrument, material)
            left -= 1
            try:
                if anew:
                    return await self._heard(asked, instrument, last=not left)
                return await self._once(asked, instrument, counts, last=not left)
            except _Changed:
                if not left:
                    raise

    async def _heard_out(self, instrument: Instrument, material: Material) -> tuple[Verdict, Distribution | None]:
        try:
            asked, found = await self.answer(instrument, material, counts=True)
            return replace(decide(instrument, found), answered_by=asked.version.text), found
        except ServerError as error:
            if self.reading is None and error.cause not in _UNREADABLE:
                raise _explained(self.id, error) from None
            return Verdict(None, of_failure(error.cause), 0.0, self.reading or "unknown", {}, error.said), None

    async def _known_reading(self) -> Reading:
        self._bind()
        if self.reading is not None and not self._stale:
            return self.reading
        async with self._alone():
            if self.reading is None or self._stale:
                with overheard() as replies, current().finding_out(self.id):
                    self.reading = await self._find_reading()
                self._answers_as(replies)
        return self.reading

    def _answers_as(self, replies: Sequence[Told]) -> None:
        """Take note of who answered when it was asked how it can be read."""
        before = self.version.model
        told = [before, *(reply.model for reply in replies if reply.model is not None)]
        self.version = self._version(told[-1])
        if self._stale:
            log.warning(
                "judge %s answered as %s and answers as %s now; their ratings are kept apart", self.id, before, told[-1]
            )
        self._stale = False
        self._listen(replies)

    def _version(self, model: str | None) -> Version:
        return Version(model) if self.cache is None else self.cache.version(self.id, model)

    def _listen(self, replies: Sequence[Told]) -> None:
        for reply in replies:
            if reply.fingerprint is not None and len(self.fingerprints) < _FINGERPRINTS:
                self.fingerprints[reply.fingerprint] = None

    async def _control_tokens(self, material: Material) -> list[str]:
        """What in `material` the judge's tokenizer takes for one token although it is a bracketed word."""
        if self._words is None or not isinstance(self.transport, Endpoint):
            return []
        words, known = candidates("\n".join(material.texts())), self._words
        if new := sorted(words - known.keys()):
            # One token, one line: whatever a tokenizer does with a line end, it does not make it part of a word.
            tokens = await self.transport.token_texts("\n".join(new))
            if tokens is None:
                self._words = None
                return []
            known |= {word: word in tokens for word in new}
        return [word for word in words if known[word]]

    async def rest(self) -> None:
        """Bring what was rated so far to disk, and close the connections if nobody is using them."""
        if self.cache is not None:
            self.cache.flush()
        if isinstance(self.transport, Endpoint) and not self._active:
            await self.transport.close()

    async def _once(
        self, asked: Asked, instrument: Instrument, counts: bool, *, last: bool
    ) -> tuple[Asked, Distribution]:
        key = asked.key
        if (flying := self._flying.get(key)) is not None:
            shared = await asyncio.shield(flying)
            if counts:
                current().reused(self.id, instrument.name, None)
            return shared
        if self.cache is not None and (stored := self.cache.get(key)) is not None:
            if counts:
                current().reused(self.id, instrument.name, self.cache.taken(key))
            # An earlier version may have read other numbers in the same answers.
            return asked, from_samples(instrument, stored.samples) if stored.samples else stored
        future: asyncio.Future[tuple[Asked, Distribution]] = asyncio.get_running_loop().create_future()
        self._flying[key] = future
        try:
            answer = await self._heard(asked, instrument, last=last)
        except BaseException as error:
            if isinstance(error, ServerError):
                future.set_exception(error)
            else:
                future.cancel()
            # Nobody else may be waiting; the error is raised here anyway.
            _ = future.cancelled() or future.exception()
            raise
        else:
            future.set_result(answer)
            if self.cache is not None:
                self.cache.put(answer[0].key, answer[1])
            return answer
        finally:
            del self._flying[key]

    async def _heard(self, asked: Asked, instrument: Instrument, *, last: bool) -> tuple[Asked, Distribution]:
        """What replies say that all come from the version that is asked, or, where that is not known, from one. Raises
        ServerError; it is asked again where that is no such reply, but for the `last` time."""
        if self._gate is None:
            self._gate = asyncio.Semaphore(self.connections)
        async with self._gate, current().asking(self._expected(asked, instrument)) as took:
            with overheard() as replies:
                found = await self._read(instrument, asked.prompt, asked.reading)
            self._listen(replies)
            models = list(dict.fromkeys(reply.model for reply in replies if reply.model is not None))
            if asked.version.model is None and len(models) == 1:
                if self.version.model is None:
                    self.version = self._version(models[0])
                asked = replace(asked, version=self._version(models[0]))
            if any(model != asked.version.model for model in models):
                took.again = not last
                self._stale = self._stale or any(model != self.version.model for model in models)
                said = f"it was asked as {asked.version.model} and answered as {' and '.join(models)}"
                raise _Changed(CHANGING, said, f"judge {self.id} does not answer as one")
        if self.cache is not None:
            self.cache.note_taken(asked.key, took.usage)
        return asked, found

    async def _read(self, instrument: Instrument, prompt: str, reading: Reading) -> Distribution:
        if reading != "sampled" and isinstance(self.transport, Endpoint):
            if reading == "first token":
                _, top = await self.transport.first_tokens(prompt)
                return from_top(instrument, top)
            return await self._read_tree(self.transport, instrument, prompt)
        length, opened = self._longest(instrument), self._opened
        sample = self.transport.sample
        # A server that tokenizes is vLLM, and others may refuse what they do not know.
        if isinstance(self.transport, Endpoint) and self._words is not None:
            sample = partial(self.transport.sample, template=QUIET)
        said = await sample(prompt, self.ratings, length, TEMPERATURE)
        # What a judge thinks first is no answer.
        return from_samples(instrument, [split(text, opened).answer for text in said])

    def _longest(self, instrument: Instrument) -> int:
        """Tokens that an answer may have at most."""
        thinks = self._thinks or self._opened is not None
        return (_LONG if instrument.kind == "reasoned" else SHORT) + (THOUGHTS if thinks else 0)

    def _expected(self, asked: Asked, instrument: Instrument) -> Asking:
        """What a rating is expected to take."""
        # As long as no server drew several answers in a call, each is expected to take one, or many ratings would begin
        # at once within a budget for one in five of them.
        endpoint = self.transport if isinstance(self.transport, Endpoint) else None
        together = endpoint is not None and (asked.reading != "sampled" or endpoint.drawing.one_by_one is False)
        way: Way = "together" if together else "one by one"
        if way == "together" and asked.reading != "sampled":
            way = "scored" if asked.reading == "tree" else "first token"
        # The most, so that a budget holds.
        prompt = ceil(estimated_tokens(asked.prompt)[1])
        usage = assumed(way, self.ratings, prompt, self._longest(instrument))
        return Asking(self.id, instrument.name, prompt, usage)

    async def _read_tree(self, endpoint: Endpoint, instrument: Instrument, prompt: str) -> Distribution:
        tree = await self._tree(endpoint, instrument)
        start = await endpoint.tokenize(prompt, QUIET)
        if not start:
            raise endpoint.error(MALFORMED, "the server no longer tokenizes")

        async def score(prefixes: Sequence[Path], wanted: Sequence[Sequence[int]]) -> list[dict[int, float]]:
            return await endpoint.next_tokens(start, prefixes, wanted)

        found = await read_tree(tree, score)
        if not any([*found.numbers.values(), *found.words.values()]):
            raise endpoint.error(MALFORMED, "no answer has a probability")
        return found

    async def _tree(self, endpoint: Endpoint, instrument: Instrument) -> AnswerTree:
        numbers = instrument.kind == "rating"
        shape = (tuple(instrument.words), numbers)
        # Hundreds of small calls, which the first ratings would all make at once.
        async with self._alone():
            if shape not in self._trees:
                texts = answer_texts(tuple(instrument.words), numbers)
                try:
                    self._trees[shape] = build_tree(await Continuations(endpoint, QUIET).paths(texts), texts)
                except ValueError as error:
                    raise endpoint.error(MALFORMED, str(error)) from None
        return self._trees[shape]

    async def _find_reading(self) -> Reading:
        found = await find_out(self.transport)
        self._trees.clear()
        self._words = {} if found.tokenizes else None
        self._opened, self._thinks = found.opened, found.thinks
        return found.reading

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


def _explained(judge: str, error: ServerError) -> Exception:
    if error.cause in (UNREACHABLE, TIMEOUT, INCOMPLETE):
        return WorkError(f"judge {judge} cannot be reached ({error.said}); check its address and try again")
    if error.cause.startswith("refused_5") or error.cause == "refused_429":
        return WorkError(f"judge {judge} does not answer now ({error.said}); try again later")
    if error.cause == MALFORMED:
        message = f"judge {judge} answers, but not as an OpenAI-compatible server ({error.said}); check its address"
        return InputError(message)
    remedy = "check its key" if error.cause in ("refused_401", "refused_403") else "check its name and address"
    return InputError(f"judge {judge} refuses ({error.said}); {remedy}")
