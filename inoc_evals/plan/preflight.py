"""Everything that can be told to be wrong within seconds, before a server is started or a response is paid for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from inoc_evals.checkpoints.acting import check_adapter
from inoc_evals.checkpoints.arms import (
    ADDRESS,
    Member,
    Served,
    base_of,
    check_server,
    named_checkpoints,
    usable_arms,
    usable_groups,
)
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.origins import with_origins
from inoc_evals.checkpoints.resolve import fetched, resolve
from inoc_evals.client.models import address_of, check_name, named_model
from inoc_evals.client.probe import Probes, Target
from inoc_evals.definitions.address import named_twice, plain_address
from inoc_evals.definitions.arms import CONTROL
from inoc_evals.definitions.catalog import find_rubric, path_faults
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import shown
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.own_judge import check_can_judge
from inoc_evals.plan.compiled import Plan, make_plan, require_judge, require_sandbox
from inoc_evals.plan.foreign import Foreign, Look
from inoc_evals.plan.hosted import hosted_faults
from inoc_evals.plan.prompts import Arguments, with_prompts
from inoc_evals.plan.request import Request, chosen_tasks
from inoc_evals.plan.rounds import round_faults
from inoc_evals.plan.varied import varied
from inoc_evals.serving.options import option_faults
from inoc_evals.serving.quantised import check_base

if TYPE_CHECKING:
    from inspect_ai.model import Model

CHECKPOINT_KEY, JUDGE_KEY = "INOC_CHECKPOINT_API_KEY", "INOC_JUDGE_API_KEY"
TWICE = "a judge is named twice; name each once"
_VLLM = "vllm/"
# What a response with its measures takes in a log, and what every report takes.
_RESPONSE_BYTES, _REPORT_BYTES = 2_000, 1_000_000


@dataclass(frozen=True)
class Checked:
    """What was found to be right: plans by task, as for an arm that varies nothing, members, the servers that the local
    ones need, and the tasks that are not ours by their names in the logs. `arguments` are those of each task, with the
    prompts of the arms where its conditions speak of them."""

    plans: Mapping[str, Plan]
    members: tuple[Member, ...]
    groups: tuple[Served, ...]
    foreign: Mapping[str, Foreign] = field(default_factory=dict)
    arguments: Arguments = field(default_factory=dict)

    @property
    def responses(self) -> int:
        """How many responses one member is asked for."""
        ours = sum(plan.responses for plan in self.plans.values())
        return ours + sum(task.responses for task in self.foreign.values())


def check_request(
    request: Request,
    progress: Callable[[str], None],
    look: Look | None = None,
    *,
    network: bool = True,
    faults: Faults | None = None,
) -> Checked:
    """Look at all that `score` was asked for; with `network` the servers are asked too, all at once, and at last models
    of the hub are fetched. `look` loads the tasks that are not ours, and so runs the code of their files. `faults` are
    those of the command line.

    Raises InputError with everything that is wrong.
    """
    faults, probes, hub = faults or Faults(), Probes(), Hub(progress)
    faults.add(*path_faults())
    named = named_checkpoints(request.checkpoints, request.arms, faults, hub)
    if network:
        _begin((one.reference for one in named), CHECKPOINT_KEY, probes)
        _begin(request.judges, JUDGE_KEY, probes)
    # What is wrong with the arms is told after what is wrong with the tasks, which may need them.
    of_arms = Faults()
    members = usable_arms(named, of_arms, progress, hub, fetch_models=False)
    groups = usable_groups(members, of_arms, hub, fetch_models=False)
    request = replace(request, arguments=with_prompts(request.arguments, members, groups))
    plans = _plans(request, faults)
    foreign = _foreign(request, plans, look, faults)
    faults.add(*of_arms)
    if request.ci_width is not None:
        faults.add(*round_faults(plans, list(foreign), request.shard[1]))
    _check_variations(request, plans, foreign, members, faults)
    faults.add(*hosted_faults(plans.values(), members))
    for group in groups:
        _check_group(group, group.controls(members), hub, faults)
    if groups:
        faults.add(*_too_long(plans.values(), request.max_model_len))
    faults.add(*option_faults(request.server_arguments))
    judges = list(dict.fromkeys(request.judges))
    if named_twice(request.judges) is not None:
        faults.add(TWICE)
    _check_judges(judges, faults, probes, network)
    if network:
        _begin_hosted(members, faults, probes)
    faults.add(*folder_faults(request.out))
    faults.add(*probes.faults())
    faults.refuse()
    checked = Checked(plans, with_origins(members, groups), groups, foreign, request.arguments)
    check_room(request.out, _REPORT_BYTES + checked.responses * len(members) * _RESPONSE_BYTES)
    return _with_models(checked, hub, faults) if network else checked


def _with_models(checked: Checked, hub: Hub, faults: Faults) -> Checked:
    """The same with the models of the hub on this machine. They can be large, and so are fetched when all else is
    right."""
    groups = tuple(replace(group, base=fetched(group.base, hub)) for group in checked.groups)
    for before, group in zip(checked.groups, groups, strict=True):
        if not before.base.is_here:
            _check_group(group, group.controls(checked.members), hub, faults)
    faults.refuse()
    members = tuple(
        replace(member, checkpoint=fetched(member.checkpoint, hub)) if member.checkpoint is not None else member
        for member in checked.members
    )
    return replace(checked, members=members, groups=groups)


def check_judging(
    judges: Sequence[str], rubric: str | None = None, folder: Path | None = None, files: Iterable[Path] = ()
) -> None:
    """Look at what a command of `judges` was asked for. Raises InputError with everything that is wrong."""
    faults, probes = Faults(), Probes()
    faults.add(*path_faults())
    if named_twice(judges) is not None:
        faults.add(TWICE)
    _begin(judges, JUDGE_KEY, probes)
    if rubric is not None:
        with faults.collected():
            find_rubric(rubric, folder)
    for path in files:
        # Not Path.exists, which raises for a name that no file can have.
        if not os.path.exists(path):  # noqa: PTH110
            faults.add(f"{path}: there is no such file or folder; name logs, samples files, or folders of them")
    _check_judges(judges, faults, probes, True)
    faults.add(*probes.faults())
    faults.refuse()


def check_judge_names(judges: Iterable[str]) -> None:
    """Raise InputError with every judge that could never be asked: for a plan, which asks none and needs no key."""
    faults = Faults()
    for judge in judges:
        with faults.collected():
            check_name(judge)
    faults.refuse()


def judge_faults(judges: Sequence[str]) -> list[str]:
    """What is wrong with each of the judges, their servers asked."""
    faults, probes = Faults(), Probes()
    _begin(judges, JUDGE_KEY, probes)
    _check_judges(judges, faults, probes, True)
    faults.add(*probes.faults())
    return list(faults)


def engine_faults() -> list[str]:
    """What is missing to serve a model by vLLM here."""
    from inoc_evals.serving.server import VLLM, check_engine

    faults = Faults()
    with faults.collected():
        check_engine(VLLM)
    return list(faults)


def folder_faults(folder: Path) -> list[str]:
    """Why no folder can be at `folder`, which may not be there yet. Nothing is made."""
    if str(folder).startswith("~"):
        return [f"{folder}: the shell knows no home of that name; write the whole path"]
    place = _nearest(folder)
    return [] if os.path.isdir(place) else [f"{folder}: {place} is no folder; name another output"]  # noqa: PTH112


def check_room(folder: Path, size: int = 0) -> None:
    """Raise WorkError where `size` bytes cannot be written into `folder`, which need not be there. Nothing is made."""
    place = _nearest(folder)
    if not os.access(place, os.W_OK | os.X_OK):
        remedy = "name another output, or change its permissions"
        raise WorkError(f"{folder} cannot be written: nothing may be written into {place}; {remedy}")
    free = shutil.disk_usage(place).free
    if free < size:
        needed = f"about {size / 1e6:.0f} MB are needed and {free / 1e6:.1f} MB are free"
        raise WorkError(f"{folder} cannot be written: {needed}; make room, or name another output")


def _nearest(folder: Path) -> Path:
    place = Path(os.path.abspath(folder))  # noqa: PTH100 - without following links that may lead nowhere
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    return place


def _plans(request: Request, faults: Faults) -> dict[str, Plan]:
    plans: dict[str, Plan] = {}
    for task in chosen_tasks(request, faults):
        with faults.collected():
            plans[task.name] = make_plan(task.name, request.arguments.get(task.name, {}))
            require_judge(plans[task.name], bool(request.judges))
            require_sandbox(plans[task.name])
    return plans


def _foreign(request: Request, ours: Iterable[str], look: Look | None, faults: Faults) -> dict[str, Foreign]:
    found: dict[str, Foreign] = {}
    names = set(ours)
    for asked in request.foreign:
        with faults.collected():
            if look is None:
                raise InputError(f"task {shown(asked)} is none of ours, and only `score` runs others")
            task = look(asked, request.arguments.get(asked, {}))
            name = task.name.split("/")[-1]
            if name in names:
                raise InputError(f"two of the tasks are called {name} in the logs; leave one out")
            names.add(name)
            found[task.name] = task
    return found


def _too_long(plans: Iterable[Plan], limit: int) -> Iterator[str]:
    """One sentence for every task whose answers with their reasoning leave a server of ours no room for a prompt."""
    for plan in plans:
        tokens = plan.thinking.tokens
        if tokens is not None and tokens + plan.max_tokens >= limit:
            wanted = f"reasoning_tokens {tokens} and max_tokens {plan.max_tokens}"
            yield f"task {plan.task.name}: {wanted} leave no room for a prompt in {limit}; raise --max-model-len"


def _check_variations(
    request: Request,
    plans: Mapping[str, Plan],
    foreign: Mapping[str, Foreign],
    members: Sequence[Member],
    faults: Faults,
) -> None:
    """Can every arm be asked as it wants, and is no arm but a control the same as another: the same weights, asked the
    same?"""
    asked: dict[object, Member] = {}
    known: dict[str, object] = {}
    for member in members:
        if member.arm not in known:
            known[member.arm] = _asked_of(request, plans, foreign, member, faults)
        same = asked.setdefault((member.weights, known[member.arm]), member)
        if same is not member and CONTROL not in (same.role, member.role):
            message = f"{same.label} and {member.label} are the same weights and are asked the same"
            faults.add(f"{message}; vary one of the arms, or leave one out")


def _asked_of(
    request: Request, plans: Mapping[str, Plan], foreign: Mapping[str, Foreign], member: Member, faults: Faults
) -> object:
    """What tells apart how two arms are asked."""
    variation = member.variation
    if foreign and variation.prefill is not None:
        message = f"arm {member.arm} has a prefill, which the task {next(iter(foreign))} could not be given"
        faults.add(f"{message}; leave one of the two out")
    asked: list[object] = [sorted(variation.given().items())] if foreign or not plans else []
    for name in plans:
        with faults.collected():
            plan = make_plan(name, varied(request.arguments.get(name, {}), member.arm, variation, f"--set {name}"))
            asked.append((plan.conditions, plan.temperature, plan.top_p, plan.max_tokens, plan.thinking))
            continue
        asked.append(sorted(variation.given().items()))
    return repr(asked)


def _begin_hosted(members: Sequence[Member], faults: Faults, probes: Probes) -> None:
    """Begin to ask the providers of hosted models."""
    for reference in dict.fromkeys(member.reference for member in members if member.checkpoint is None):
        if not _is_address(reference):
            with faults.collected():
                _begin_model(named_model(reference, "checkpoint"), probes)


def _check_group(group: Served, controls: Collection[str], hub: Hub, faults: Faults) -> None:
    from inoc_evals.serving.server import BASE, VLLM, check_engine, engine_of

    engine = engine_of(group.base.base)
    with faults.collected():
        check_engine(engine)
    if engine == VLLM:
        with faults.collected():
            check_base(group.base, hub)
    for label, folder in group.adapters.items():
        if label == BASE:
            faults.add(f"{BASE!r} cannot name the arm of an adapter; it is the name of the model under it")
        with faults.collected():
            check_adapter(group.base.base, folder, control=label in controls)


def _check_judges(judges: Sequence[str], faults: Faults, probes: Probes, network: bool) -> None:
    for judge in judges:
        with faults.collected():
            if _is_address(judge):
                check_server(judge, JUDGE_KEY)
            elif judge.startswith(_VLLM) and not os.environ.get("VLLM_BASE_URL"):
                hub = Hub()
                found = resolve(judge.removeprefix(_VLLM), hub=hub, fetch_models=False)
                base = base_of(found, hub, fetch_models=False)
                check_base(base, hub)
                check_can_judge(base.base, base.reference)
                if found.adapter is not None:
                    check_adapter(base.base, found.adapter)
                if find_spec("vllm") is None:
                    faults.add(f"judge {judge} needs vLLM, which is not installed; name a judge that is served")
            else:
                model = named_model(judge)
                if network:
                    _begin_model(model, probes)


def _is_address(text: str) -> bool:
    return text.lower().startswith(ADDRESS)


def _begin(texts: Iterable[str], variable: str, probes: Probes) -> None:
    """Begin to ask the servers among `texts`; what is no address of a server is told by others."""
    for text in texts:
        url, _, model = plain_address(text).partition("#")
        try:
            check_server(text, variable)
        except InputError:
            continue
        probes.start(Target(url, model, os.environ.get(variable) or None, variable))


def _begin_model(model: Model, probes: Probes) -> None:
    """Begin to ask the server of a provider's model, where it speaks OpenAI's protocol: others have none in common."""
    url, key = address_of(model), getattr(model.api, "api_key", None)
    provider, _, name = str(model).partition("/")
    compatible = provider == "openai" or any(kind.__name__ == "OpenAICompatibleAPI" for kind in type(model.api).__mro__)
    if compatible and url is not None and _is_address(url):
        served = str(getattr(model.api, "service_model_name", lambda: name)())
        place = " or ".join(getattr(model.api, "api_key_vars", ())) or f"the variable of {provider} for it"
        probes.start(Target(url, served, key if isinstance(key, str) else None, place, own=False))
