"""Labels by people as judges are compared with: the responses, what is said of each, and whether that is enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

import numpy as np

from inoc_evals.definitions.rubric import Rubric
from inoc_evals.errors import InputError, WorkError
from inoc_evals.judging.candidates import Answers
from inoc_evals.judging.prompt import Instrument, Material, from_rubric
from inoc_evals.labelling.classes import Classes
from inoc_evals.results.label import Drawn, Labels
from inoc_evals.stats.calibration import Truth, smoothed
from inoc_evals.stats.responses import Floats

# With fewer, the interval of any gain is as wide as the differences between judges are.
LEAST_LABELS, LEAST_QUESTIONS = 30, 5
_TRIED = 1000  # combinations of a rubric's parameters


@dataclass(frozen=True)
class Labelled:
    """The responses whose label counts, as a judge gets them, and the labels. `left_out` counts the others that were
    drawn, by why."""

    classes: Classes
    materials: tuple[Material, ...]
    truth: Truth
    left_out: Mapping[str, int]

    def counts(self) -> dict[str, int]:
        """How many labels say each class."""
        found = np.bincount(self.truth.labels, minlength=self.truth.classes)
        return dict(zip(self.classes.names, found.tolist(), strict=True))

    def at(self, places: Sequence[int]) -> Labelled:
        """The responses at `places`."""
        chosen = np.array(places, dtype=np.intp)
        return Labelled(self.classes, tuple(self.materials[n] for n in places), self.truth.at(chosen), self.left_out)


def instrument_of(labels: Labels, rubric: Rubric, parameters: Mapping[str, str]) -> tuple[Instrument, dict[str, str]]:
    """What the responses of `labels` were rated by: `rubric` with its parameters, which are tried where none are given.
    Raises InputError where the rubric is not the one of the labels any more."""
    for tried in [dict(parameters)] if parameters else _settings(rubric):
        instrument = from_rubric(rubric, tried)
        if instrument.identity == labels.identity:
            return instrument, tried
    said = f"the labels are by rubric {labels.rubric} {labels.version}"
    free = [name for name, parameter in rubric.parameters.items() if parameter.choices is None]
    if parameters or free:
        remedy = f"; say with which parameters: --set {rubric.name}.{(free or [*parameters])[0]}=VALUE"
        raise InputError(f"{said}, with other parameters or another wording than this one{remedy}")
    message = f"{said}, and {rubric.name} {rubric.version} as it lies here asks otherwise"
    raise InputError(f"{message}; name the folder of the rubric with --judges, or draw and label anew")


def _settings(rubric: Rubric) -> Iterator[dict[str, str]]:
    """The defaults, then what else the parameters may be."""
    choices = {name: each.choices or [each.default] for name, each in rubric.parameters.items()}
    yield {}
    for values in islice(product(*choices.values()), _TRIED):
        yield dict(zip(choices, values, strict=True))


def labelled(labels: Labels, classes: Classes) -> Labelled:
    """The responses of `labels` on whose label judges can be compared. Raises InputError, in one sentence, where that
    are too few labels or questions, where all say the same, or where the judge would be shown what is not known."""
    settled = labels.settled()
    given = {label.response for label in labels.labels}
    kept: list[tuple[Drawn, int]] = []
    left_out: Counter[str] = Counter()
    for drawn in labels.drawn:
        label = settled.get(drawn.response)
        if label is None:
            left_out["on which raters differ" if drawn.response in given else "without a label"] += 1
        elif not drawn.answer.strip():
            left_out["blank, so that no judge is asked"] += 1
        elif (place := classes.of_label(label)) is None:
            left_out["labelled with what is no answer of the rubric"] += 1
        else:
            kept.append((drawn, place))
    questions = {(drawn.task, drawn.cluster): None for drawn, _ in kept}
    _enough(kept, len(questions), classes, left_out)
    _shown(classes.instrument, [drawn for drawn, _ in kept])
    codes = {question: code for code, question in enumerate(questions)}
    truth = Truth(
        len(classes.names),
        np.array([place for _, place in kept], dtype=np.intp),
        np.array([drawn.weight for drawn, _ in kept], dtype=np.float64),
        np.array([codes[drawn.task, drawn.cluster] for drawn, _ in kept], dtype=np.intp),
    )
    materials = tuple(Material(drawn.answer, drawn.question, drawn.system) for drawn, _ in kept)
    return Labelled(classes, materials, truth, dict(left_out))


def _enough(kept: Sequence[tuple[Drawn, int]], questions: int, classes: Classes, left_out: Mapping[str, int]) -> None:
    if len(kept) < LEAST_LABELS:
        others = ", ".join(f"{count} {why}" for why, count in left_out.items())
        without = f" (and {others})" if others else ""
        message = f"{len(kept)} labels can be used{without}, and {LEAST_LABELS} at least tell judges apart"
        raise InputError(f"{message}; label more responses")
    if questions < LEAST_QUESTIONS:
        message = f"the labels are of {questions} questions, and some must be kept aside from others"
        raise InputError(f"{message}; label responses to {LEAST_QUESTIONS} questions at least")
    said = {place for _, place in kept}
    if len(said) < 2:
        message = f"all {len(kept)} labels say {classes.names[said.pop()]!r}, so that no judge can be told from another"
        rated = classes.instrument.kind in ("rating", "reasoned")
        other = ", or part ratings elsewhere with --threshold" if rated else ""
        raise InputError(f"{message}; label responses of the other kind too{other}")


def _shown(instrument: Instrument, drawn: Sequence[Drawn]) -> None:
    lacking = [each for each in drawn if instrument.sees_question and each.question is None]
    if lacking:
        message = f"rubric {instrument.name} shows the judge the question, which is not known of {len(lacking)} of"
        raise InputError(f"{message} {len(drawn)} labelled responses; draw them from results that have it")


def probabilities(answers: Answers, classes: Classes) -> Floats:
    """The candidate's probability of each class, (responses, classes), of responses that it says something of."""
    shares = np.array([classes.shares(each) for each in answers.said if each is not None])
    return smoothed(shares, answers.candidate.draws)


def answered_by_all(given: Labelled, found: Sequence[Answers]) -> tuple[Labelled, list[Answers]]:
    """The responses of which every candidate says something: others would be compared on unlike ones. Raises WorkError
    where they are too few."""
    places = [n for n in range(len(given.materials)) if all(each.said[n] is not None for each in found)]
    kept = given.at(places)
    if len(places) < LEAST_LABELS:
        worst = max(found, key=lambda each: each.missing)
        message = f"only {len(places)} of {len(given.materials)} labelled responses were judged by all"
        remedy = f"{worst.candidate.words()}, failed on {worst.missing}: run again, or leave it out"
        raise WorkError(f"{message}, and {LEAST_LABELS} at least are needed; {remedy}")
    if len(np.unique(kept.truth.labels)) < 2:
        raise WorkError("the responses that were judged by all have labels of one kind only; run again")
    narrowed = [replace(each, said=tuple(each.said[n] for n in places)) for each in found]
    return kept, narrowed
