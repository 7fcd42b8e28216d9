"""Tasks whose responses are drawn and measured: `class` of most lm_eval.yaml."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import partial
from statistics import fmean
from typing import Any

from lm_eval.api.filter import FilterEnsemble
from lm_eval.api.instance import Instance

from inoc_evals.client.endpoint import CONTINUE
from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.judges import chosen_judges, prepare
from inoc_evals.harness.lm_eval.measuring import Measure, Stored, responses
from inoc_evals.harness.lm_eval.task import PIPELINE, InocTask
from inoc_evals.judging.judge import Judge
from inoc_evals.results.summaries import Summary, summarise


class GenerationTask(InocTask):
    """`samples` responses to every document, all kept and all measured."""

    def __init__(self, config: dict[str, Any], **_: Any) -> None:
        # lm-eval puts a stop at the first blank line where none is named, and a fixed seed where none is refused.
        super().__init__({**config, "output_type": "generate_until", "generation_kwargs": {"until": [], "seed": None}})
        self.config.generation_kwargs = {
            "until": [],
            "temperature": self.plan.temperature,
            "top_p": self.plan.top_p,
            # transformers cuts at 50 by itself, servers at what the model's generation_config.json says.
            "top_k": 0,
            "seed": None,
            "max_gen_toks": self.plan.max_tokens,
        }
        self.config.repeats = self.plan.samples
        self.judges: list[Judge] = []
        self._openai = False

    def check_run(self, backend: Any) -> None:
        """Refuse a seed over several responses, and find out whether the judge answers."""
        from lm_eval.models.openai_completions import OpenAIChatCompletion

        # Among the chat models of lm-eval these alone refuse fields that OpenAI does not have.
        self._openai = isinstance(backend, OpenAIChatCompletion)
        given = self.config.generation_kwargs
        if given.get("seed") is not None and self.plan.samples > 1 and given["temperature"] > 0:
            raise InputError(
                f"a seed makes all {self.plan.samples} responses to a prompt the same; leave it out, or draw one"
            )
        if self._openai and self.plan.given.get("prefill"):
            raise InputError("OpenAI's models do not go on with the beginning of an answer; leave prefill out")
        if self.plan.instruments:
            self.judges = chosen_judges(str(self.config.task), self.plan.ratings)
            prepare(self.judges)
        self.config.metadata = {**self.config.metadata, "judges": [judge.id for judge in self.judges]}
        measure = partial(Measure, self.plan, self.judges)
        self._filters = [FilterEnsemble(name=PIPELINE, filters=[measure])]

    def construct_requests(self, doc: dict[str, Any], ctx: Any, **others: Any) -> Instance:
        """One instance that lm-eval repeats `samples` times."""
        kwargs = {**self.config.generation_kwargs, "do_sample": self.config.generation_kwargs["temperature"] > 0}
        if self._openai:
            kwargs.pop("top_k")
        if doc["prefill"] and not isinstance(ctx, str):
            kwargs |= CONTINUE
        return Instance(
            request_type="generate_until", doc=doc, arguments=(ctx, kwargs), idx=0, metadata=others["metadata"]
        )

    def summarise(self) -> Summary:
        """The metrics of all responses of the run."""
        task = self.plan.task
        found = [
            one
            for instance in self.instances
            for one in responses(instance.doc, read_stored(instance.filtered_resps[PIPELINE]))
        ]
        return summarise(found, frozenset(task.ratings), tuple(task.outcomes), task.reference)

    def document_values(self, doc: Mapping[str, Any], results: list[list[str]]) -> Mapping[str, float]:
        """Mean of each value and counts of exclusions, under all names that the document counts for."""
        return document_values(doc, read_stored(results[0]))


def read_stored(texts: list[str]) -> list[Stored]:
    """The filter's texts, read back."""
    return [json.loads(text) for text in texts]


def document_values(doc: Mapping[str, Any], stored: list[Stored]) -> dict[str, float]:
    """Mean of each value over one document's responses, and their counts by cause of exclusion."""
    found: dict[str, float] = {"responses": len(stored)}
    for key in stored[0]["values"]:
        values = [value for one in stored if (value := one["values"][key]) is not None]
        if values:
            found[key] = fmean(values)
        causes = Counter(cause for one in stored if (cause := one["causes"].get(key)) is not None)
        found |= {f"{key}_excluded_{cause}": count for cause, count in causes.items()}
    places = {"", f"{doc['condition']}/" if doc["condition"] else f"{doc['category']}/"}
    named = {place.replace(",", ";") + name: value for place in places for name, value in found.items()}
    cut = [one["truncated"] for one in stored if one["truncated"] is not None]
    return {**named, **({"truncated": fmean(cut)} if cut else {})}
