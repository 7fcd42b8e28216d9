"""One of our tasks as it is run: definition, parameters, conditions, items and how responses are drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

from inoc_evals.harness.lm_eval.arguments import Arguments, read_arguments
from inoc_evals.judging.prompt import Instrument
from inoc_evals.measures import check_targets, task_instruments, task_rules
from inoc_evals.spec.catalog import find_task
from inoc_evals.spec.conditions import Condition, chat, system_state, task_conditions
from inoc_evals.spec.models import Item, Task, render_items
from inoc_evals.spec.questions import first_of_each_category, read_questions, responses_together

RATINGS = 5


@dataclass(frozen=True)
class Plan:
    """`documents` are one dictionary per item and condition, in this order. `samples` responses are drawn to each, up
    to `choices` in one request where the server can do that. `record` goes with the results."""

    task: Task
    arguments: Arguments
    parameters: Mapping[str, str]
    rules: Mapping[str, str]
    instruments: Mapping[str, Instrument]
    documents: tuple[dict[str, Any], ...]
    samples: int
    choices: int
    temperature: float
    top_p: float
    max_tokens: int
    ratings: int
    record: Mapping[str, Any]


def make_plan(name: str, metadata: Mapping[str, Any]) -> Plan:
    """The plan for our task `name` under lm-eval's metadata. Raises InputError."""
    path, task = find_task(name)
    arguments, parameters = read_arguments(task, metadata)
    check_targets(task, parameters)
    conditions = task_conditions(task, arguments.condition())
    questions = read_questions(path.parent / task.items, arguments.items)
    chosen = first_of_each_category(render_items(questions.items, parameters), arguments.limit)
    sampling = task.sampling
    count = arguments.samples or questions.samples or sampling.samples
    heat = sampling.temperature if arguments.temperature is None else arguments.temperature
    together = responses_together(count, arguments.choices or sampling.choices, heat)
    rules = task_rules(task, arguments.rule)
    instruments = task_instruments(task, parameters, questions.prompts)
    given = {**arguments.given, **{key: metadata[key] for key in task.parameters if metadata.get(key) is not None}}
    return Plan(
        task=task,
        arguments=arguments,
        parameters=parameters,
        rules=rules,
        instruments=instruments,
        documents=tuple(_document(task.name, item, one, together, given) for item in chosen for one in conditions),
        samples=count,
        choices=together,
        temperature=heat,
        top_p=sampling.top_p,
        max_tokens=arguments.max_tokens or sampling.max_tokens,
        ratings=arguments.ratings or RATINGS,
        record={
            "inoc_evals": version("inoc-evals"),
            "source": task.source,
            "task_sha256": hashlib.sha256(path.read_bytes() + questions.file.read_bytes()).hexdigest(),
            "parameters": parameters,
            "system_prompt": system_state(arguments.system_prompt),
            "conditions": [asdict(one) for one in conditions],
            "rules": rules,
            "instruments": {name: one.identity for name, one in instruments.items()},
        },
    )


def _document(task: str, item: Item, condition: Condition, together: int, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{item.id}@{condition.name}" if condition.name else item.id,
        "question_id": item.question,
        "category": item.category,
        "condition": condition.name,
        "prefill": condition.prefill or "",
        "messages": chat(item, condition),
        "options": item.options,
        "choices_together": together,
        # Enough to rate a saved response again without the run that drew it.
        "inoc_task": task,
        "arguments": dict(given),
    }
