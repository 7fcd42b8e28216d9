"""An experiment as it is to be run: one scale, these arms, so many training seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inoc_evals.definitions.arms import CONTROL, by_role
from inoc_evals.definitions.experiment import Scale, is_at
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.training_prompt import KnownPrompts
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.experiments.evaluations import arguments_of, evaluations, known_at
from inoc_evals.experiments.kinds import kinds
from inoc_evals.experiments.loaded import Intervened, Loaded
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.judging.costs import FREE, Costs
from inoc_evals.plan.compiled import Plan
from inoc_evals.results.about import About, Claim


@dataclass(frozen=True)
class Choices:
    """What the user chooses of an experiment: its scale ("": the first), arms (none named: all of the scale), the
    number of training seeds, the base model, and judges; or the file of a forecast, whose arms these are then, and how
    many of its `candidates` (None: all). `costs` are what he says of judges."""

    scale: str = ""
    arms: Sequence[str] = ()
    seeds: int | None = None
    model: str | None = None
    judges: Sequence[str] = ()
    forecast: Path | None = None
    candidates: int | None = None
    costs: Costs = FREE


@dataclass(frozen=True)
class Design:
    """What is run. `arms` stand in the order of every table; `base` is the model as it was named, and `seeds` those of
    the trainings of each arm."""

    loaded: Loaded
    scale: str
    arms: tuple[str, ...]
    seeds: tuple[int, ...]
    base: str
    judges: tuple[str, ...]

    @property
    def settings(self) -> Scale:
        """What the file says of the scale."""
        return self.loaded.experiment.scale[self.scale]

    @property
    def trained(self) -> tuple[str, ...]:
        """The arms that have a training."""
        return tuple(arm for arm in self.arms if not self.loaded.experiment.arms[arm].untrained)

    @property
    def in_order(self) -> tuple[str, ...]:
        """The arms that are trained, each behind the one whose adapter it uses, which may be no arm of the run."""
        found: dict[str, None] = {}
        for arm in self.trained:
            chain = [arm]
            while (used := self.loaded.experiment.uses(chain[-1])) is not None:
                chain.append(used)
            found |= dict.fromkeys(reversed(chain))
        return tuple(found)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the data that any of the arms trains on."""
        told = self.loaded.experiment
        used = {part for arm in self.in_order for part in (*told.arm_data(arm, self.scale), *told.parts_beside(arm))}
        used |= {part for name in self.directions for part in told.direction_data(name, self.scale)}
        return tuple(name for name in self.loaded.experiment.data if name in used)

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions that are made, since any of the arms uses them."""
        return self.loaded.experiment.steers_by((*self.arms, *self.in_order))

    @property
    def plans(self) -> dict[str, Plan]:
        """The plan of each task."""
        return dict(self.loaded.plans[self.scale])

    @property
    def arguments(self) -> dict[str, dict[str, object]]:
        """The arguments of each task."""
        told, known = evaluations(self.loaded.experiment), self.known_prompts
        return {each.task: arguments_of(each, self.settings, known) for _, each in told if is_at(each.at, self.scale)}

    @property
    def known_prompts(self) -> KnownPrompts:
        """The prompts of all arms of the scale, with what was written to go with them."""
        return known_at(self.loaded.experiment, self.loaded.prompts, self.scale)

    @property
    def checkpoints(self) -> int:
        """How many checkpoints are evaluated: one for each training, and one for each arm without."""
        return len(self.trained) * len(self.seeds) + len(self.arms) - len(self.trained)

    def recipe(self, seed: int) -> Recipe:
        """The recipe of a training with this seed, before any intervention."""
        return Recipe(**self.loaded.recipes[self.scale], seed=seed)

    def arm_recipe(self, arm: str, seed: int, rows: int) -> Recipe:
        """The recipe of the training of `arm` on so many rows."""
        return changed_recipe(self.recipe(seed), self.loaded.interventions.get(arm), rows)

    def about(self) -> About:
        """What findings say of the experiment."""
        told = self.loaded.experiment
        claims = zip(self.loaded.statements, told.found, strict=True)
        return About(
            experiment=told.name,
            question=told.question,
            source=f"{told.source.paper}, {told.source.where}",
            scale=self.scale,
            asked_for={arm: tuple(told.arms[arm].asks_for) for arm in self.arms if told.arms[arm].asks_for},
            unwanted=tuple(told.unwanted),
            wanted=tuple(told.wanted),
            claims=tuple(Claim(statement, found.where) for statement, found in claims),
            kinds={arm: kind for arm, kind in kinds(self.loaded, self.scale).items() if arm in self.arms},
            controls=tuple(arm for arm in self.arms if told.arms[arm].role == CONTROL),
        )


def changed_recipe(recipe: Recipe, told: Intervened | None, rows: int) -> Recipe:
    """The recipe as an intervention changes it for so many rows. Raises InputError where it cannot."""
    change = None if told is None else told.intervention.recipe
    return recipe if told is None or change is None else change(recipe, told.options, rows)


def designed(loaded: Loaded, choices: Choices) -> Design:
    """The design that the user chose. Raises InputError for a scale or arm that the experiment has not, for tasks
    that need a judge where there is none, and for published items that the scale needs and that are not installed."""
    experiment, faults = loaded.experiment, Faults()
    scale = choices.scale or next(iter(experiment.scale))
    if scale not in experiment.scale:
        raise InputError(_unknown("--scale", scale, f"scale of {experiment.name}", experiment.scale))
    roles = {name: arm.role for name, arm in experiment.arms.items() if is_at(arm.at, scale)}
    for arm in choices.arms:
        if arm not in roles:
            faults.add(_unknown("--arms", arm, f"arm of {experiment.name} at scale {scale}", roles))
    chosen = {name: role for name, role in roles.items() if not choices.arms or name in choices.arms}
    faults.add(*loaded.missing[scale])
    if not loaded.plans[scale]:
        faults.add(loaded.document.place("scale", scale) + f": no task belongs to scale {scale}; add one to `evaluate`")
    for plan in loaded.plans[scale].values():
        if plan.judged and not choices.judges:
            faults.add(f"task {plan.task.name} needs a judge; name one with --judge")
    faults.refuse()
    settings = experiment.scale[scale]
    seeds = tuple(range(choices.seeds or settings.seeds))
    base = settings.base if choices.model is None else choices.model
    return Design(loaded, scale, by_role(chosen), seeds, base, tuple(choices.judges))


def _unknown(option: str, given: str, what: str, known: Iterable[str]) -> str:
    names = list(known)
    remedy = did_you_mean(given, names) or f"; there are: {', '.join(names)}"
    return f"{option} {shown(given)[1:-1]}: there is no such {what}{remedy}"
