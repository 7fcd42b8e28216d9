"""What `inoc-evals judges select` does: which judges, wordings and numbers of draws to use together, by labels."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np

from inoc_evals.commands.labelled import Read, about, about_lines, asked_document, version_lines
from inoc_evals.commands.labelled_cost import refuse_unasked
from inoc_evals.console import list_line
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.files import check_writable
from inoc_evals.judging.accounting import current
from inoc_evals.judging.candidates import Answers, ask_all
from inoc_evals.judging.chosen import (
    ChosenLabels,
    ChosenMember,
    ChosenPanel,
    ChosenRubric,
    ChosenVerdict,
    write_panel,
)
from inoc_evals.judging.connect import default_cache, judge_models
from inoc_evals.judging.selection import Members, Selection, mean_of_members, select
from inoc_evals.judging.usage import plain
from inoc_evals.labelling.labelled import Labelled, answered_by_all, probabilities
from inoc_evals.stats.calibration import fit_temperature
from inoc_evals.stats.ratios import Estimate


def select_judges(
    read: Read,
    judges: Sequence[str],
    draws: Sequence[int],
    most: int,
    out: Path | None = None,
    *,
    as_json: bool = False,
) -> None:
    """Ask each of `judges` about the labelled responses, in each wording and with each number of draws, choose up to
    `most` of these candidates, print the result, and write what is advised to `out`. Raises InputError, also for a file
    that is there already, or WorkError."""
    if out is not None:
        if out.exists():
            raise InputError.at(out, "this file is there already; name another with --out")
        check_writable(out)
    cache = default_cache()
    with judge_models(judges) as models:
        by_judge = ask_all(models, read.wordings, draws, read.given.materials, cache)
    cache.close()
    refuse_unasked()
    asked = [each for own in by_judge for each in own]
    named = {own[0].candidate.judge: name for name, own in zip(judges, by_judge, strict=True)}
    given, found = answered_by_all(read.given, asked)
    candidates = np.array([probabilities(each, given.classes) for each in found])
    selection = select(candidates, given.truth, most, read.labels.seed)
    if out is not None:
        temperature = fit_temperature(mean_of_members(candidates, selection.advised), given.truth)
        said = _verdict(selection, verdict(asked, selection, given, most))
        write_panel(out, _panel(read, given, [_member(asked[n], named) for n in selection.advised], temperature, said))
    if as_json:
        file = None if out is None else str(out)
        print_document({**_document(read, given, asked, selection, most), "file": file})
        return
    click.echo("\n".join(_lines(read, given, asked, selection, most)))
    if out is not None:
        click.echo(f"rate by it with: inoc-evals judges rate PATHS --panel {shlex.quote(str(out))}")


def _member(answers: Answers, named: Mapping[str, str]) -> ChosenMember:
    candidate = answers.candidate
    return ChosenMember(
        judge=named[candidate.judge],
        identity=candidate.judge,
        version=answers.version,
        wording=candidate.wording,
        draws=candidate.draws,
    )


def _verdict(selection: Selection, in_words: str) -> ChosenVerdict:
    gain = selection.gain
    return ChosenVerdict(gain=selection.gains, nats=gain.mean, low=gain.low, high=gain.high, in_words=in_words)


def _panel(
    read: Read, given: Labelled, members: list[ChosenMember], temperature: float, said: ChosenVerdict
) -> ChosenPanel:
    labels = read.labels
    return ChosenPanel(
        inoc_evals_panel=1,
        rubric=ChosenRubric(
            name=labels.rubric, version=labels.version, identity=labels.identity, parameters=read.parameters
        ),
        members=members,
        temperature=temperature,
        verdict=said,
        labels=ChosenLabels(folder=str(read.folder), draw=labels.draw, used=len(given.truth), threshold=read.threshold),
    )


def verdict(asked: Sequence[Answers], selection: Selection, given: Labelled, most: int) -> str:
    """What to use, and why, in a sentence."""
    gain = f"{selection.gain.mean:.3f} nats a response, 95% interval {_ends(selection.gain)}"
    single = asked[selection.single].candidate.words()
    if selection.gains:
        names = "; ".join(asked[place].candidate.words() for place in selection.members)
        return (
            f"gain: labels kept aside are likelier by {gain}, than by the best single candidate; use together: {names}"
        )
    if len(asked) == 1:
        return f"no gain: {single} is the only candidate; name other judges, or several numbers of draws"
    if most == 1:
        return f"no gain: with -k 1 no set is tried; use {single}, the best by itself"
    tried = f"no set of up to {most}"
    found = f"as far as {len(given.truth)} labels tell, {tried} is better than the best single one ({gain})"
    return f"no gain: {found}; use {single}"


def notes(selection: Selection) -> list[str]:
    """What else must be known before a judge is used."""
    found = []
    over = selection.over_shares
    if over.low is None or over.low <= 0:
        how = f"{over.mean:.3f} nats above them, 95% interval {_ends(over)}"
        message = f"the best single candidate is not told from the shares of the labels alone ({how})"
        found.append(f"{message}: as a judge of single responses it may be worth nothing")
    if selection.gains and selection.chosen[tuple(sorted(selection.members))] < len(selection.folds) / 2:
        found.append(
            "most parts of the labels choose another set: the gain is one of choosing so, the members may vary"
        )
    return found


def _lines(read: Read, given: Labelled, asked: Sequence[Answers], selection: Selection, most: int) -> list[str]:
    lines = [*about_lines(read, given), *version_lines(asked)]
    lines.append("log-likelihood of labels kept aside, in nats a response (95% interval), after temperature scaling:")
    order = sorted(range(len(asked)), key=lambda place: -selection.alone[place].mean)
    lines += [_figure(selection.alone[place], asked[place].candidate.words()) for place in order]
    lines += [_figure(selection.shares, "the shares of the labels, and no judge")]
    lines += [_figure(selection.best, "the best single candidate, chosen in each fold")]
    if most > 1:
        lines += [_figure(selection.together, f"the set of up to {most}, chosen in each fold")]
    lines.append("chosen on all labels:")
    for number, (place, reached) in enumerate(zip(selection.members, selection.path, strict=True), start=1):
        lines.append(f"  {number}. {asked[place].candidate.words()} ({reached:.3f} on these labels)")
    times = selection.chosen[tuple(sorted(selection.members))]
    lines.append(f"  the same set in {times} of {len(selection.folds)} folds")
    lines += [
        f"  {each.candidate.words()} failed on {each.missing} responses, which are left out for all; run again to ask "
        "for them, or leave it out"
        for each in asked
        if each.missing
    ]
    lines += [list_line([("note:", 0)], note) for note in notes(selection)]
    lines.append(list_line([("verdict:", 0)], verdict(asked, selection, given, most)))
    return lines


def _document(read: Read, given: Labelled, asked: Sequence[Answers], selection: Selection, most: int) -> dict[str, Any]:
    def named(members: Members) -> list[dict[str, Any]]:
        return [asdict(asked[place].candidate) for place in members]

    return {
        **about(read, given),
        "candidates": [
            {**asked_document(each), "alone": alone} for each, alone in zip(asked, selection.alone, strict=True)
        ],
        "most": most,
        "members": named(selection.members),
        "path": selection.path,
        "temperature": selection.temperature,
        "single": named((selection.single,))[0],
        "held_out": {
            "set": selection.together,
            "best": selection.best,
            "gain": selection.gain,
            "shares": selection.shares,
            "over_shares": selection.over_shares,
        },
        "folds": [
            {"members": named(fold.members), "single": named((fold.single,))[0], "labels": len(fold.held)}
            for fold in selection.folds
        ],
        "advised": named(selection.advised),
        "verdict": {"gain": selection.gains, "in_words": verdict(asked, selection, given, most)},
        "notes": notes(selection),
        "cost": plain(current().judging()),
    }


def _figure(found: Estimate, what: str) -> str:
    return f"  {found.mean:7.3f}  {f'({_ends(found)})':<18}  {what}"


def _ends(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return "unknown"
    return f"{found.low:.3f} to {found.high:.3f}"
