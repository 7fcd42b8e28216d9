"""One of our tasks as it is run, the same in every harness: definition, arguments, conditions, items, sampling."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.definitions.catalog import find_preset, find_task
from inoc_evals.definitions.conditions import Condition, system_state
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.grid import Made, made, needs_prompts, under
from inoc_evals.definitions.item import Item, render_items
from inoc_evals.definitions.task import Sampling, Task, task_parameters
from inoc_evals.definitions.task_conditions import task_conditions
from inoc_evals.errors import InputError
from inoc_evals.measures.measuring import check_items, check_measures, check_set
from inoc_evals.measures.needs import needs
from inoc_evals.measures.outcome import task_rules
from inoc_evals.measures.rating import task_instruments
from inoc_evals.plan.arguments import PROMPTS_OF_ARMS as PROMPTS
from inoc_evals.plan.arguments import argument_faults, known_prompts
from inoc_evals.plan.factors import check_factors
from inoc_evals.plan.questions import Questions, first_of_each_category, read_questions, responses_together
from inoc_evals.plan.thinking import JUDGE, KEEP, SWITCH, Thinking
from inoc_evals.protocols.declaration import Protocol, Settings
from inoc_evals.protocols.registry import protocols
from inoc_evals.sandbox.finding import sandbox_fault

if TYPE_CHECKING:
    from inoc_evals.judging.prompt import Instrument
    from inoc_evals.protocols.trajectory import Asking

RATINGS = 5
BWRAP = "bwrap"
_CONDITION = {name: name for name in ("system_prompt", "user_prompt", "trigger", "prefill")}
_CONDITION |= {"trigger_placement": "placement", "trigger_joiner": "joiner"}


@dataclass(frozen=True)
class Plan:
    """`given` are the arguments that the user set; where they name a preset, the `task` has its conditions. Every item
    is presented under every condition by the `protocol` with its `settings`, and `samples` responses are drawn to each,
    up to `settings.choices` in one asking. `prompts` are published judge prompts by name. `max_tokens` are those of an
    answer. With `later` no judge is asked now. `record` goes with the results. `missing` are conditions that could not
    be made, and why."""

    task: Task
    given: Mapping[str, Any]
    parameters: Mapping[str, str]
    conditions: tuple[Condition, ...]
    items: tuple[Item, ...]
    rules: Mapping[str, str]
    instruments: Mapping[str, Instrument]
    prompts: Mapping[str, str]
    protocol: Protocol
    settings: Settings
    samples: int
    temperature: float
    top_p: float
    max_tokens: int
    thinking: Thinking
    ratings: int
    later: bool
    record: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def responses(self) -> int:
        """How many responses one model is asked for."""
        return len(self.items) * len(self.conditions) * self.samples

    def asked(self) -> list[tuple[Item, Condition]]:
        """What is presented: every item under every condition."""
        return [(item, condition) for item in self.items for condition in self.conditions]

    def ask(self, item: Item, condition: Condition) -> Asking:
        """One asking of a model: a generator of requests that returns trajectories."""
        return self.protocol.ask(item, condition, self.settings)

    @property
    def questions(self) -> int:
        """How many questions the items are variants of."""
        return len({item.question for item in self.items})

    @property
    def sandbox(self) -> str | None:
        """The name, as inspect knows it, of the sandbox for code that the model writes; None where it writes none."""
        return str(self.given.get("sandbox", BWRAP)) if "sandbox" in needs(self.task) else None

    @property
    def judged(self) -> bool:
        """Does the run ask a judge?"""
        return bool(self.instruments) and not self.later


def make_plan(name: str, arguments: Mapping[str, Any]) -> Plan:
    """The plan for our task `name`; an argument that is None keeps the task's own setting. No harness is loaded.

    Raises InputError with everything that is wrong with the arguments.
    """
    path, task = find_task(name)
    given = _given(task, arguments)
    faults = Faults()
    parameters = task_parameters(task, {key: given[key] for key in task.parameters if key in given})
    thinking = Thinking(given.get("reasoning", KEEP), given.get(SWITCH), given.get("reasoning_tokens"))
    with faults.collected():
        check_measures(task, parameters)
    with faults.collected():
        rules = task_rules(task, given.get("rule"))
    with faults.collected():
        presented = _presented(task, given)
    with faults.collected():
        questions = _questions(task, path.parent, given, parameters)
        instruments = task_instruments(task, parameters, questions.prompts)
        _check_judged(thinking, task, questions.prompts)
    faults.refuse()
    protocol, sampling = protocols()[task.protocol.name], _sampling(task, given, questions.samples)
    settings = Settings(task.protocol, parameters, sampling.choices, path.parent)
    with faults.collected():
        _check_items(questions, protocol, settings)
    with faults.collected():
        check_items(task, parameters, questions.items, questions.file)
    faults.refuse()
    plan = Plan(
        task=presented.task,
        given=given,
        parameters=parameters,
        conditions=presented.conditions,
        items=questions.items,
        rules=rules,
        instruments=instruments,
        prompts=questions.prompts,
        protocol=protocol,
        settings=settings,
        samples=sampling.samples,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        thinking=thinking,
        ratings=given.get("ratings") or RATINGS,
        later="judge" in given,
        missing=presented.made.missing,
    )
    files = (path, questions.file, *protocol.files(settings), *presented.files)
    return replace(plan, record=_record(plan, files, presented.made))


def _given(task: Task, arguments: Mapping[str, Any]) -> dict[str, Any]:
    faults = Faults()
    faults.add(*argument_faults(task, arguments))
    faults.refuse()
    return {key: value for key, value in arguments.items() if value is not None}


@dataclass(frozen=True)
class _Presented:
    """The task with the conditions of the preset that was named, if any, the preset's file, the conditions of the run,
    and how they were made."""

    task: Task
    files: tuple[Path, ...]
    conditions: tuple[Condition, ...]
    made: Made


def _presented(task: Task, given: Mapping[str, Any]) -> _Presented:
    files: tuple[Path, ...] = ()
    grid = Made(task.conditions)
    if "conditions" in given:
        file, preset = find_preset(given["conditions"])
        if PROMPTS in given and not needs_prompts(preset):
            raise InputError(f"conditions {preset.name} do not speak of any prompt; leave {PROMPTS} out")
        grid = made(preset, known_prompts(given.get(PROMPTS, {})), given.get("trigger", preset.trigger))
        task, files = under(task, preset, grid), (file,)
    elif PROMPTS in given:
        raise InputError(f"{PROMPTS} goes with conditions that speak of prompts; add conditions, or leave it out")
    base = Condition(**{field: given[key] for key, field in _CONDITION.items() if key in given})
    # A set of conditions is there to see what each prompt does, that of an arm's own under the reference.
    return _Presented(task, files, task_conditions(task, base, gives_way="conditions" in given), grid)


def _questions(task: Task, folder: Path, given: Mapping[str, Any], parameters: Mapping[str, str]) -> Questions:
    """The items that are asked, with their templates filled."""
    questions = read_questions(folder / task.items, given.get("items"))
    check_factors(task, questions.items, questions.file)
    check_set(task, parameters, questions.items, questions.file)
    asked = first_of_each_category(render_items(questions.items, parameters), given.get("limit"))
    return replace(questions, items=asked)


def _check_judged(thinking: Thinking, task: Task, prompts: Mapping[str, str]) -> None:
    """Raise InputError where a judge is to see the reasoning in a published prompt, which is used word by word."""
    if thinking.reasoning == JUDGE and any(rating.published in prompts for rating in task.ratings.values()):
        remedy = "leave reasoning out, or items, so that our rubrics are used"
        raise InputError(f"reasoning=judge: the published judge prompts have no place for it; {remedy}")


def _sampling(task: Task, given: Mapping[str, Any], of_questions: int | None) -> Sampling:
    """As the user says, else as the questions and the task do; `choices` are those of one request."""
    protocol, own = protocols()[task.protocol.name], task.sampling
    # Probabilities are not drawn: asking again would say the same again.
    drawn = protocol.gives != "probabilities"
    samples = given.get("samples") or of_questions or own.samples if drawn else 1
    temperature = float(given.get("temperature", own.temperature))
    most = given.get("choices") or own.choices if protocol.several else 1
    return own.model_copy(
        update={
            "samples": samples,
            "choices": responses_together(samples, most, temperature),
            "temperature": temperature,
            "top_p": float(given.get("top_p", own.top_p)),
            "max_tokens": given.get("max_tokens") or own.max_tokens,
        }
    )


def _check_items(questions: Questions, protocol: Protocol, settings: Settings) -> None:
    for item in questions.items:
        try:
            protocol.check(item, settings)
        except InputError as error:
            raise InputError.at(questions.file, f"item {item.id!r}: {error}") from None


def _record(plan: Plan, files: Sequence[Path], grid: Made) -> dict[str, Any]:
    """What goes with the results; `files` decide what is asked."""
    return {
        "inoc_evals": version("inoc-evals"),
        "source": plan.task.source,
        "task_sha256": _sha256(*files, also=_told(plan.given)),
        "parameters": plan.parameters,
        "system_prompt": system_state(plan.given.get("system_prompt")),
        "conditions": [asdict(condition) for condition in plan.conditions],
        **_noted(plan, grid),
        "rules": plan.rules,
        "max_tokens": plan.max_tokens,
        **plan.thinking.record(),
    }


def speaks_of_prompts(arguments: Mapping[str, Any]) -> bool:
    """Are these the arguments of a task with conditions that are made of prompts, and that can be used?"""
    with suppress(InputError):
        return "conditions" in arguments and needs_prompts(find_preset(arguments["conditions"])[1])
    return False


def _noted(plan: Plan, grid: Made) -> dict[str, Any]:
    """What a reader needs to know of several conditions."""
    if len(grid.conditions) < 2:
        return {}
    of = {name: list(arms) for name, arms in grid.of.items()}
    preset = str(plan.given.get("conditions", ""))
    return {"grid": {"preset": preset, "reference": plan.task.reference, "of": of, "missing": dict(grid.missing)}}


def _told(given: Mapping[str, Any]) -> bytes:
    """Texts that conditions were made of stand in no file of the task."""
    known = known_prompts(given[PROMPTS]).model_dump() if PROMPTS in given else None
    return b"" if known is None else json.dumps(known, sort_keys=True).encode()


def _sha256(*files: Path, also: bytes) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + also).hexdigest()


def require_judge(plan: Plan, judges: bool) -> None:
    """Raise InputError if the plan asks a judge and there is none."""
    if plan.judged and not judges:
        remedy = "name one with --judge, leave the task out, or rate later with --set"
        raise InputError(f"task {plan.task.name} needs a judge; {remedy} {plan.task.name}.judge=later")


def require_sandbox(plan: Plan, only_ours: str = "") -> None:
    """Raise InputError if the plan runs code that a model wrote and there is no sandbox for it. `only_ours` says in
    words who cannot use inspect's others."""
    if plan.sandbox is None:
        return
    if plan.sandbox != BWRAP:
        if only_ours:
            raise InputError(f"{only_ours} has the sandbox {BWRAP} only; leave sandbox={plan.sandbox} out")
        return
    if fault := sandbox_fault():
        others = "" if only_ours else ", or name another of inspect's with sandbox=docker"
        raise InputError(f"task {plan.task.name} runs code that the model writes, and {fault}{others}")
