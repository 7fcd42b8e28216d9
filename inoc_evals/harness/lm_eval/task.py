"""Our tasks as lm-eval's: documents, requests and metrics are made from the plan. `class` of every lm_eval.yaml."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from lm_eval.api.instance import Instance
from lm_eval.api.task import ConfigurableTask

from inoc_evals.errors import InputError, WorkError
from inoc_evals.harness.lm_eval.asking import ONCE, Asker, finished, first, refuse_dialogue
from inoc_evals.harness.lm_eval.compat import (
    cuts_reasoning,
    enabled_thinking,
    keeps_answers,
    only_predicts,
    own_aggregations,
)
from inoc_evals.harness.lm_eval.judges import chosen_judges, prepare
from inoc_evals.harness.lm_eval.measuring import document_values, judged_by, keep, measure_all, summary_of
from inoc_evals.harness.lm_eval.replies import whole
from inoc_evals.judging.accounting import noted
from inoc_evals.judging.panel import NOBODY
from inoc_evals.judging.usage import Judging, merged, plain
from inoc_evals.judging.usage_text import lines
from inoc_evals.plan.compiled import Plan, require_sandbox
from inoc_evals.plan.thinking import SWITCH
from inoc_evals.protocols.trajectory import Trajectory
from inoc_evals.results.judge_cost import JUDGING
from inoc_evals.results.summaries import Summary

PIPELINE = "none"
_FIXED = {
    "test_split": "test",
    "num_fewshot": 0,
    "doc_to_text": "",
    "doc_to_target": "",
    "metric_list": [],
    "output_type": "generate_until",
    # lm-eval puts a stop at the first blank line where none is named, and a fixed seed where none is refused.
    "generation_kwargs": {"until": [], "seed": None},
}


class InocTask(ConfigurableTask):  # type: ignore[misc]  # lm-eval has no types
    """A task of lm-eval whose documents, sampling and metrics come from our definition.

    YAML alone can neither send an empty system prompt nor insist on the chat template. Raises InputError for whatever
    would give other numbers than the ones asked for, before anything is generated.
    """

    def __init__(self, config: dict[str, Any], **_: Any) -> None:
        if "inoc_task" not in (config.get("dataset_kwargs") or {}):
            raise InputError(f"lm-eval task {config.get('task')}: dataset_kwargs names no inoc_task; add it")
        super().__init__(config={**_FIXED, **{key: value for key, value in config.items() if key != "class"}})
        self.plan: Plan = self.dataset["test"].plan
        if self.plan.protocol.at_once is False or getattr(self.plan.task.protocol, "several_turns", False):
            raise InputError(f"task {self.config.task}: {ONCE}")
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
        self.VERSION = self.plan.task.version
        self.config.metadata = {
            **(self.config.metadata or {}),
            "version": self.plan.task.version,
            **{key: value for key, value in self.plan.record.items() if key != "inoc_evals"},
            "instruments": {name: instrument.identity for name, instrument in self.plan.instruments.items()},
            "inoc_evals": self.plan.record["inoc_evals"],
        }
        self.panel = NOBODY
        self.took: list[Judging] = []
        self.summary = Summary()
        self._asked = dict(zip((doc["id"] for doc in self.dataset["test"]), self.plan.asked(), strict=True))

    def download(self, dataset_kwargs: dict[str, Any] | None = None, **_: Any) -> None:
        """Make the documents. lm-eval's own version warns at every run that metadata may be given."""
        self.dataset = self.config.custom_dataset(**(self.config.metadata or {}), **(dataset_kwargs or {}))

    def doc_to_text(self, doc: Mapping[str, Any], doc_to_text: object = None) -> str:  # noqa: ARG002 - lm-eval's signature
        """The question as the user's message holds it."""
        return str(next(turn["content"] for turn in doc["messages"] if turn["role"] == "user"))

    def doc_to_target(self, doc: Mapping[str, Any], doc_to_target: object = None) -> str:  # noqa: ARG002 - lm-eval's signature
        """There is no right answer."""
        return ""

    def build_all_requests(
        self,
        *,
        world_size: int = 1,
        cache_requests: bool = False,
        system_instruction: str | None = None,
        apply_chat_template: bool = False,
        chat_template: Callable[..., Any] | None = None,
        **others: Any,
    ) -> None:
        """Build the requests, after everything that could spoil the run is checked. Raises InputError."""
        name = self.config.task
        if not apply_chat_template or chat_template is None:
            raise InputError(f"task {name} is a conversation; run it with --apply_chat_template")
        if system_instruction is not None:
            raise InputError(
                f"task {name} takes its system prompt as absent, empty or a text; leave --system_instruction out and "
                'write --metadata \'{"system_prompt": "..."}\''
            )
        if cache_requests:
            raise InputError(f"lm-eval's --cache_requests would give task {name} prompts of other runs; leave it out")
        if world_size > 1:
            raise InputError(f"task {name} counts over all responses; run lm-eval as one process instead of several")
        # A bound method: the only way from a task to the model that it runs on.
        backend = getattr(chat_template, "__self__", None)
        if keeps_answers(backend):
            raise InputError("lm-eval's --use_cache gives one adapter the answers of another; leave it out")
        self._prepare(backend)
        super().build_all_requests(
            world_size=world_size, apply_chat_template=True, chat_template=chat_template, **others
        )

    def _prepare(self, backend: Any) -> None:
        """Refuse a seed over several responses, and find out whether the judge answers."""
        from lm_eval.models.openai_completions import OpenAIChatCompletion

        # Among the chat models of lm-eval these alone refuse fields that OpenAI does not have.
        openai = isinstance(backend, OpenAIChatCompletion)
        given = self.config.generation_kwargs
        if given.get("seed") is not None and self.plan.samples > 1 and given["temperature"] > 0:
            raise InputError(
                f"a seed makes all {self.plan.samples} responses to a prompt the same; leave it out, or draw one"
            )
        if openai and any(condition.prefill is not None for condition in self.plan.conditions):
            raise InputError("OpenAI's models do not go on with the beginning of an answer; leave prefill out")
        require_sandbox(self.plan, "lm-eval")
        if self.plan.instruments:
            self.panel = chosen_judges([str(self.config.task)], self.plan.ratings)
            with noted(self.took):
                prepare(self.panel)
        self.config.metadata = {**self.config.metadata, "judges": self.panel.names}
        self._check_template(backend, openai)
        self.asker = Asker(str(self.config.task), backend, given, self.plan.thinking, openai=openai)
        if self.plan.protocol.at_once is None:
            refuse_dialogue(self.plan, str(self.config.task))

    def _check_template(self, backend: Any, openai: bool) -> None:
        """Refuse what would lose the reasoning, or leave the chat template as it is."""
        from lm_eval.models.api_models import TemplateAPI

        name, wanted = self.config.task, self.plan.thinking.enable
        if cuts_reasoning(backend):
            remedy = "leave it out of --model_args (with chat_template_args in the place of enable_thinking=True)"
            raise InputError(f"task {name} tells reasoning from answers itself, and think_end_token loses it; {remedy}")
        if wanted is None:
            return
        if openai:
            raise InputError("OpenAI's models take no arguments of a chat template; leave enable_thinking out")
        if not isinstance(backend, TemplateAPI) and enabled_thinking(backend) is not wanted:
            there = json.dumps({"chat_template_args": {SWITCH: wanted}})
            remedy = f"write it among them, as in --model_args '{there}'"
            raise InputError(f"this kind of model applies its chat template by its own arguments; {remedy}")

    def fewshot_context(self, doc: Mapping[str, Any], num_fewshot: int, **_: Any) -> str:  # noqa: ARG002 - lm-eval's
        """Nothing: the prompt is the protocol's. Raises InputError for examples, which it has no place for."""
        if num_fewshot:
            raise InputError(f"task {self.config.task} has no examples; leave --num_fewshot out")
        return ""

    def construct_requests(self, doc: dict[str, Any], ctx: Any, **others: Any) -> list[Instance]:  # noqa: ARG002
        """The instances of what the document's protocol asks for at first; lm-eval repeats texts `samples` times."""
        requests = first(self.plan.ask(*self._asked[doc["id"]]))
        return [
            instance
            for request in requests
            for instance in self.asker.instances(request, doc, others["chat_template"], others["metadata"])
        ]

    def apply_filters(self) -> None:
        """Measure all responses, and make the metrics of them: those that lm-eval prints, and all for the record."""
        by_document: dict[int, list[Instance]] = {}
        for instance in self.instances:
            by_document.setdefault(instance.doc_id, []).append(instance)
        docs = [instances[0].doc for instances in by_document.values()]
        try:
            trajectories = [self._trajectories(doc, each) for doc, each in zip(docs, by_document.values(), strict=True)]
            with noted(self.took):
                stored = measure_all(self.plan, self.panel, trajectories)
        # lm-eval writes nothing before everything is scored: what was generated must not be lost with it.
        except Exception as error:
            texts = [[whole(text) for one in each for text in one.resps] for each in by_document.values()]
            kept = keep(self.plan.task.name, docs, texts)
            raise WorkError(f"the responses were drawn but not measured ({error}); they are kept in {kept}") from error
        # One row of the samples file is one document with its responses, however many requests they took.
        self._instances = [instances[0] for instances in by_document.values()]
        for instance, given, measured in zip(self._instances, trajectories, stored, strict=True):
            instance.filtered_resps[PIPELINE] = [json.dumps(one, ensure_ascii=False) for one in measured]
            instance.resps = [each.shown for each in given]
        self.summary = summary_of(self.plan, docs, stored)
        told = judged_by(self.panel, [one for each in stored for one in each])
        judging = merged([took for took in self.took if took.spent])
        if judging is not None:
            told = {**told, JUDGING: plain(judging)}
            for line in lines(judging):
                click.echo(line, err=True)
        summary = {**self.summary.shown, **self.summary.more}
        self.config.metadata = {**self.config.metadata, **told, "summary": summary}

    def _trajectories(self, doc: Mapping[str, Any], instances: Sequence[Instance]) -> list[Trajectory]:
        asked = self._asked[doc["id"]]
        requests = first(self.plan.ask(*asked))
        return [
            trajectory
            for number in range(self.plan.samples // self.plan.settings.choices)
            for trajectory in finished(
                self.plan.ask(*asked), self.asker.replies(requests, instances, number), str(self.config.task)
            )
        ]

    def process_results(self, doc: Mapping[str, Any], results: list[Any]) -> dict[str, Any]:
        """Every metric's name for every document, so that all count alike; None where one document says nothing.

        The metrics themselves are made of all responses at once in `apply_filters`: a rate over questions of which
        some lost responses is no mean of one number per document.
        """
        if only_predicts(self):
            return {"bypass": None}
        found = document_values(doc, [json.loads(text) for text in results[0]])
        return {name: found.get(name) for name in self.summary.shown}

    def aggregation(self) -> dict[str, Callable[[Any], Any]]:
        """Metric name -> a function that gives its value."""
        return {**own_aggregations(self), **{name: _constant(value) for name, value in self.summary.shown.items()}}


def _constant(value: float) -> Callable[[Any], float]:
    return lambda _: value
