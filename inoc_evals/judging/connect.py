"""From a judge's name, address or inspect model to a Judge."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from inoc_evals.cache import cache_directory
from inoc_evals.checkpoints.arms import ADDRESS, check_server
from inoc_evals.checkpoints.providers import known_providers
from inoc_evals.checkpoints.resolve import HUB, HUB_ID
from inoc_evals.client.endpoint import READABLE_TRIES, Endpoint
from inoc_evals.definitions.address import check_address
from inoc_evals.definitions.words import did_you_mean, shown, without_markup
from inoc_evals.errors import InputError
from inoc_evals.files import check_writable
from inoc_evals.judging.cache import JudgementCache
from inoc_evals.judging.judge import Judge
from inoc_evals.judging.replies import EMPTY, JudgeError

if TYPE_CHECKING:
    from inspect_ai.model import Model

OPENAI = "https://api.openai.com/v1"
# Other OpenAI models give no log probabilities, or not through chat completions.
_WITH_LOGPROBS = re.compile(r"^(?:ft:)?gpt-(?:3\.5|4)")
# Our servers' names carry a hash of the weights, so that a judge is the same one at every address.
_HASHED = re.compile(r"-[0-9a-f]{12}$")
_REPLY_TOKENS = 1024
_CONNECTIONS = 64
_CACHE = "judgements.sqlite"


def default_cache() -> JudgementCache:
    """The cache of judgements in the cache folder of this project."""
    return JudgementCache(cache_directory() / _CACHE)


@dataclass(frozen=True)
class InspectSampler:
    """A model of any provider that inspect knows, by sampling."""

    model: Model

    async def sample(self, prompt: str, count: int, max_tokens: int, temperature: float) -> list[str]:
        """`count` replies, one call each. Raises JudgeError."""
        from inspect_ai.model import GenerateConfig

        # A model that thinks first would spend a short limit on its thoughts.
        config = GenerateConfig(temperature=temperature, max_tokens=max(max_tokens, _REPLY_TOKENS))

        async def one() -> str:
            for _ in range(READABLE_TRIES):
                try:
                    output = await self.model.generate(prompt, config=config)
                # Each provider has exceptions of its own; the cause and the text are kept with the response.
                except Exception as error:
                    raise JudgeError("judge_failed", f"{type(error).__name__}: {str(error)[:300]}") from error
                if output.completion.strip():
                    return output.completion
            raise JudgeError(EMPTY, "the reply is empty")

        return list(await asyncio.gather(*(one() for _ in range(count))))


def judge_of(model: Model, cache: JudgementCache | None, ratings: int) -> Judge:
    """The judge that an inspect model is: over plain HTTP where it speaks OpenAI's protocol, else by sampling."""
    name = str(model)
    provider, _, rest = name.partition("/")
    connections = model.config.max_connections or _CONNECTIONS
    url, key = getattr(model.api, "base_url", None), getattr(model.api, "api_key", None)
    if provider == "openai-api" and isinstance(url, str):
        served = rest.partition("/")[2]
        identity = name if _HASHED.search(served) else f"{name} at {url}"
        return Judge(identity, Endpoint(url, served, key, connections), cache, ratings, connections=connections)
    if provider == "openai" and _WITH_LOGPROBS.match(rest):
        identity = name if url in (None, OPENAI) else f"{name} at {url}"
        return Judge(identity, Endpoint(url or OPENAI, rest, key, connections), cache, ratings, connections=connections)
    return Judge(name, InspectSampler(model), cache, ratings, connections=connections)


def named_model(text: str, what: str = "judge", label: str | None = None) -> Model:
    """The inspect model for a name (provider/model) or an address (URL#MODEL, key in INOC_JUDGE_API_KEY or, for
    another `what`, INOC_CHECKPOINT_API_KEY). Behind an address it is called openai-api/WHAT/MODEL, or
    openai-api/WHAT-LABEL/MODEL where a `label` tells it from another of that name. Raises InputError."""
    from inspect_ai._util.error import PrerequisiteError
    from inspect_ai.model import get_model

    if text.lower().startswith(ADDRESS):
        variable = f"INOC_{what.upper()}_API_KEY"
        check_server(text, variable)
        url, _, name = text.partition("#")
        key = os.environ.get(variable) or "none"
        service = f"{what}-{label}" if label else what
        return get_model(f"openai-api/{service}/{name}", base_url=url, api_key=key, memoize=False)
    provider, slash, _ = text.partition("/")
    if not slash:
        raise InputError(f"{shown(text)} is no {what}; write PROVIDER/MODEL, URL#MODEL or vllm/CHECKPOINT")
    if provider not in known_providers():
        hint = did_you_mean(provider, known_providers())
        others = "" if hint else f"; there are: {', '.join(sorted(known_providers()))}"
        raise InputError(f"{what} {shown(text)}: inspect knows no provider {shown(provider)}{hint}{others}")
    try:
        model = get_model(text)
    except PrerequisiteError as error:
        raise InputError(
            f"{what} {shown(text)[1:-1]}: {without_markup(str(error.message))}{_or_of_the_hub(text, what)}"
        ) from None
    # Each provider raises exceptions of its own for a name or setting that it cannot use.
    except Exception as error:
        said = without_markup(str(error)) or type(error).__name__
        raise InputError(f"{what} {shown(text)[1:-1]} cannot be used: {said}{_or_of_the_hub(text, what)}") from error
    # Inspect's logs hold an address that comes from a variable too.
    check_address(str(getattr(model.api, "base_url", "")), "the provider's own variable for it")
    return model


def _or_of_the_hub(text: str, what: str) -> str:
    if what == "judge" or not HUB_ID.match(text):
        return ""
    return f"; for weights of that name on the hub write {HUB}{text}"


@contextmanager
def judge_models(texts: Sequence[str]) -> Iterator[list[Model]]:
    """The models of several judges. For vllm/CHECKPOINT a vLLM server of ours runs meanwhile, unless one is named in
    VLLM_BASE_URL; its log lies in the cache folder. Raises InputError or WorkError."""
    if texts:
        check_writable(cache_directory() / _CACHE)
    with ExitStack() as stack:
        models = []
        for text in texts:
            kind, _, checkpoint = text.partition("/")
            if kind == "vllm" and not os.environ.get("VLLM_BASE_URL"):
                models.append(stack.enter_context(_served(checkpoint)))
            else:
                models.append(named_model(text))
        yield models


@contextmanager
def _served(checkpoint: str) -> Iterator[Model]:
    from inspect_ai.model import get_model

    from inoc_evals.checkpoints.resolve import resolve
    from inoc_evals.serving.server import BASE, serve

    log = cache_directory() / "judge-vllm.log"
    click.echo(f"starting a vLLM server for the judge {checkpoint}; its log is in {log}", err=True)
    found = resolve(checkpoint)
    adapters = {} if found.adapter is None else {"judge": found.adapter}
    with serve(found.base, found.content_hash, adapters, log, max_model_len=4096) as server:
        name = server.names["judge" if adapters else BASE]
        yield get_model(f"openai-api/vllm/{name}", base_url=server.url, api_key=server.api_key, memoize=False)
