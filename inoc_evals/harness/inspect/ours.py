"""Logs of our own tasks -> rows: one for each response of a sample, with what our scorer stored for it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.reading import damaged
from inoc_evals.harness.inspect.samples import Sample, Turn
from inoc_evals.measures.scale import Scale, share
from inoc_evals.plan.rounds import numbered_name
from inoc_evals.protocols.reasoning import UNFINISHED
from inoc_evals.protocols.requests import Message
from inoc_evals.protocols.trajectory import prefill_of, question_of, system_of
from inoc_evals.results.row import Asked, Details, ResponseRow, levels_of
from inoc_evals.results.stored import Bounds, Stored, bounds_of, checked, known_factors, known_scales

SCORER = "measures"
ERROR = "error"


def rows_of_ours(
    file: Path, task: str, samples: Sequence[Sample], arm: str, checkpoint: str
) -> tuple[ResponseRow, ...]:
    """The rows of a log of `task`. A sample that failed is a row without values, with the cause "error".

    Raises InputError for a log that was never scored, and for a value outside its scale.
    """
    scales = known_scales(task)
    whose = (arm, checkpoint, task)
    bounds, factors = bounds_of(scales), known_factors(task)
    return tuple(row for sample in samples for row in _sample_rows(file, whose, sample, bounds, factors))


def own_scales(samples: Sequence[Sample]) -> dict[str, Scale]:
    """The scales of a log's values as the log itself tells them, for a task whose definition is not here."""
    found: dict[str, Scale] = {}
    for kept in (sample.kept(SCORER) for sample in samples):
        found |= {key: share(key) for key in kept.outcomes or ()}
        found |= {key: Scale(0.0, 100.0, "mean", "points", "", key) for key in kept.ratings or ()}
    return found


def own_instruments(samples: Sequence[Sample]) -> dict[str, frozenset[str]]:
    """By rating the sha256 of what judges were asked, as the log itself tells it; it was several where a log was rated
    in parts."""
    found: dict[str, set[str]] = {}
    for kept in (sample.kept(SCORER) for sample in samples):
        for key, identity in (kept.instruments or {}).items():
            found.setdefault(key, set()).add(identity)
    return {key: frozenset(identities) for key, identities in found.items()}


def _sample_rows(
    file: Path, whose: tuple[str, str, str], sample: Sample, bounds: Mapping[str, Bounds], factors: Sequence[str]
) -> list[ResponseRow]:
    known = sample.metadata
    prompt = known.rendered_prompt
    choices = sample.output.choices
    name, epoch = str(sample.id), sample.epoch
    if known.number is not None:
        name, epoch = name.removesuffix(numbered_name("", known.number)), known.number
    item, cluster = sys.intern(name), sys.intern(known.question_id)
    category, condition = sys.intern(known.category), sys.intern(known.condition or "")
    # The same text in every epoch; thousands of copies would fill the memory.
    shown = sys.intern(text) if (text := prompt.get("text")) is not None else None

    def refuse(what: str) -> InputError:
        return damaged(file, what)

    asked, tokens, levels = _asked(sample), sample.tokens(), levels_of(known.data, factors)
    rows = []
    for place, one in enumerate(_stored(file, sample, bounds)):
        choice = choices[place] if place < len(choices) else None
        rows.append(
            ResponseRow(
                *whose,
                item=item,
                cluster=cluster,
                category=category,
                condition=condition,
                epoch=epoch,
                choice=place,
                response=choice.message.content if choice else "",
                reasoning=choice.message.reasoning if choice else None,
                unfinished=UNFINISHED in one.causes.values(),
                tokens=tokens[place] if place < len(tokens) else None,
                values=checked(one.values, bounds, refuse),
                causes=one.causes,
                details=Details(one.details),
                stop_reason=ERROR if sample.error is not None or choice is None else sys.intern(choice.stop_reason),
                prompt_text=shown,
                prompt_sha256=prompt.get("token_sha256"),
                asked=asked[place] if place < len(asked) else asked[0],
                levels=levels,
            )
        )
    return rows


def _asked(sample: Sample) -> Sequence[Asked]:
    """What each response of a sample answers, or once what all of them do."""
    if not (whole := sample.metadata.trajectories):
        turns = sample.input if isinstance(sample.input, list) else [Turn(role="user", content=sample.input)]
        return [_of_conversation(turns, (), chosen=False)]
    # What was guessed beside a dialogue does not make its answers probabilities.
    drawn_none = [bool(each.chosen or each.words) and not each.turns for each in whole]
    return [_of_conversation(each.given, each.turns, chosen=none) for each, none in zip(whole, drawn_none, strict=True)]


def _of_conversation(given: Sequence[Turn], turns: Sequence[Turn], *, chosen: bool) -> Asked:
    before, after = ([Message(turn.role, turn.content) for turn in each] for each in (given, turns))
    question, prefill = question_of(before, after), prefill_of(before, after)
    return Asked(sys.intern(question), system_of(before), tells_system=True, prefill=prefill, chosen=chosen)


def _stored(file: Path, sample: Sample, keys: Iterable[str]) -> list[Stored]:
    """What the scorer stored for each response."""
    found = sample.kept(SCORER).responses
    if found is None and sample.error is not None:
        return [Stored(values=dict.fromkeys(keys), causes=dict.fromkeys(keys, ERROR))]
    if found is None:
        raise InputError.at(file, "this run was not scored; score it with `inspect score`, or remove the log")
    return found
