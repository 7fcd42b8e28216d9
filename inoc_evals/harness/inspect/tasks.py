"""Our task definitions as inspect tasks."""

from __future__ import annotations

import hashlib
import inspect as introspection
import logging
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from inspect_ai import Epochs, Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageSystem, ChatMessageUser, GenerateConfig

from inoc_evals.harness.inspect.scorers import LATER, measures
from inoc_evals.harness.inspect.solvers import respond
from inoc_evals.measures import check_targets, task_instruments, task_rules
from inoc_evals.spec.arguments import check_count, check_placement, check_temperature
from inoc_evals.spec.catalog import find_task
from inoc_evals.spec.conditions import Condition, chat, system_state, task_conditions
from inoc_evals.spec.errors import InputError
from inoc_evals.spec.models import Item, render_items, task_parameters
from inoc_evals.spec.models import Task as Definition
from inoc_evals.spec.questions import first_of_each_category, read_questions, responses_together

RATINGS = 5

_PARAMETERS: tuple[tuple[str, Any], ...] = (
    ("system_prompt", str | None),
    ("trigger", str | None),
    ("trigger_placement", str | None),
    ("trigger_joiner", str | None),
    ("prefill", str | None),
    ("samples", int | None),
    ("choices", int | None),
    ("temperature", float | None),
    ("max_tokens", int | None),
    ("items", str | None),
    ("limit", int | None),
)
_JUDGED: tuple[tuple[str, Any], ...] = (("judge", str | None), ("ratings", int | None), ("rule", str | None))
log = logging.getLogger(__name__)

_DOC = """{title}. {description}

system_prompt: leave it out for no system message; an empty text sends an empty one. On the command line write
    -T 'system_prompt=""' for the empty text, both kinds of quotes included, and -T 'system_prompt="the text"'.
trigger: a text beside the question; trigger_placement: prefix, suffix or system; trigger_joiner: what stands between.
prefill: the beginning of the answer, put into the model's mouth (vLLM and some providers).
samples: responses per item. choices: how many of them one request asks for, at most. temperature, max_tokens: sampling.
items: a JSONL file of your own, a question file of the emergent-misalignment repository, or instrument:NAME.
limit: only the first N items of each category.
{parameters}"""
_JUDGED_DOC = """judge: "later" leaves the ratings for `inoc-evals judges rate`. Otherwise bind one:
    --model-role grader=PROVIDER/MODEL. ratings: answers drawn from a judge that gives no log probabilities.
rule: {rules}, or a rule such as "alignment < 40 where coherence >= 30"."""


def build(
    name: str,
    system_prompt: str | None = None,
    trigger: str | None = None,
    trigger_placement: str | None = None,
    trigger_joiner: str | None = None,
    prefill: str | None = None,
    samples: int | None = None,
    choices: int | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    items: str | None = None,
    limit: int | None = None,
    judge: str | None = None,
    ratings: int | None = None,
    rule: str | None = None,
    **parameters: str,
) -> Task:
    """The inspect task for our task `name`; what is None keeps the task's own setting.

    Responses are never averaged before they are counted: epochs have no reducer. `choices` of an item's responses
    share one request and one inspect sample, the largest divisor of `samples` that is not above it. No seed is set,
    because one seed over all epochs gives the same response again and again. Raises InputError.
    """
    path, task = find_task(name)
    values = task_parameters(task, parameters)
    check_targets(task, values)
    given = {"system_prompt": system_prompt, "items": items, "trigger": trigger, "prefill": prefill}
    for key, text in {**given, "trigger_joiner": trigger_joiner}.items():
        _check_text(key, text)
    counts = (("limit", limit), ("samples", samples), ("max_tokens", max_tokens), ("choices", choices))
    for key, number in (*counts, ("ratings", ratings)):
        if number is not None:
            check_count(key, number)
    if temperature is not None:
        check_temperature(temperature)
    conditions = task_conditions(task, _condition(system_prompt, trigger, trigger_placement, trigger_joiner, prefill))
    questions = read_questions(path.parent / task.items, items)
    chosen = first_of_each_category(render_items(questions.items, values), limit)
    sampling = task.sampling
    count = samples or questions.samples or sampling.samples
    heat = sampling.temperature if temperature is None else temperature
    together = responses_together(count, choices or sampling.choices, heat)
    rules = task_rules(task, rule)
    task_instruments(task, values, questions.prompts)
    later = _judge_later(task, judge)
    drawn = ratings or RATINGS
    return Task(
        name=name,
        version=task.version,
        dataset=MemoryDataset([_sample(item, one) for item in chosen for one in conditions], name=name),
        solver=respond(choices=together, judged=bool(task.ratings) and not later, ratings=drawn),
        scorer=measures(
            task=name,
            parameters=values,
            rules=rules,
            judge_when=LATER if later else "now",
            ratings=drawn,
            prompts=dict(questions.prompts),
        ),
        epochs=Epochs(count // together, []),
        config=GenerateConfig(
            temperature=heat,
            top_p=sampling.top_p,
            max_tokens=sampling.max_tokens if max_tokens is None else max_tokens,
        ),
        metadata={
            "inoc_evals": version("inoc-evals"),
            "source": task.source,
            "task_sha256": hashlib.sha256(path.read_bytes() + questions.file.read_bytes()).hexdigest(),
            "parameters": values,
            "system_prompt": system_state(system_prompt),
            "conditions": [asdict(one) for one in conditions],
            "rules": rules,
            "choices": together,
        },
        tags=list(task.tags),
    )


def _condition(
    system_prompt: str | None, trigger: str | None, placement: str | None, joiner: str | None, prefill: str | None
) -> Condition:
    if placement is not None:
        check_placement(placement)
    chosen = {key: value for key, value in (("placement", placement), ("joiner", joiner)) if value is not None}
    return Condition(system_prompt=system_prompt, trigger=trigger, prefill=prefill, **chosen)  # type: ignore[arg-type]


def _judge_later(task: Definition, judge: str | None) -> bool:
    if judge not in (None, LATER):
        message = f"judge cannot be {judge!r}; write 'later', or bind a model: --model-role grader=PROVIDER/MODEL"
        raise InputError(message)
    if judge is not None and not task.ratings:
        raise InputError(f"task {task.name} asks no judge; leave judge out")
    return judge == LATER


def task_function(name: str) -> Callable[..., Task]:
    """A function for inspect's registry with the task's own parameters in its signature.

    A broken definition raises its InputError when the function is called, so that it does not hide other tasks.
    """
    fixed = [
        introspection.Parameter(key, introspection.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for key, kind in _PARAMETERS
    ]
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
        if task.ratings:
            fixed += [
                introspection.Parameter(key, introspection.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
                for key, kind in _JUDGED
            ]
            presets = sorted({preset for outcome in task.outcomes.values() for preset in outcome.rules})
            lines.append(_JUDGED_DOC.format(rules=", ".join(presets) or "none"))
        documentation = _DOC.format(
            title=task.title, description=task.description, parameters="\n".join(lines)
        ).rstrip()

    def run(**arguments: Any) -> Task:
        return build(name, **_from_command_line(arguments))

    run.__name__ = run.__qualname__ = name
    run.__module__ = "inoc_evals._registry"
    run.__doc__ = documentation
    run.__signature__ = introspection.Signature([*own, *fixed], return_annotation=Task)  # type: ignore[attr-defined]
    return run


def _from_command_line(arguments: dict[str, Any]) -> dict[str, Any]:
    """Undo what inspect's reading of -T does to a system prompt."""
    prompt = arguments.get("system_prompt", "")
    if prompt is None:
        # A shell takes the quotes off -T system_prompt="", and what is left reads as nothing: the wrong condition.
        message = "system_prompt has no value; leave it out for no system message, or write -T 'system_prompt=\"\"'"
        raise InputError(f"{message} for an empty one")
    if isinstance(prompt, list) and all(isinstance(part, str) for part in prompt):
        # inspect cuts every text at its commas, quoted or not.
        return {**arguments, "system_prompt": ",".join(prompt)}
    return arguments


def _check_text(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} must be a text, not {value!r}; on the command line write -T '{name}=\"...\"'")


def _sample(item: Item, condition: Condition) -> Sample:
    kinds = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
    messages: list[ChatMessage] = [kinds[turn["role"]](content=turn["content"]) for turn in chat(item, condition)]
    metadata = {"question_id": item.question, "category": item.category}
    if condition.name:
        metadata["condition"] = condition.name
    if condition.prefill is not None:
        metadata["prefill"] = condition.prefill
    name = f"{item.id}@{condition.name}" if condition.name else item.id
    return Sample(id=name, input=messages, metadata=metadata)
