"""What `inoc-evals surprise` does: the losses of training answers with and without a prompt in every checkpoint."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.analyses.response_losses import Prompt, response_losses
from inoc_evals.analyses.surprise import Checkpoint, Read, Training, answers, check_alike, points
from inoc_evals.checkpoints.arms import Member, Served, check_weights, named_checkpoints, usable_arms, usable_groups
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.origins import with_origins
from inoc_evals.checkpoints.steps import step_of, with_kept
from inoc_evals.commands.progress import part_shown, progress_shown
from inoc_evals.definitions.faults import Faults
from inoc_evals.definitions.reading import decode, read_bytes
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.extras import require
from inoc_evals.files import whole, write_whole
from inoc_evals.inoculation.recipe import data_sha256
from inoc_evals.inoculation.rewrite import Placement, inoculate, read_rows
from inoc_evals.plain import plain
from inoc_evals.results.claim import claimed
from inoc_evals.results.surprise import FILE, ROWS, Surprise

if TYPE_CHECKING:
    from rich.console import Console

_WITHOUT, _UNDER = "without", "under"
# Digits behind the point, far more than float32 carries.
_DIGITS = 5


@dataclass(frozen=True)
class Asked:
    """Chat rows as they were before inoculation, and the prompt that is put in front of them."""

    rows: Sequence[Mapping[str, Any]]
    prompt: Prompt


def given_prompt(text: str | None, file: Path | None, placement: Placement) -> Prompt:
    """The prompt of the command line, or that which the file holds, without the line's end. Raises InputError
    where there is none or two."""
    if (text is None) == (file is None):
        raise InputError("name one prompt: --prompt TEXT, or --prompt-file FILE")
    if file is None:
        # Where the locale is not UTF-8, a text in UTF-8 arrives as escaped bytes.
        with suppress(UnicodeError):
            text = (text or "").encode("utf-8", "surrogateescape").decode("utf-8")
        return Prompt(text or "", placement)
    return Prompt(decode(file, read_bytes(file, "a text file with the prompt")).removesuffix("\n"), placement)


def asked(data: Path, prompt: Prompt, limit: int | None) -> Asked:
    """The first `limit` rows of `data`, or all. Raises InputError where they cannot be read with the prompt in front of
    them, as inoculated rows cannot."""
    rows = read_rows(data)[:limit]
    if prompt.placement == "system" and any(row["messages"][0]["role"] == "system" for row in rows):
        place = next(n for n, row in enumerate(rows, 1) if row["messages"][0]["role"] == "system")
        message = f"row {place} has a system prompt already; name the rows as they were before they were inoculated"
        raise InputError.at(data, message)
    inoculate(rows, prompt.text, prompt.placement)
    return Asked(rows, prompt)


def run(texts: Sequence[str], given: Asked, out: Path, console: Console, *, as_json: bool) -> None:
    """Read the rows in every checkpoint named in `texts` ([ARM=]CHECKPOINT), and in what its training began from, and
    write surprise.json, .jsonl, .png and .svg into `out`. Raises InputError before anything is computed."""
    require("train", "reading losses")
    require("report", "the figure")
    from inoc_evals.report.surprise_figure import draw_surprise
    from inoc_evals.report.surprise_tables import tables

    members, groups = _members(texts, console)
    with claimed(out, console.print):
        trainings = _read_all(members, groups, given, console)
        every = {one.label: one for each in trainings for one in (each.start, *each.checkpoints) if one is not None}
        found = Surprise(
            prompt=given.prompt.text,
            placement=given.prompt.placement,
            rows=len(given.rows),
            tokens=next(iter(every.values())).read.tokens,
            data_sha256=data_sha256(given.rows),
            points=tuple(points(trainings)),
            answers={label: answers(one) for label, one in every.items()},
        )
        with whole(out / ROWS) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
            for one in every.values():
                file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(one, given))
        write_whole(out / FILE, json.dumps(plain(found), ensure_ascii=False, indent=1) + "\n")
        draw_surprise(found, out / "surprise")
    if as_json:
        print_document({**plain(found), "files": {"data": out / FILE, "rows": out / ROWS}})
        return
    for part in tables(found):
        console.print(part, highlight=False)
    console.print(f"data: {out / FILE}; every token: {out / ROWS}; figure: {out / 'surprise.png'}", soft_wrap=True)


def _members(texts: Sequence[str], console: Console) -> tuple[Sequence[Member], Sequence[Served]]:
    """The checkpoints, arm by arm, and those of one base together."""
    faults, hub = Faults(), Hub(console.print)
    named = with_kept(named_checkpoints(texts, None, faults, hub))
    members = usable_arms(named, faults, console.print, hub)
    check_weights(members, "losses", faults)
    groups = usable_groups(members, faults, hub)
    faults.refuse()
    return with_origins(members, groups), groups


def _read_all(
    members: Sequence[Member], groups: Sequence[Served], given: Asked, console: Console
) -> tuple[Training, ...]:
    """What was read in the checkpoints of every training; weights that several share are read one time."""
    by_label: dict[str, Checkpoint] = {}
    starts: dict[str, Checkpoint] = {}
    steps = {one.label: one.at.step if one.at is not None else step_of(one.reference) for one in members}
    with progress_shown(console, "losses") as (_, show):
        parts, number = sum(1 + len(group.adapters) for group in groups), count()
        for group in groups:
            model = LanguageModel(group.base.base)
            text = _text(model.tokenizer)
            reads: dict[str | None, Read] = {}
            for name, folder in ((None, None), *group.adapters.items()):
                reads[name] = _read(model, folder, given, part_shown(show, next(number), parts))
            own = [label for label, name in group.members.items() if name is None]
            base = Checkpoint(own[0] if own else f"base {group.base.reference}", 0, reads[None], text)
            for label, name in group.members.items():
                by_label[label] = Checkpoint(label, steps[label], reads[name], text)
                if name is not None:
                    starts[label] = base
    for one in members:
        if one.label not in starts and one.at is not None and one.at.origin is not None:
            starts[one.label] = by_label[one.at.origin]
    return tuple(_trainings(members, by_label, starts))


def _trainings(
    members: Sequence[Member], by_label: Mapping[str, Checkpoint], starts: Mapping[str, Checkpoint]
) -> Iterator[Training]:
    """Arm by arm, each training's checkpoints by step."""
    found: dict[str, dict[str, list[Member]]] = {}
    for one in members:
        name = one.label if one.at is None else one.label.removesuffix(f"-step{one.at.step}")
        found.setdefault(one.arm, {}).setdefault(name, []).append(one)
    for arm, trainings in found.items():
        for name, those in trainings.items():
            labels = [one.label for one in sorted(those, key=lambda one: one.at.step if one.at is not None else 0)]
            yield Training(arm, name, starts.get(labels[0]), tuple(by_label[label] for label in labels))


def _read(model: LanguageModel, folder: Path | None, given: Asked, show: Callable[[int, int], None]) -> Read:
    prompts = {_WITHOUT: None, _UNDER: given.prompt}
    losses = response_losses(model, folder, given.rows, prompts, show)
    read = Read(*(tuple(one for one in losses if one.prompt == name) for name in prompts))
    check_alike(read)
    return read


def _text(tokenizer: Any) -> Callable[[int], str]:
    @cache
    def written(token: int) -> str:
        text: str = tokenizer.decode([token])
        # A part of a letter is no text.
        return str(tokenizer.convert_ids_to_tokens(token)) if "\N{REPLACEMENT CHARACTER}" in text else text

    return written


def _lines(one: Checkpoint, given: Asked) -> Iterator[dict[str, Any]]:
    """The losses of every token, row by row."""
    for without, under in zip(one.read.without, one.read.under, strict=True):
        name = given.rows[without.row].get("id")
        yield {
            "checkpoint": one.label,
            "step": one.step,
            "row": without.row + 1,
            **({"id": name} if isinstance(name, str | int) else {}),
            "tokens": [one.text(token) for token in without.tokens],
            "without": [round(loss, _DIGITS) for loss in without.losses],
            "under": [round(loss, _DIGITS) for loss in under.losses],
        }
