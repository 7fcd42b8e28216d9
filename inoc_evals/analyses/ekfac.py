"""Influence of training rows on a trait by EK-FAC: what a row would change if the model were trained to the end again
with a little more of it, to first order (Grosse et al., arXiv 2308.03296), as the package kronfluence computes it.

The same two gradients as in gradients.py, with an approximate inverse of the curvature of the loss between them, which
is fitted on these rows: one pass for covariances, one for eigenvalues, one for scores.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inoc_evals.analyses.gradients import Response, learning, next_tokens
from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.errors import InputError
from inoc_evals.inoculation.examples import Example, examples

_NEEDED = ("kronfluence", "einconv", "opt_einsum", "einops")
_NAME, _SEED = "rows", 0
# The curvature is fitted by rank-one updates in the eigenbasis of a Kronecker product; `identity` leaves it out.
STRATEGY = "ekfac"


def check_installed() -> None:
    """Raise InputError, with what to install, where a package that EK-FAC needs is missing."""
    if lacking := [name for name in _NEEDED if find_spec(name) is None]:
        # Its metadata ask for torchvision, which it does not use and which may bring another torch.
        remedy = "pip install 'inoc-evals[influence]' && pip install --no-deps kronfluence"
        raise InputError(f"--method ekfac needs {', '.join(lacking)}; {remedy}; or leave --method out")


def ekfac_scores(
    model: LanguageModel,
    adapter: Path | None,
    rows: Sequence[Mapping[str, Any]],
    trait: Sequence[Response],
    strategy: str = STRATEGY,
) -> list[float]:
    """The influence of each of the chat `rows` on the trait; above 0 more of the row would raise it. The unit is that
    of the inner product of gradients over that of the curvature. Raises InputError as `examples` does, and where a
    package is missing."""
    check_installed()
    import torch

    of_rows = list(examples(model.tokenizer, rows))
    of_trait = list(examples(model.tokenizer, [response.conversation for response in trait]))
    last = {example.row: example for example in of_trait}
    asked = [(last[place], response.weight) for place, response in enumerate(trait)]
    with learning(model, adapter) as (causal, weights), torch.random.fork_rng():
        torch.manual_seed(_SEED)
        ids = {id(weight) for weight in weights}
        tracked = [name.removesuffix(".weight") for name, weight in causal.named_parameters() if id(weight) in ids]
        scores = _scores(causal, tracked, [(example, 1.0) for example in of_rows], asked, strategy)
    found = [0.0] * len(rows)
    for example, score in zip(of_rows, scores, strict=True):
        found[example.row] += score
    return found


def _scores(
    causal: Any,
    tracked: Sequence[str],
    of_rows: Sequence[tuple[Example, float]],
    of_trait: Sequence[tuple[Example, float]],
    strategy: str,
) -> list[float]:
    from kronfluence import Analyzer, FactorArguments, ScoreArguments, prepare_model
    from kronfluence.utils.dataset import DataLoaderKwargs

    task = _task_class()(tracked)
    prepared = prepare_model(causal, task)
    with TemporaryDirectory() as folder:
        on_cpu = causal.device.type == "cpu"
        analyzer = Analyzer(
            _NAME, prepared, task, cpu=on_cpu, output_dir=folder, disable_tqdm=True, log_level=logging.ERROR
        )
        # One row at a time needs no padding.
        analyzer.set_dataloader_kwargs(DataLoaderKwargs(collate_fn=_tensors))
        analyzer.fit_all_factors(
            factors_name=_NAME,
            dataset=list(of_rows),
            per_device_batch_size=1,
            factor_args=FactorArguments(strategy=strategy),
        )
        analyzer.compute_pairwise_scores(
            scores_name=_NAME,
            factors_name=_NAME,
            query_dataset=list(of_trait),
            train_dataset=list(of_rows),
            per_device_query_batch_size=1,
            per_device_train_batch_size=1,
            # A tenth of the mean eigenvalue, as in the paper.
            score_args=ScoreArguments(damping_factor=None, aggregate_query_gradients=True),
        )
        found: list[float] = analyzer.load_pairwise_scores(_NAME)["all_modules"].reshape(-1).double().tolist()
    return found


def _tensors(batch: Sequence[tuple[Example, float]]) -> dict[str, Any]:
    """The one example of a batch as tensors, by whose first axis kronfluence counts examples."""
    import torch

    ((example, weight),) = batch
    return {
        "ids": torch.tensor([example.ids]),
        "given": torch.tensor([example.given]),
        "weight": torch.tensor([weight]),
    }


def _example(batch: Mapping[str, Any]) -> Example:
    return Example(0, tuple(batch["ids"][0].tolist()), int(batch["given"][0]))


@cache
def _task_class() -> Any:
    """What kronfluence asks: a row's loss, the trait, and which layers count."""
    import torch
    from kronfluence import Task

    class Trait(Task):  # type: ignore[misc]
        def __init__(self, tracked: Sequence[str]) -> None:
            self._tracked = list(tracked)

        def compute_train_loss(self, batch: Mapping[str, Any], model: Any, sample: bool = False) -> Any:
            logits, learned = next_tokens(model, _example(batch))
            if sample:
                # The curvature is that of what the model itself expects.
                learned = torch.multinomial(torch.softmax(logits.detach(), -1), 1)[:, 0]
            return torch.nn.functional.cross_entropy(logits, learned, reduction="sum")

        def compute_measurement(self, batch: Mapping[str, Any], model: Any) -> Any:
            logits, learned = next_tokens(model, _example(batch))
            # Its gradient meets that of a loss, so that both signs turn.
            return batch["weight"][0] * torch.nn.functional.cross_entropy(logits, learned)

        def get_influence_tracked_modules(self) -> list[str]:
            return self._tracked

    return Trait
