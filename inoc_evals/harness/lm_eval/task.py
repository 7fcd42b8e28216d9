"""What our lm-eval tasks have in common: documents from the definition, chat prompts, and metrics made by us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lm_eval.api.task import ConfigurableTask

from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.compat import keeps_answers, only_predicts, own_aggregations
from inoc_evals.harness.lm_eval.prompts import render
from inoc_evals.plan.compiled import Plan
from inoc_evals.results.summaries import Summary

PIPELINE = "none"
_FIXED = {
    "test_split": "test",
    "num_fewshot": 0,
    "doc_to_text": "",
    "doc_to_target": "",
    "metric_list": [],
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
        self.VERSION = self.plan.task.version
        self.config.metadata = {
            **(self.config.metadata or {}),
            "version": self.plan.task.version,
            **{key: value for key, value in self.plan.record.items() if key != "inoc_evals"},
            "instruments": {name: instrument.identity for name, instrument in self.plan.instruments.items()},
            "inoc_evals": self.plan.record["inoc_evals"],
        }
        self.summary = Summary()

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
        self.check_run(backend)
        super().build_all_requests(
            world_size=world_size, apply_chat_template=True, chat_template=chat_template, **others
        )

    def check_run(self, backend: Any) -> None:
        """What a kind of task wants to know about the run, `backend` being lm-eval's model, or None."""
        raise NotImplementedError

    def fewshot_context(
        self, doc: Mapping[str, Any], num_fewshot: int, *, chat_template: Callable[..., Any], **_: Any
    ) -> Any:
        """The prompt of a document. Raises InputError for examples, which the conversation has no place for."""
        if num_fewshot:
            raise InputError(f"task {self.config.task} has no examples; leave --num_fewshot out")
        return render(doc["messages"], chat_template)

    def apply_filters(self) -> None:
        """Measure all responses, and make the metrics of them: those that lm-eval prints, and all for the record."""
        super().apply_filters()
        self.summary = self.summarise()
        self.config.metadata = {**self.config.metadata, "summary": {**self.summary.shown, **self.summary.more}}

    def summarise(self) -> Summary:
        """The metrics over all documents, from the measured instances."""
        raise NotImplementedError

    def document_values(self, doc: Mapping[str, Any], results: list[Any]) -> Mapping[str, float]:
        """What of the metrics can be said of one document, for the samples file."""
        raise NotImplementedError

    def process_results(self, doc: Mapping[str, Any], results: list[Any]) -> dict[str, Any]:
        """Every metric's name for every document, so that all count alike; None where one document says nothing.

        The metrics themselves are made of all responses at once in `apply_filters`: a rate over questions of which
        some lost responses is no mean of one number per document.
        """
        if only_predicts(self):
            return {"bypass": None}
        found = self.document_values(doc, results)
        return {name: found.get(name) for name in self.summary.shown}

    def aggregation(self) -> dict[str, Callable[[Any], Any]]:
        """Metric name -> a function that gives its value."""
        return {**own_aggregations(self), **{name: _constant(value) for name, value in self.summary.shown.items()}}


def _constant(value: float) -> Callable[[Any], float]:
    return lambda _: value
