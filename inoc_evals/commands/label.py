"""What `inoc-evals judges label` and `judges labels` do: draw responses for people, and read back what they say."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import click

from inoc_evals.commands.rate_rows import applied
from inoc_evals.console import list_line
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.document import print_document
from inoc_evals.errors import InputError
from inoc_evals.files import whole_text
from inoc_evals.judging.prompt import Instrument, from_rubric
from inoc_evals.labelling.adjudicate import differing, write_adjudication
from inoc_evals.labelling.agreement import Agreement, Alpha, WithJudge, agreement
from inoc_evals.labelling.draw import draw
from inoc_evals.labelling.enough import too_few
from inoc_evals.labelling.folder import Added, add_labels, read_labels, refuse_drawn, write_draw
from inoc_evals.labelling.form import Form, form_of, read_form, write_form
from inoc_evals.labelling.rated import Rated, others_of, rated_by, rows_of
from inoc_evals.labelling.reading import read_sheet
from inoc_evals.labelling.sheets import SHEETS, rows, sheet_name, write_sheets
from inoc_evals.readers import score
from inoc_evals.readers.inputs import Input, read_inputs, runs_of
from inoc_evals.results.claim import all_claimed
from inoc_evals.results.label import ADJUDICATED, Candidate, Drawn, Label, Labels, position_of, response_name
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.shown import refuse_untold, text_shown

LABELS = "labels"
# More of them would hide the rest.
_SHOWN = 12
# So many values that are this small are seldom what was asked for.
_MANY, _SMALL = 10, 10.0


@dataclass(frozen=True)
class Wish:
    """What is to be labelled: a `rubric`, where the rubrics of the user lie (`folder`), its parameters (`settings`,
    RUBRIC.PARAMETER=VALUE), and the value of the rows (`key`) where the rubric's own name does not tell it."""

    rubric: str
    folder: Path | None = None
    settings: Sequence[str] = ()
    key: str | None = None


def label(inputs: Sequence[Input], wish: Wish, n: int, seed: int, out: Path | None, *, as_json: bool = False) -> None:
    """Draw `n` responses of `inputs` and write them, with sheets for raters, into a folder: `out` or, of the results of
    one run, labels/RUBRIC in theirs. What was drawn is printed, with `as_json` as JSON to standard output.

    Raises InputError where a draw is there already, and for rows that cannot be labelled so; WorkError.
    """
    folder = out or _default(inputs, wish.rubric)
    refuse_drawn(folder)
    definition = find_rubric(wish.rubric, wish.folder)[1]
    with all_claimed(runs_of(inputs)):
        source = read_inputs(inputs)
    rated = rated_by(source, definition.name, wish.key)
    if wish.settings:
        instrument = applied([wish.rubric], wish.folder, wish.settings)[0].instrument
    else:
        instrument = from_rubric(definition, rated.parameters)
    found = rows_of(source, rated)
    if not found:
        raise InputError.at(inputs[0].path, f"there is no text that rubric {definition.name} is for; name others")
    refuse_untold(found, instrument)
    form = form_of(instrument, rated.threshold)
    chosen = draw([_candidate(row, rated.key) for row in found], n, rated.threshold, seed)
    labels = Labels(
        rubric=instrument.name,
        version=instrument.version,
        identity=instrument.identity,
        key=rated.key,
        judge=rated.judge,
        seed=seed,
        pools=chosen.pools,
        drawn=tuple(map(_with_whole_texts, chosen.drawn)),
        labels=(),
    )
    files = write_sheets(folder / SHEETS, form, rows(labels, form))
    write_form(folder, form)
    write_draw(folder, labels)
    notes = _notes(found, rated, instrument)
    if few := too_few(found, [each.response for each in labels.drawn]):
        notes.append(few)
    if others := others_of(source, rated.key, definition.name):
        whose = f"{rated.key} is rated by {' and '.join(others)}, as far as is known, and not by {definition.name}"
        notes.append(f"{whose}: what people say by this rubric is taken for the truth of it")
    if as_json:
        print_document(_drawn_document(folder, labels, form, len(found), files, notes))
    else:
        _echo_drawn(folder, labels, len(found), notes)


def _default(inputs: Sequence[Input], rubric: str) -> Path:
    for each in inputs:
        if not each.path.exists():
            raise InputError.at(each.path, "there is no such file or folder; name what `report` reads")
    if len(inputs) == 1 and score.takes(inputs[0].path):
        return inputs[0].path / LABELS / rubric
    raise InputError(
        "these are not the results of one run of `score`; say where the labels are to lie with --out FOLDER"
    )


def _candidate(row: ResponseRow, key: str) -> Candidate:
    return Candidate(
        response=response_name(row),
        judged=row.values.get(key),
        answer=text_shown(row),
        question=row.asked.question,
        system=row.asked.system,
        arm=row.arm,
        checkpoint=row.checkpoint,
        task=row.task,
        cluster=row.cluster,
        position=position_of(row),
    )


def _with_whole_texts(drawn: Drawn) -> Drawn:
    """The same without halves of character pairs in its texts, which no file can hold."""
    question = None if drawn.question is None else whole_text(drawn.question)
    system = None if drawn.system is None else whole_text(drawn.system)
    return replace(drawn, answer=whole_text(drawn.answer), question=question, system=system)


def _notes(found: Sequence[ResponseRow], rated: Rated, instrument: Instrument) -> list[str]:
    notes = []
    if all(row.values.get(rated.key) is None for row in found):
        notes.append(f"no response has a value by {instrument.name}, so that none tells more than another")
    if rated.identity not in (None, instrument.identity):
        notes.append(
            f"rubric {instrument.name} is not what it was when these were rated; raters are asked as it is now"
        )
    if any(row.reasoning for row in found):
        notes.append("what models wrote for themselves before their answers is not shown to raters")
    return notes


def _strata(labels: Labels) -> list[dict[str, Any]]:
    weights: dict[str, list[float]] = {}
    for drawn in labels.drawn:
        weights.setdefault(drawn.stratum, []).append(drawn.weight)
    sizes: Counter[str] = Counter()
    for pool in labels.pools:
        sizes[pool.stratum] += pool.responses
    return [
        {
            "stratum": name,
            "responses": sizes[name],
            "drawn": len(own),
            "lightest": min(own),
            "heaviest": max(own),
        }
        for name, own in sorted(weights.items())
    ]


def _drawn_document(
    folder: Path, labels: Labels, form: Form, responses: int, files: Iterable[Path], notes: Sequence[str]
) -> dict[str, Any]:
    return {
        "folder": str(folder),
        **_about(labels),
        "threshold": form.threshold,
        "responses": responses,
        "drawn": len(labels.drawn),
        "strata": _strata(labels),
        "notes": list(notes),
        "files": [str(file) for file in files],
    }


def _about(labels: Labels) -> dict[str, Any]:
    names = ("rubric", "version", "identity", "key", "judge", "seed")
    return {name: getattr(labels, name) for name in names}


def _echo_drawn(folder: Path, labels: Labels, responses: int, notes: Sequence[str]) -> None:
    by = f" by {labels.judge}" if labels.judge else ""
    rated = f", rated as {labels.key}{by}" if any(each.judged is not None for each in labels.drawn) else ""
    click.echo(f"{folder}: {len(labels.drawn)} of {responses} responses drawn{rated}")
    click.echo(f"{'responses':>9} {'drawn':>6} {'weight':>14}  stratum (arm: the judge's value)")
    for each in _strata(labels):
        weights = " to ".join(dict.fromkeys(f"{each[end]:.1f}" for end in ("lightest", "heaviest")))
        click.echo(f"{each['responses']:>9} {each['drawn']:>6} {weights:>14}  {each['stratum']}")
    for note in notes:
        click.echo(note)
    click.echo(f"give raters the folder {folder / SHEETS}, and nothing else of this one: the rest is not blind")
    click.echo(f"read it back with: inoc-evals judges labels {shlex.quote(str(folder))} --read SHEET --rater NAME")


def labels(
    folder: Path,
    sheets: Sequence[Path],
    rater: str | None,
    *,
    replace: bool = False,
    adjudicate: bool = False,
    as_json: bool = False,
) -> None:
    """Read sheets back into a folder of labels, say how far raters agree and what is left, and write sheets of what
    they differ on, if asked to `adjudicate`. Raises InputError and WorkError."""
    if (rater is not None or replace) and not sheets:
        raise InputError("--rater and --replace say whose labels to read; name the sheet with --read FILE")
    rater = None if rater is None else rater.strip()
    if rater == "":
        raise InputError("--rater is blank; write a name")
    form, before = read_form(folder), read_labels(folder)
    added = None
    if sheets:
        given = [(each, sheet) for sheet in sheets for each in read_sheet(sheet, before, form, rater)]
        added = add_labels(folder, given, replace=replace)
    found = read_labels(folder)
    files = write_adjudication(folder, found, form) if adjudicate else ()
    agreed = agreement(found, form)
    notes = _on_another_scale(found) if form.numbers else []
    if as_json:
        print_document({**_labels_document(folder, found, agreed, added, files), "notes": notes})
    else:
        _echo_labels(folder, found, agreed, added, numbers=form.numbers)
        for note in notes:
            click.echo(list_line([], note))
        if adjudicate:
            _echo_adjudication(files)


def _raters(found: Labels) -> list[dict[str, Any]]:
    counts = Counter(label.rater for label in found.labels)
    of_all = len(found.drawn)
    return [
        {"rater": name, "labelled": count, "left": None if name == ADJUDICATED else of_all - count}
        for name, count in counts.items()
    ]


def _on_another_scale(found: Labels) -> list[str]:
    """A sentence for each rater who may have answered from 0 to 1, or to 10, where 0 to 100 was asked for."""
    given: dict[str, list[float]] = {}
    for label in found.labels:
        if label.word is None and label.value is not None:
            given.setdefault(label.rater, []).append(label.value)
    return [
        f"no value of {rater} is above {max(values):g}, and the scale is from 0 to 100: if they took it for another "
        "one, read the mended sheet with --replace"
        for rater, values in given.items()
        if len(values) >= _MANY and 0 < max(values) <= _SMALL
    ]


def _labels_document(
    folder: Path, found: Labels, agreed: Agreement, added: Added | None, files: Iterable[Path]
) -> dict[str, Any]:
    return {
        "folder": str(folder),
        **_about(found),
        "drawn": len(found.drawn),
        "added": None if added is None else asdict(added),
        "raters": _raters(found),
        "settled": len(found.settled()),
        "differ": [_difference(found, response, given) for response, given in differing(found).items()],
        "agreement": asdict(agreed),
        "files": [str(file) for file in files],
    }


def _difference(found: Labels, response: str, given: Sequence[Label]) -> dict[str, Any]:
    return {
        "response": response,
        "sheet_name": sheet_name(found, response),
        "labels": [{"rater": each.rater, "value": each.value, "word": each.word} for each in given],
    }


def _echo_labels(folder: Path, found: Labels, agreed: Agreement, added: Added | None, *, numbers: bool) -> None:
    """With `numbers` raters may answer a number, and words stand in place of it."""
    if added is not None:
        new = "1 label is new" if added.new == 1 else f"{added.new} labels are new"
        click.echo(f"{new}, {added.changed} changed, {added.alike} were there already")
    click.echo(f"{folder}: {len(found.drawn)} responses drawn to be labelled by {found.rubric} {found.version}")
    for each in _raters(found):
        left = "" if each["left"] is None else f", {each['left']} left"
        click.echo(f"  {each['rater']}: {each['labelled']} labelled{left}")
    for alpha in agreed.among:
        click.echo(list_line([], f"among {_named(alpha.raters)}: {_alpha_words(alpha, numbers=numbers)}"))
    for alpha in agreed.pairs:
        click.echo(list_line([], f"{_named(alpha.raters)}: {_alpha_words(alpha, numbers=numbers)}"))
    for judged in agreed.judge:
        click.echo(list_line([], _judge_words(judged)))
    differ = differing(found)
    click.echo(f"settled: {len(found.settled())} of {len(found.drawn)}; raters differ on {len(differ)}")
    for response, given in list(differ.items())[:_SHOWN]:
        told = ", ".join(f"{each.rater} {each.word or f'{each.value:g}'}" for each in given)
        click.echo(f"  {sheet_name(found, response)}: {told}")
    if len(differ) > _SHOWN:
        click.echo(f"  and {len(differ) - _SHOWN} more")
    if differ:
        click.echo(f"settle them with: inoc-evals judges labels {shlex.quote(str(folder))} --adjudicate")


def _echo_adjudication(files: Sequence[Path]) -> None:
    if files:
        click.echo(f"give whoever settles them the folder {files[0].parent}, and read the sheet back with --read")
    else:
        click.echo("raters differ on nothing, so that there is nothing to settle")


def _named(raters: Sequence[str]) -> str:
    return " and ".join(raters) if len(raters) < 3 else f"{', '.join(raters[:-1])} and {raters[-1]}"


def _alpha_words(alpha: Alpha, *, numbers: bool) -> str:
    by = "both" if len(alpha.raters) == 2 else "two raters"
    value = alpha.level == "interval"
    if not alpha.responses:
        return f"there is no response to which {by} gave a {'value' if value else 'label'}"
    if alpha.responses == 1:
        return f"there is one response to which {by} gave a {'value' if value else 'label'}, which gives no alpha"
    if alpha.alpha is None:
        same = "one value" if value else "one word, or a number in place of it," if numbers else "one word"
        return f"they give {same} to all of {alpha.responses} responses, so that there is no alpha"
    what = "values" if value else "words, a number being one," if numbers else "words"
    limits = "" if alpha.low is None else f" ({alpha.low:.2f} to {alpha.high:.2f})"
    return f"Krippendorff's alpha of the {what} {alpha.alpha:.2f}{limits}, on {alpha.responses} responses"


def _judge_words(each: WithJudge) -> str:
    told = f"{each.rater} and the judge: {_alpha_words(each.alpha, numbers=True)}"
    if each.distance is None or each.same_side is None:
        return told
    return (
        f"{told}; {each.distance:.1f} points apart on average, {each.same_side:.0%} on the same side of the threshold"
    )
