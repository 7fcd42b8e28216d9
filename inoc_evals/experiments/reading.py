"""An experiment file with everything that it names: looked up, read and found right before anything is spent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from inoc_evals.checkpoints.adapter import read_config
from inoc_evals.definitions.arms import CONTROL, beside
from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.definitions.document import Step, YamlFile, read_yaml
from inoc_evals.definitions.experiment import Experiment, Part, is_at
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.reading import decode, read_bytes
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.experiments.data import arm_rows
from inoc_evals.experiments.design import changed_recipe
from inoc_evals.experiments.directions import contrast_of
from inoc_evals.experiments.evaluations import read_evaluations
from inoc_evals.experiments.generators.registry import generators
from inoc_evals.experiments.loaded import Intervened, Loaded, PartRead
from inoc_evals.experiments.recipes import read_recipe
from inoc_evals.experiments.review_rows import review_rows
from inoc_evals.experiments.rows import Row, read_rows, with_tags
from inoc_evals.experiments.transforms import TRANSFORMS
from inoc_evals.inoculation.draw import taken
from inoc_evals.inoculation.interventions.registry import interventions
from inoc_evals.inoculation.recipe import Recipe, data_sha256
from inoc_evals.instruments.published import CHAT_ROWS, REVIEWS, find_instrument, installed_path
from inoc_evals.steering.direction import read_direction

FILE = "experiment.yaml"


def experiment_file(named: str) -> Path:
    """The file that the user means by a name, a file or a folder. Raises InputError."""
    # What is written like a path is one, and a name may also be a folder here.
    if os.sep in named or named.endswith((".yaml", ".yml")):
        path = Path(named)
        return path / FILE if os.path.isdir(path) else path  # noqa: PTH112
    return find_experiment(named)


def load_experiment(path: Path) -> Loaded:
    """The experiment of a file. Nothing is fetched, made or asked.

    Raises InputError with file:line:column for everything that is wrong: first with what the file says, then with what
    it names.
    """
    document = read_yaml(path, yaml.MappingNode, "experiment")
    experiment = document.validate(Experiment)
    faults = Faults()
    if path.name == FILE and path.resolve().parent.name != experiment.name:
        message = f"the name {experiment.name!r} differs from its folder {path.resolve().parent.name!r}"
        faults.add(str(document.error(f"{message}; make them equal", "name")))
    parts = {name: _part(document, name, part, faults) for name, part in experiment.data.items()}
    prompts = {name: _prompts(document, experiment, name, faults) for name in experiment.arms}
    recipes = {}
    for name in experiment.scale:
        with faults.collected():
            recipes[name] = read_recipe(document, name)
    intervened = {}
    for name, arm in experiment.arms.items():
        with faults.collected():
            if arm.intervention is not None:
                intervened[name] = _intervention(document, experiment, name, bool(prompts[name]))
        with faults.collected():
            _check_direction(document, experiment, arm.variation.steer, "arms", name, "variation", "steer")
    plans, statements, missing = read_evaluations(document, experiment, prompts, faults)
    faults.refuse()
    loaded = Loaded(document, experiment, parts, prompts, recipes, plans, statements, missing, intervened)
    for scale in experiment.scale:
        _check_scale(loaded, scale, faults)
    faults.refuse()
    return loaded


def _part(document: YamlFile, name: str, part: Part, faults: Faults) -> PartRead:
    where = ("data", name)
    rows: list[Row] | None = None
    options = None
    with faults.collected():
        if part.rows is not None:
            rows = read_rows(_beside(document, part.rows, *where, "rows"))
        elif part.instrument is not None:
            rows = _of_instrument(document, part.instrument, *where, "instrument")
        elif part.made_by is not None:
            generator = _registered(document, part.made_by, generators(), "generator", *where, "made_by")
            options = document.read(part.made_by, generator.options, *where, "made_by")
    steps = []
    for number, written in enumerate(part.transform):
        with faults.collected():
            transform = _registered(document, written, TRANSFORMS, "transformation", *where, "transform", number)
            steps.append((transform, document.read(written, transform.options, *where, "transform", number)))
    if rows is not None:
        with faults.placed(document.place(*where, "only_tags")):
            rows_there = with_tags(rows, part.only_tags)
            with faults.placed(document.place(*where, "take")):
                taken(rows_there, part.take, part.take_seed)
    return PartRead(None if rows is None else tuple(rows), options, tuple(steps))


def _registered(document: YamlFile, written: Mapping[str, Any], known: Mapping[str, Any], what: str, *at: Step) -> Any:
    """What `written` names in a registry. Raises InputError with the place of an unknown name."""
    name = written["name"]
    if name not in known:
        remedy = did_you_mean(name, known) or f"; there are: {', '.join(known) or 'none'}"
        raise document.error(f"{shown(name)} is no {what}{remedy}", *at, "name")
    return known[name]


def _beside(document: YamlFile, name: str, *location: Step) -> Path:
    path = document.path.parent / name
    # Not Path.is_file, which raises for a name that no file can have.
    if not os.path.isfile(path):  # noqa: PTH113
        raise document.error(f"{name!r} is not beside this file; create it or correct the name", *location)
    return path


def _of_instrument(document: YamlFile, name: str, *location: Step) -> list[Row] | None:
    try:
        instrument = find_instrument(name)
        if instrument.format not in (CHAT_ROWS, REVIEWS):
            raise InputError(f"instrument {name} holds questions and no training rows; name another")
        path = installed_path(name)
    except InputError as error:
        raise document.error(str(error), *location) from None
    if path is None:
        return None
    return review_rows(path) if instrument.format == REVIEWS else read_rows(path, foreign=True)


def _prompts(document: YamlFile, experiment: Experiment, name: str, faults: Faults) -> tuple[str, ...]:
    arm = experiment.arms[name]
    if arm.prompt_file is None:
        return tuple(arm.prompts or ([arm.prompt] if arm.prompt is not None else []))
    with faults.collected():
        path = _beside(document, arm.prompt_file, "arms", name, "prompt_file")
        text = decode(path, read_bytes(path, "a text file with a prompt")).removesuffix("\n")
        if not text.strip():
            raise InputError.at(path, "the prompt is blank; write the instruction that asks for the trait")
        return (text,)
    return ()


def _intervention(document: YamlFile, experiment: Experiment, name: str, has_prompt: bool) -> Intervened:
    where = ("arms", name, "intervention")
    written = experiment.arms[name].intervention or {}
    told = _registered(document, written, interventions(), "intervention", *where)
    options = document.read(written, told.options, *where)
    if told.needs_prompt and not has_prompt:
        raise document.error(f"{told.name} is about the arm's prompt, and it has none; add one", *where)
    adapter = getattr(options, "adapter", None)
    if adapter is not None:
        try:
            read_config(Path(beside(document.path, adapter)))
        except InputError as error:
            raise document.error(str(error), *where, "adapter") from None
    _check_direction(document, experiment, options, *where)
    return Intervened(told, options)


def _check_direction(document: YamlFile, experiment: Experiment, steering: object, *where: Step) -> None:
    """Is there such a direction, and has it that layer, where `steering` speaks of one? Of one that is yet to be made
    nobody knows how many it has."""
    direction = getattr(steering, "direction", None)
    if direction is None or direction in experiment.directions:
        return
    try:
        read_direction(Path(beside(document.path, direction))).check_layer(getattr(steering, "layer", 0))
    except InputError as error:
        known = did_you_mean(direction, experiment.directions)
        raise document.error(f"{error}{known}", *where, "direction") from None


def _check_scale(loaded: Loaded, scale: str, faults: Faults) -> None:
    """Can every row of every arm be given its prompt, are there enough, and is no arm but a control another once more:
    trained on the same and asked the same?"""
    document, experiment = loaded.document, loaded.experiment
    read = {name: part.rows for name, part in loaded.parts.items()}
    for name in experiment.steers_by(name for name, arm in experiment.arms.items() if is_at(arm.at, scale)):
        if all(read[part] is not None for part in experiment.direction_data(name, scale)):
            with faults.collected():
                contrast_of(loaded, name, scale, {part: rows or () for part, rows in read.items()})
    seen: dict[str, str] = {}
    for name, arm in experiment.arms.items():
        parts = (*experiment.arm_data(name, scale), *experiment.parts_beside(name))
        if not is_at(arm.at, scale):
            continue
        trained: object = None
        if not arm.untrained and all(read[part] is not None for part in parts):
            with faults.placed(document.place("arms", name)):
                rows = arm_rows(loaded, name, scale, {part: read[part] or () for part in parts})
                trained = data_sha256([row.trained() for row in rows])
                changed_recipe(Recipe(**loaded.recipes[scale]), loaded.interventions.get(name), len(rows))
            _check_tags(loaded, name, scale, faults)
        elif not arm.untrained:
            trained = (parts, loaded.prompts[name], arm.placement, arm.on_tags)
        trained = (trained, arm.intervention)
        same = seen.setdefault(repr((trained, sorted(arm.variation.given().items()))), name)
        if same != name and CONTROL not in (arm.role, experiment.arms[same].role):
            message = f"arm {name} is trained and asked as {same} is; vary one of them, or leave one out"
            faults.add(str(document.error(message, "arms", name, at_key=True)))


def _check_tags(loaded: Loaded, name: str, scale: str, faults: Faults) -> None:
    """Is there a row for every tag on which an arm's prompt is?"""
    experiment = loaded.experiment
    parts = experiment.arm_data(name, scale)
    tags = {tag for part in parts for tag in experiment.data[part].tags}
    tags |= {tag for part in parts for row in loaded.parts[part].rows or () for tag in row.tags}
    for number, tag in enumerate(experiment.arms[name].on_tags or ()):
        if tag not in tags:
            remedy = did_you_mean(tag, tags) or f"; there are: {', '.join(sorted(tags)) or 'none'}"
            message = f"no row of this arm at scale {scale} has the tag {shown(tag)}{remedy}"
            faults.add(str(loaded.document.error(message, "arms", name, "on_tags", number)))
