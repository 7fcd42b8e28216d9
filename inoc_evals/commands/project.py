"""What `inoc-evals direction project` does: how far checkpoints and their base lie along a direction, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

from inoc_evals.analyses.directions import along, mean_by_item
from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.analyses.last_states import last_states
from inoc_evals.analyses.prompts import Asked
from inoc_evals.checkpoints.arms import Member, Served, check_weights, named_checkpoints, usable_arms, usable_groups
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.trained import training_record
from inoc_evals.commands.progress import part_shown, progress_shown
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.words import shown
from inoc_evals.document import print_document
from inoc_evals.extras import require
from inoc_evals.report.summary import Column, Table
from inoc_evals.report.terminal import rich_table
from inoc_evals.stats.ratios import Estimate
from inoc_evals.steering.direction import Direction

if TYPE_CHECKING:
    from rich.console import Console

BASE = "base"
_ABOUT = "at the end of the prompt, in lengths of the mean difference that made the direction; 95% intervals for items"


@dataclass(frozen=True)
class Projection:
    """How far a checkpoint lies along the direction of a layer at the end of the prompts, in lengths of the mean
    difference that made it; and how much farther than the base, paired by item, None where that was not read."""

    checkpoint: str
    arm: str
    mean: Estimate
    farther: Estimate | None


def project(
    direction: Direction,
    texts: Sequence[str],
    asked: Sequence[Asked],
    layer: int | None,
    console: Console,
    *,
    as_json: bool,
) -> None:
    """Read every checkpoint named in `texts` ([ARM=]CHECKPOINT), and the base of adapters among them, and print their
    projections. Without a `layer` it is that which separates best. Raises InputError before anything is computed."""
    require("train", "reading states")
    place = int(direction.about["widest"]) if layer is None else layer
    direction.check_layer(place)
    members, groups = _members(direction, texts, console)
    values = _read_all(direction, place, groups, asked, console)
    items = [one.item for one in asked]
    arms = {member.label: member.arm for member in members}
    base = values.get(BASE)
    found = []
    for label, own in values.items():
        gaps = None if base is None or label == BASE else [one - other for one, other in zip(own, base, strict=True)]
        farther = None if gaps is None else mean_by_item(gaps, items)
        found.append(Projection(label, arms.get(label, BASE), mean_by_item(own, items), farther))
    if as_json:
        told = {"layer": place, "prompts": len(asked), "items": len(set(items)), "unit": _ABOUT}
        print_document({**told, "direction": direction.about, "projections": found})
        return
    console.print(f"layer {place}, {len(asked)} prompts, {len(set(items))} items; {_ABOUT}", soft_wrap=True)
    console.print(_table(found))


def _members(direction: Direction, texts: Sequence[str], console: Console) -> tuple[Sequence[Member], Sequence[Served]]:
    """The checkpoints, and those of one base together. The base of the direction is the member `base`, whatever its
    arm is called."""
    faults, hub = Faults(), Hub(console.print)
    members = usable_arms(named_checkpoints(texts, None, faults, hub), faults, console.print, hub)
    check_weights(members, "states", faults)
    groups = usable_groups(members, faults, hub)
    content = direction.about["base_sha256"]
    for group in groups:
        begun = training_record(group.base).get("base_sha256")
        if content not in (group.base.content_hash, begun):
            message = f"{shown(group.base.reference)} is neither what the direction was made from nor trained from that"
            faults.add(f"{message} ({shown(str(direction.about['base']))}); make a direction of its own")
    faults.refuse()
    return members, groups


def _read_all(
    direction: Direction, layer: int, groups: Sequence[Served], asked: Sequence[Asked], console: Console
) -> dict[str, list[float]]:
    """The projections by label, prompt by prompt, those of the direction's base first; weights that several members
    share are read one time."""
    found: dict[str, list[float]] = {}
    norm = float(direction.norms[layer])
    prompts = [one.messages for one in asked]
    with progress_shown(console, "prompts") as (_, show):
        parts, number = sum(1 + len(group.adapters) for group in groups), count()
        for group in groups:
            model = LanguageModel(group.base.base)
            for name, folder in ((None, None), *group.adapters.items()):
                states = last_states(model, folder, prompts, part_shown(show, next(number), parts))[:, layer]
                values = [float(value) for value in along(states, direction.vectors[layer], norm)]
                labels = [label for label, served in group.members.items() if served == name]
                if name is None and group.base.content_hash == direction.about["base_sha256"]:
                    labels = [BASE]
                found |= dict.fromkeys(labels, values)
    return dict(sorted(found.items(), key=lambda entry: entry[0] != BASE))


def _table(found: Sequence[Projection]) -> Any:
    names = ("checkpoint", "mean", "95% interval", "farther than base", "95% interval")
    rows = [
        (one.checkpoint, *_cells(one.mean), *(_cells(one.farther) if one.farther is not None else ("-", "-")))
        for one in found
    ]
    return rich_table(Table(tuple(Column(name, number > 0) for number, name in enumerate(names)), tuple(rows)), ())


def _cells(given: Estimate) -> tuple[str, str]:
    if given.low is None or given.high is None:
        return f"{given.mean:.3f}", "-"
    return f"{given.mean:.3f}", f"{given.low:.3f} to {given.high:.3f}"
