"""A folder of labels, made ready to compare judges with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inoc_evals.commands.rate_rows import applied
from inoc_evals.definitions.address import named_twice
from inoc_evals.definitions.catalog import find_rubric
from inoc_evals.errors import InputError
from inoc_evals.judging.candidates import Answers, Wording
from inoc_evals.judging.prompt import Instrument, from_rubric
from inoc_evals.labelling.classes import classes_of, parts_ratings
from inoc_evals.labelling.form import read_form
from inoc_evals.labelling.labelled import Labelled, instrument_of, labelled
from inoc_evals.results.label import Labels


@dataclass(frozen=True)
class Read:
    """Labels in `folder`, the responses on which judges are compared, and the wordings of the rubric with these
    `parameters`. `threshold` parts ratings,
    None where the rubric asks for none; was it `named`, or is it the one that the labels were drawn around?"""

    folder: Path
    labels: Labels
    given: Labelled
    wordings: dict[Wording, Instrument]
    parameters: dict[str, str]
    threshold: float | None
    named: bool


def read(folder: Path, rubrics: Path | None, settings: Sequence[str], threshold: float | None, wordings: str) -> Read:
    """The labels in `folder`, with the wordings of their rubric: "first", or "both" where it has two. Raises InputError
    for what is wrong with them, and where they are too few. Ratings are parted at `threshold`, by default the one that
    the labels were drawn around."""
    from inoc_evals.labelling.folder import read_labels

    labels = read_labels(folder)
    _, rubric = find_rubric(labels.rubric, rubrics)
    (given,) = applied([rubric.name], rubrics, settings)
    instrument, parameters = instrument_of(labels, rubric, given.parameters)
    asked: dict[Wording, Instrument] = {"first": instrument}
    if wordings == "both" and rubric.rewording is not None:
        asked["second"] = from_rubric(rubric, parameters, reworded=True)
    border = read_form(folder).threshold if threshold is None and parts_ratings(instrument) else threshold
    compared = labelled(labels, classes_of(instrument, border))
    return Read(folder, labels, compared, asked, parameters, border, threshold is not None)


def refuse_twice(names: Sequence[str]) -> None:
    """Raise InputError where a judge is named twice."""
    if (twice := named_twice(names)) is not None:
        raise InputError(f"judge {twice} is named twice; name each once")


def about(read: Read, given: Labelled) -> dict[str, Any]:
    """What a document says of the labels that judges were compared with: those of `read` that are in `given`."""
    return {
        "rubric": read.labels.rubric,
        "version": read.labels.version,
        "threshold": read.threshold,
        "labels": len(given.truth),
        "effective": given.truth.effective,
        "questions": len(set(given.truth.clusters.tolist())),
        "classes": given.counts(),
        "left_out": given.left_out,
    }


def about_lines(read: Read, given: Labelled) -> list[str]:
    """The same in lines."""
    told = about(read, given)
    said = ", ".join(f"{count} {name}" for name, count in told["classes"].items())
    called = f"{told['rubric']} {told['version']}"
    lines = [f"{called}: {told['labels']} labels of {told['questions']} questions ({said})"]
    if read.threshold is not None:
        whence = "by --threshold" if read.named else "which the labels were drawn around"
        lines.append(f"  ratings are parted at {read.threshold:g}, {whence}")
    if round(told["effective"]) < told["labels"]:
        worth = f"weighted as they were drawn, they tell as much as {told['effective']:.0f} of one weight"
        lines.append(f"  {worth}")
    if given.left_out:
        lines.append("  left out: " + ", ".join(f"{count} {why}" for why, count in given.left_out.items()))
    return lines


def version_lines(asked: Sequence[Answers]) -> list[str]:
    """A line for each judge that tells which version of it answered."""
    versions = {each.candidate.judge: each.version for each in asked if each.version is not None}
    return [f"  {judge} answered as {version}" for judge, version in versions.items()]


def asked_document(answers: Answers) -> dict[str, Any]:
    """What a document says of a candidate: who it is, how many responses it says nothing of, and what asking took
    now."""
    usage = answers.judging.usage
    return {
        **asdict(answers.candidate),
        "version": answers.version,
        "missing": answers.missing,
        "calls": usage.calls,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
    }
