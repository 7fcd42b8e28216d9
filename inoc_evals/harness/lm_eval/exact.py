"""The exact probability that a one-word answer names the target: `class` of lm_eval_exact.yaml.

An answer "names" a word if it begins with one of the word's surface forms. Two forms whose token paths do not contain
each other exclude each other, so their probabilities add up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lm_eval.api.instance import Instance

from inoc_evals.client.continuations import exclusive, log_sum
from inoc_evals.definitions.models import PreferenceMeasure, fill
from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.compat import adapter_of, answer_tokens, tells_tokens
from inoc_evals.harness.lm_eval.served import ServedChat
from inoc_evals.harness.lm_eval.task import PIPELINE, InocTask
from inoc_evals.measures.preference import plural
from inoc_evals.results.summaries import Summary, clustered_error

# A blank before the word is another way to say the same.
LEADS = ("", " ")
PROBABILITY, LOG, PREFERRED = "probability", "log_probability", "preferred"


def surface_forms(word: str) -> tuple[str, ...]:
    """Singular and plural of `word`, in lower case, with a first capital and in capitals, with and without a blank."""
    forms = [word, plural(word)]
    cased = [form for one in forms for form in (one, one[:1].upper() + one[1:], one.upper())]
    return tuple(dict.fromkeys(lead + form for lead in LEADS for form in cased))


class ExactTask(InocTask):
    """P(target) after every question; for a choice between two, the target's share of both, orders being one cluster.

    Nothing is drawn: `samples` and `temperature` have no meaning here.
    """

    def __init__(self, config: dict[str, Any], **_: Any) -> None:
        super().__init__({**config, "output_type": "multiple_choice"})
        measures = self.plan.task.measures.values()
        target = next((one.target for one in measures if isinstance(one, PreferenceMeasure)), None)
        if target is None:
            raise InputError(f"task {self.plan.task.name} has no preference measure; exact probabilities need one")
        self.target = fill(target, self.plan.parameters).strip().lower()
        self._backend: Any = None
        self._forms: dict[str, tuple[str, ...]] = {}

    def check_run(self, backend: Any) -> None:
        """Refuse models whose log probabilities of given texts are wrong or would end a server."""
        from lm_eval.models.api_models import TemplateAPI

        remedy = "run it on the server with `inoc-evals lm-eval --arms`, or with --model hf"
        if isinstance(backend, TemplateAPI) and not isinstance(backend, ServedChat):
            message = "this kind of model cannot ask a server for probabilities of given texts"
            raise InputError(f"task {self.config.task}: {message}; {remedy}")
        if adapter_of(backend) is not None:
            message = "vLLM's probabilities of given texts are wrong or fatal with an adapter"
            raise InputError(f"task {self.config.task}: {message}; {remedy} and peft=")
        if not tells_tokens(backend):
            raise InputError(f"task {self.config.task} needs a model that tells tokens; {remedy}")
        self._backend = backend

    def construct_requests(self, doc: dict[str, Any], ctx: Any, **others: Any) -> list[Instance]:
        """One instance per surface form of the target and, for a choice, of the other option."""
        return [
            Instance(request_type="loglikelihood", doc=doc, arguments=(ctx, form), idx=idx, metadata=others["metadata"])
            for idx, form in enumerate(form for word in self._words(doc) for form in self._exclusive(word, ctx))
        ]

    def summarise(self) -> Summary:
        """Means by category, questions weighing equally, with clustered errors and t intervals over questions."""
        from inoc_evals.stats.responses import Responses
        from inoc_evals.stats.seeds import arm_rate  # scipy loads for a second

        rows: dict[int, tuple[Mapping[str, Any], list[Any]]] = {}
        for instance in self.instances:
            _, results = rows.setdefault(instance.doc_id, (instance.doc, []))
            results.append(instance.filtered_resps[PIPELINE])
        found: dict[str, list[tuple[str, float]]] = {}
        for doc, results in rows.values():
            for name, value in self.document_values(doc, results).items():
                found.setdefault(name, []).append((str(doc["question_id"]), value))
        summary = Summary()
        for name, pairs in sorted(found.items()):
            questions, values = [question for question, _ in pairs], [value for _, value in pairs]
            figures = arm_rate(Responses(values, questions, [""] * len(values), None))
            summary.shown |= {name: figures.equal, f"{name}_stderr": clustered_error(values, questions)}
            low, high = figures.low, figures.high
            if not name.endswith(LOG):
                low, high = max(0.0, low), min(1.0, high)
            summary.shown |= {f"{name}_low": low, f"{name}_high": high}
            summary.more |= {f"{name}_n": figures.n, f"{name}_questions": figures.questions}
        return summary

    def document_values(self, doc: Mapping[str, Any], results: list[Any]) -> Mapping[str, float]:
        """Probability and its logarithm; for a choice the share of the target in what both options have."""
        logs = [float(log) for log, _ in results]
        words = self._words(doc)
        count = len(self._forms[words[0]])
        own = log_sum(logs[:count])
        place = f"{doc['category']}/".replace(",", ";")
        if len(words) == 1:
            return {place + PROBABILITY: math.exp(own), place + LOG: own}
        other = log_sum(logs[count:])
        both = log_sum([own, other])
        return {place + PREFERRED: math.exp(own - both), f"{place}both": math.exp(both)}

    def _words(self, doc: Mapping[str, Any]) -> list[str]:
        others = [option.strip().lower() for option in doc["options"] or ()]
        return [self.target, *(option for option in others if option != self.target)]

    def _exclusive(self, word: str, ctx: Any) -> tuple[str, ...]:
        # One chat template ends all prompts alike, so that one prompt shows the tokens of all.
        if word not in self._forms:
            forms = surface_forms(word)
            if isinstance(self._backend, ServedChat):
                self._backend.learn(forms)
            self._forms[word] = exclusive({form: answer_tokens(self._backend, ctx, form) for form in forms})
        return self._forms[word]
