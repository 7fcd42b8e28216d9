"""`inoc-evals doctor --checkpoint`: does a server answer as transformers and PEFT do on the same weights?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import exp
from pathlib import Path

from inoc_evals.cache import cache_directory
from inoc_evals.checkpoints.acting import check_adapter
from inoc_evals.checkpoints.arms import base_of, is_hosted, split_arm
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.quantised import quantisation_of
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.client.apart import run_apart
from inoc_evals.client.endpoint import Endpoint
from inoc_evals.client.errors import ServerError
from inoc_evals.commands.doctor import Finding
from inoc_evals.errors import InputError, WorkError
from inoc_evals.extras import require
from inoc_evals.machine import has_gpu
from inoc_evals.serving.proof import PROBES
from inoc_evals.serving.reference import Expected, expected
from inoc_evals.serving.server import BASE, Server, ServerSettings, serve
from inoc_evals.stats.apart import coarse_variation, total_variation

# The largest total variation distance that two programs make of the same weights, with room; see docs/proof.md.
TOLERANCE = {"float32": 0.0005, "bfloat16": 0.1}
_ADAPTER = "adapter"
_WHAT = "answers"


def compare(text: str, progress: Callable[[str], None]) -> list[Finding]:
    """What is found of [ARM=]CHECKPOINT: its files, the tokens of prompts, and the probabilities of next tokens, asked
    of a vLLM server that is started for it. On a CPU the server computes in float32 for it. Raises WorkError where the
    server does not come up, or does not tell."""
    try:
        require("train", "the comparison with transformers and PEFT")
        base, adapter = _local(text, progress)
    except InputError as error:
        return [Finding("weights", "wrong", str(error))]
    progress("computing with transformers and PEFT")
    wanted = expected(base.base, adapter, PROBES)
    plain = expected(base.base, None, PROBES) if adapter is not None else None
    with _served(base, adapter, progress) as server:
        try:
            prompts, answers = run_apart(ask(server, server.names[BASE if adapter is None else _ADAPTER], wanted))
        except ServerError as error:
            raise WorkError(f"what the server answers cannot be told: {error}") from error
    packed = quantisation_of(Path(base.base))
    what = "a model" if adapter is None else f"an adapter that is whole, on {base.reference}"
    if packed is not None:
        what += f", quantised ({packed.words()})"
    found = [Finding("weights", "ok", what)]
    if prompts != [one.prompt for one in wanted]:
        remedy = "compare the chat templates in the folder of the model"
        found.append(Finding("prompts", "wrong", "the server makes other tokens of a message", remedy))
    return [*found, _agreement(wanted, answers, plain, _kind(base))]


def _local(text: str, progress: Callable[[str], None]) -> tuple[Checkpoint, Path | None]:
    _, reference = split_arm(text)
    if is_hosted(reference):
        raise InputError(f"{reference} is behind an interface; there are no weights to compare with")
    hub = Hub(progress)
    checkpoint = resolve(reference, progress=progress, hub=hub)
    if checkpoint.adapter is None:
        return checkpoint, None
    base = base_of(checkpoint, hub)
    check_adapter(base.base, checkpoint.adapter)
    return base, checkpoint.adapter


@contextmanager
def _served(base: Checkpoint, adapter: Path | None, progress: Callable[[str], None]) -> Iterator[Server]:
    adapters = {} if adapter is None else {_ADAPTER: adapter}
    settings = ServerSettings(extra_args=("--dtype=float32",) if _kind(base) == "float32" else ())
    log = cache_directory() / "doctor-vllm.log"
    progress(f"starting a vLLM server; its log is in {log}")
    # Whether it acts is told here, and how well.
    with serve(base.base, base.content_hash, adapters, log, settings, controls=adapters, progress=progress) as server:
        yield server


async def ask(
    server: Server, name: str, wanted: Sequence[Expected]
) -> tuple[list[tuple[int, ...]], list[Mapping[int, float]]]:
    """The tokens that the server makes of the probes, and its probabilities of the wanted tokens."""
    prompts: list[tuple[int, ...]] = []
    answers: list[Mapping[int, float]] = []
    async with Endpoint(server.url, name, server.api_key) as endpoint:
        for text, one in zip(PROBES, wanted, strict=True):
            rendered = await endpoint.tokenize(text)
            prompts.append(one.prompt if rendered is None else rendered)
            (logs,) = await endpoint.next_tokens(one.prompt, [()], [list(one.shares)])
            answers.append({token: exp(log) for token, log in logs.items()})
    return prompts, answers


def _kind(base: Checkpoint) -> str:
    """The numbers in which the server computes: those of quantised layers have 16 bits."""
    return "bfloat16" if has_gpu() or quantisation_of(Path(base.base)) is not None else "float32"


def _agreement(
    wanted: Sequence[Expected],
    answers: Sequence[Mapping[int, float]],
    plain: Sequence[Expected] | None,
    kind: str,
) -> Finding:
    distances = [coarse_variation(one.shares, answer) for one, answer in zip(wanted, answers, strict=True)]
    told = f"{max(distances):.2g} at most from those of transformers on {len(wanted)} prompts"
    told += f" (total variation; in {kind} up to {TOLERANCE[kind]:g} is rounding)"
    if plain is not None:
        changes = [total_variation(one.shares, other.shares) for one, other in zip(wanted, plain, strict=True)]
        told += f"; the adapter changes its base by {max(changes):.2g}"
    if max(distances) <= TOLERANCE[kind]:
        return Finding(_WHAT, "ok", told)
    return Finding(_WHAT, "wrong", told, "the server computes something else; see its log, or try another vLLM")
