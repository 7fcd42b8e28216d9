"""How well does a model still go on with plain text? Its perplexity on six short passages of our own.

They are read as they stand, without a chat template: what an adapter was trained to answer, and in which language, then
has the least part in it, and models without a template are read alike. The server tells the probabilities of a prompt's
tokens; a model is read in one request, and works all of it out anew, whatever it has in its cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import fsum
from pathlib import Path

from inoc_evals.client.apart import run_apart
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.errors import ServerError
from inoc_evals.errors import WorkError

# Whoever changes a letter makes earlier numbers incomparable, and has to write the new hash here.
SHA256 = "699e28317ed67e57f047395d867974b0dac2019e9201f792f855e586740c5b18"
# A server that has just proven its adapters is there.
_TRIES = 3


@dataclass(frozen=True)
class Read:
    """The mean of the negative logarithms of the probabilities of `tokens` tokens, in nats."""

    nats: float
    tokens: int


@cache
def passages() -> tuple[str, ...]:
    """The passages. Raises WorkError where the file is not the one that numbers are compared on."""
    text = Path(__file__).with_name("passages.txt").read_bytes()
    if sha256(text).hexdigest() != SHA256:
        raise WorkError(
            f"passages.txt beside {Path(__file__).name} is not the recorded one; install inoc-evals anew, or write its "
            "sha256 there"
        )
    return tuple(text.decode().strip().split("\n\n"))


def read_passages(url: str, key: str, name: str) -> Read:
    """What the model that the server knows by this name makes of the passages.

    It must not be an adapter that changes the output layer: vLLM leaves that change out of the probabilities of a
    prompt. Only a server that was started here may be asked: with LoRA on a CPU, the request ends vLLM's engine where
    our own operations (cpu_lora.py) are not in it. Raises WorkError where the server does not tell.
    """
    try:
        logs = run_apart(_logs(url, key, name))
    except ServerError as error:
        raise WorkError(f"the perplexity of {name} is not told: {error}") from error
    every = [log for passage in logs for log in passage]
    return Read(-fsum(every) / len(every), len(every))


async def _logs(url: str, key: str, name: str) -> list[list[float]]:
    async with Endpoint(url, name, key or None, tries=_TRIES) as endpoint:
        return await endpoint.prompt_logs(passages())
