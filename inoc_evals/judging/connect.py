"""From a judge's name, address or inspect model to a Judge."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import click

from inoc_evals.cache import cache_directory
from inoc_evals.client import told
from inoc_evals.client.endpoint import CONNECTIONS, READABLE_TRIES
from inoc_evals.client.errors import EMPTY, ServerError
from inoc_evals.client.models import OPENAI, endpoint_of, named_model
from inoc_evals.client.usage import Usage, tell
from inoc_evals.files import check_writable
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.expected import THOUGHTS
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.own_judge import check_can_judge, window
from inoc_evals.judging.panel import Panel, panel_of
from inoc_evals.machine import has_gpu

if TYPE_CHECKING:
    from inspect_ai.model import Model, ModelUsage

    from inoc_evals.serving.server import Server

# Our servers' names carry a hash of the weights, so that a judge is the same one at every address.
_HASHED = re.compile(r"-[0-9a-f]{12}$")
_CACHE = "judgements.sqlite"
# Each rating asks for a hundred next tokens and more. Were many under way at once on a CPU, none would be finished, and
# kept, before nearly all are, and calls would wait longer than they may.
_AT_ONCE_ON_A_CPU = 4


def default_cache() -> JudgementCache:
    """The cache of judgements in the cache folder of this project."""
    return JudgementCache(cache_directory() / _CACHE)


@dataclass(frozen=True)
class InspectSampler:
    """A model of any provider that inspect knows, by sampling."""

    model: Model

    async def sample(self, prompt: str, count: int, max_tokens: int, temperature: float) -> list[str]:
        """`count` replies, one call each. Raises ServerError."""
        from inspect_ai.model import GenerateConfig

        # A model that thinks first would spend a short limit on its thoughts.
        config = GenerateConfig(temperature=temperature, max_tokens=max(max_tokens, THOUGHTS))

        async def one() -> str:
            for _ in range(READABLE_TRIES):
                try:
                    output = await self.model.generate(prompt, config=config)
                # Each provider has exceptions of its own; the cause and the text are kept with the response.
                except Exception as error:
                    raise self._error("failed", f"{type(error).__name__}: {str(error)[:300]}") from error
                told.note(output.model, (output.metadata or {}).get("system_fingerprint"))
                tell(_usage(output.usage), output.model)
                if output.completion.strip():
                    return output.completion
            raise self._error(EMPTY, "the reply is empty")

        return list(await asyncio.gather(*(one() for _ in range(count))))

    def _error(self, cause: str, said: str) -> ServerError:
        return ServerError(cause, said, f"{self.model} does not answer")


def _usage(used: ModelUsage | None) -> Usage:
    if used is None:
        return Usage(1)
    # What a provider reads from its cache, or writes there, is beside the other tokens of a prompt.
    cached, written = used.input_tokens_cache_read or 0, used.input_tokens_cache_write or 0
    prompt = used.input_tokens + cached + written
    # Some leave the tokens of thoughts out of the output's, and in the sum of all.
    return Usage(1, prompt, max(used.output_tokens, used.total_tokens - prompt), cached)


def judge_of(model: Model, cache: JudgementCache | None, ratings: int) -> Judge:
    """The judge that an inspect model is: over plain HTTP where it speaks OpenAI's protocol, else by sampling."""
    connections = model.config.max_connections or CONNECTIONS
    endpoint = endpoint_of(model)
    name = str(model)
    if endpoint is None:
        return Judge(name, InspectSampler(model), cache, ratings, connections=connections)
    everywhere = endpoint.url == OPENAI if name.startswith("openai/") else bool(_HASHED.search(endpoint.model))
    identity = name if everywhere else f"{name} at {endpoint.url}"
    return Judge(identity, endpoint, cache, ratings, connections=connections)


def _to_stderr(text: str) -> None:
    click.echo(text, err=True)


@dataclass(frozen=True)
class Connected:
    """Who rates, by `names`, once the `models` are there: `panel` gives the panel for the number of answers that a task
    draws where a judge is not read exactly. `notes` are what is to be said of them once they have rated."""

    models: Sequence[Model]
    names: Sequence[str]
    panel: Callable[[int], Panel]
    notes: Callable[[], list[str]] = list


def connected(models: Sequence[Model]) -> Connected:
    """Judges that read each rating as it is asked for."""
    judgements = default_cache()

    @cache
    def panel(answers: int) -> Panel:
        return panel_of([judge_of(model, judgements, answers) for model in models])

    return Connected(models, [str(model) for model in models], panel)


@contextmanager
def judge_models(texts: Sequence[str], say: Callable[[str], None] = _to_stderr) -> Iterator[list[Model]]:
    """The models of several judges. For vllm/CHECKPOINT a vLLM server of ours runs meanwhile, unless one is named in
    VLLM_BASE_URL, which `say` is told; its log lies in the cache folder. Raises InputError or WorkError."""
    if texts:
        check_writable(cache_directory() / _CACHE)
    with ExitStack() as stack:
        models = []
        for text in texts:
            kind, _, checkpoint = text.partition("/")
            if kind == "vllm" and not os.environ.get("VLLM_BASE_URL"):
                models.append(stack.enter_context(_served(checkpoint, say)))
            else:
                models.append(named_model(text))
        yield models


@contextmanager
def taught_and_base(checkpoint: str, say: Callable[[str], None] = _to_stderr) -> Iterator[tuple[Model, Model]]:
    """The judge of vllm/CHECKPOINT, an adapter, and the untaught one that its base is, on one server of ours. Raises
    InputError or WorkError."""
    from inoc_evals.serving.server import BASE

    check_writable(cache_directory() / _CACHE)
    with _server(checkpoint, say) as server:
        yield _on(server, _adapter_of(server)), _on(server, BASE)


@contextmanager
def _served(checkpoint: str, say: Callable[[str], None]) -> Iterator[Model]:
    with _server(checkpoint, say) as server:
        yield _on(server, _adapter_of(server))


def _adapter_of(server: Server) -> str:
    """The label of the adapter on a server for one judge, or of its base where it is a whole model."""
    from inoc_evals.serving.server import BASE

    return next((label for label in server.names if label != BASE), BASE)


def _on(server: Server, label: str) -> Model:
    from inspect_ai.model import GenerateConfig, get_model

    config = GenerateConfig(max_connections=CONNECTIONS if has_gpu() else _AT_ONCE_ON_A_CPU)
    name = f"openai-api/vllm/{server.names[label]}"
    return get_model(name, config=config, base_url=server.url, api_key=server.api_key, memoize=False)


@contextmanager
def _server(checkpoint: str, say: Callable[[str], None]) -> Iterator[Server]:
    """A server for the judge alone. An adapter is called so that it is another judge on another base."""
    from inoc_evals.checkpoints.arms import base_of
    from inoc_evals.checkpoints.hub import Hub
    from inoc_evals.checkpoints.resolve import resolve
    from inoc_evals.serving.server import ServerSettings, serve

    log = cache_directory() / "judge-vllm.log"
    say(f"starting a vLLM server for the judge {checkpoint}; its log is in {log}")
    hub = Hub(say)
    found = resolve(checkpoint, hub=hub)
    base = base_of(found, hub)
    check_can_judge(base.base, base.reference)
    adapters = {} if found.adapter is None else {f"judge-{base.content_hash[:12]}": found.adapter}
    settings = ServerSettings(max_model_len=window(base.base))
    with serve(base.base, base.content_hash, adapters, log, settings) as server:
        yield server
