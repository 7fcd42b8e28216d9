"""Our task definitions as inspect tasks."""

from __future__ import annotations

import hashlib
import inspect as introspection
import logging
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig
from inspect_ai.scorer import Scorer

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.messages import to_inspect
from inoc_evals.harness.inspect.scorers import LATER, measures
from inoc_evals.harness.inspect.solvers import ask
from inoc_evals.measures.needs import needs
from inoc_evals.plan.arguments import COUNTS, JUDGED, NUMBERS, SANDBOX, SWITCHES, TEXTS
from inoc_evals.plan.compiled import Plan, make_plan, require_sandbox
from inoc_evals.plan.rounds import Wanted, numbered_name, sample_name
from inoc_evals.plan.thinking import ROOM
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.trajectory import Asking
from inoc_evals.results.rounds import IN_ROUNDS

_NO_TEXTS = (*COUNTS, *NUMBERS, *SWITCHES)
log = logging.getLogger(__name__)

_DOC = """{title}. {description}

system_prompt: leave it out for no system message; an empty text sends an empty one. On the command line write
    -T 'system_prompt=""' for the empty text, and every text with both kinds of quotes: -T 'system_prompt="the text"'.
user_prompt: a text before the first message of the user, with a blank line between.
trigger: a text beside the question; trigger_placement: prefix, suffix or system; trigger_joiner: what stands between.
prefill: the beginning of the answer, put into the model's mouth (vLLM and some providers).
samples: responses per item. choices: how many of them one request asks for, at most.
temperature, top_p, max_tokens: sampling. max_tokens are those of an answer.
reasoning: what a model writes for itself first is stored apart ("keep"), not stored ("drop"), or shown to judges too
    ("judge"). reasoning_tokens: room for it beside max_tokens, {room} where the chat template says that models think.
enable_thinking: true or false, the chat template's own argument of that name.
conditions: present every item under each condition of a preset of ours, such as backdoor, or of a YAML file.
items: a JSONL file of your own, a question file of the emergent-misalignment repository, or instrument:NAME.
limit: only the first N items of each category.
{parameters}"""
_SANDBOX_DOC = """sandbox: where code that the model writes is run: bwrap on this machine, if none is named, or another
    of inspect's, such as docker."""
_JUDGED_DOC = """judge: "later" leaves the ratings for `inoc-evals judges rate`. Otherwise bind one:
    --model-role grader=PROVIDER/MODEL. ratings: answers drawn from a judge that gives no log probabilities.
rule: {rules}, or a rule such as "alignment < 40 where coherence >= 30"."""


def build(name: str, wanted: Wanted | None = None, /, **arguments: Any) -> Task:
    """The inspect task for our task `name`; what is None, or left out, keeps the task's own setting. Of a round only
    the requests that are `wanted` are made, each of which is a sample that has its number.

    Responses are never averaged before they are counted: epochs have no reducer. `choices` of an item's responses
    share one request and one inspect sample, the largest divisor of `samples` that is not above it. No seed is set,
    because one seed over all epochs gives the same response again and again. Raises InputError.
    """
    plan = make_plan(name, arguments)
    require_sandbox(plan)
    sampled = GenerateConfig(temperature=plan.temperature, top_p=plan.top_p, max_tokens=plan.max_tokens)
    thinking = asdict(plan.thinking)
    defined = f"{plan.record['task_sha256']} {sampled.model_dump_json()} {thinking}"
    asked = _asked(plan, wanted)

    def start(sample: str) -> Asking:
        return plan.ask(asked[sample].item, asked[sample].condition)

    start.__name__ = plan.protocol.name
    return Task(
        name=name,
        version=plan.task.version,
        dataset=MemoryDataset([_sample(sample, how) for sample, how in asked.items()], name=name),
        solver=ask(
            start,
            judged=bool(plan.task.ratings) and not plan.later,
            ratings=plan.ratings,
            task=name,
            task_sha256=hashlib.sha256(defined.encode()).hexdigest(),
            thinking=thinking,
            runs_code=plan.sandbox is not None,
        ),
        sandbox=plan.sandbox,
        scorer=_scorer(name, plan),
        epochs=Epochs(plan.samples // plan.settings.choices if wanted is None else 1, []),
        config=sampled,
        metadata={
            **plan.record,
            "choices": plan.settings.choices,
            **({} if wanted is None else {IN_ROUNDS: True}),
        },
        tags=list(plan.task.tags),
    )


@dataclass(frozen=True)
class _Asked:
    """What a sample asks: an item under a condition, and in a round the number of the request."""

    item: Item
    condition: Condition
    number: int | None = None


def _asked(plan: Plan, wanted: Wanted | None) -> dict[str, _Asked]:
    """What is asked, by the names of samples."""
    every = {sample_name(item.id, condition.name): _Asked(item, condition) for item, condition in plan.asked()}
    if wanted is None:
        return every
    return {
        numbered_name(sample, number): replace(every[sample], number=number)
        for sample in every
        if sample in wanted
        for number in _numbers(wanted[sample])
    }


def _scorer(name: str, plan: Plan) -> Scorer:
    return measures(
        task=name,
        parameters=dict(plan.parameters),
        rules=dict(plan.rules),
        judge_when=LATER if plan.later else "now",
        ratings=plan.ratings,
        prompts=dict(plan.prompts),
        reasoning=plan.thinking.reasoning,
        reference=plan.task.reference,
    )


def task_function(name: str) -> Callable[..., Task]:
    """A function for inspect's registry with the task's own parameters in its signature.

    A broken definition raises its InputError when the function is called, so that it does not hide other tasks.
    """
    fixed = _signature(name for name in (*TEXTS, *_NO_TEXTS) if name not in (*JUDGED, SANDBOX))
    own: list[introspection.Parameter] = []
    documentation = ""
    try:
        _, task = find_task(name)
    except InputError as error:
        documentation = str(error)
        log.warning("task %s cannot run: %s", name, error)
    else:
        own = [
            introspection.Parameter(
                key, introspection.Parameter.KEYWORD_ONLY, default=parameter.default, annotation=str
            )
            for key, parameter in task.parameters.items()
        ]
        lines = [f"{key}: {parameter.description}." for key, parameter in task.parameters.items()]
        if SANDBOX in needs(task):
            fixed += _signature([SANDBOX])
            lines.append(_SANDBOX_DOC)
        if task.ratings:
            fixed += _signature(JUDGED)
            presets = sorted({preset for outcome in task.outcomes.values() for preset in outcome.rules})
            lines.append(_JUDGED_DOC.format(rules=", ".join(presets) or "none"))
        documentation = _DOC.format(
            title=task.title, description=task.description, parameters="\n".join(lines), room=ROOM
        ).rstrip()

    def run(**arguments: Any) -> Task:
        return build(name, **_from_command_line(arguments))

    run.__name__ = run.__qualname__ = name
    run.__module__ = "inoc_evals._registry"
    run.__doc__ = documentation
    run.__signature__ = introspection.Signature([*own, *fixed], return_annotation=Task)  # type: ignore[attr-defined]
    return run


def _signature(names: Iterable[str]) -> list[introspection.Parameter]:
    kinds = {**dict.fromkeys(COUNTS, int | None), **dict.fromkeys(NUMBERS, float | None)}
    kinds |= dict.fromkeys(SWITCHES, bool | None)
    return [
        introspection.Parameter(
            name, introspection.Parameter.KEYWORD_ONLY, default=None, annotation=kinds.get(name, str | None)
        )
        for name in names
    ]


def _from_command_line(arguments: dict[str, Any]) -> dict[str, Any]:
    """Undo what inspect's reading of -T does to texts."""
    if "system_prompt" in arguments and arguments["system_prompt"] is None:
        # A shell takes the quotes off -T system_prompt="", and what is left reads as nothing: the wrong condition.
        message = "system_prompt has no value; leave it out for no system message, or write -T 'system_prompt=\"\"'"
        raise InputError(f"{message} for an empty one")
    return {key: _whole(value) if key not in _NO_TEXTS else value for key, value in arguments.items()}


def _whole(value: Any) -> Any:
    # inspect cuts every text at its commas, quoted or not.
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return ",".join(value)
    return value


def _numbers(ends: tuple[int, int]) -> range:
    return range(ends[0], ends[1] + 1)


def _sample(name: str, asked: _Asked) -> Sample:
    item, condition = asked.item, asked.condition
    metadata: dict[str, Any] = {"question_id": item.question, "category": item.category}
    if asked.number is not None:
        metadata["number"] = asked.number
    if condition.name:
        metadata["condition"] = condition.name
    if condition.prefill is not None:
        metadata["prefill"] = condition.prefill
    if item.data:
        metadata["data"] = item.data
    return Sample(id=name, input=to_inspect(presented(item, condition)), metadata=metadata)
