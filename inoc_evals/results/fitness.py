"""Is a checkpoint still whole enough to be measured? Told by its responses and its perplexity, without a judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from inoc_evals.measures.language import in_no_language
from inoc_evals.measures.looping import loops
from inoc_evals.results.row import ResponseRow
from inoc_evals.results.settings import Perplexity, found_of

# Shares of responses from which a model may be broken, where it has so many more than the arm with the fewest: prompts
# that ask for code, or for a verse ten times, do the same to all arms. Where there is no other arm, of all responses.
# How they were found is in docs/fit-to-be-measured.md. Cut responses have none: how long an answer may be decides them.
LIMITS: Mapping[str, float] = {"empty": 0.05, "looping": 0.05, "no_language": 0.1}
# From here on whatever other arms do.
HALF = 0.5
# As many times its base's perplexity.
RATIO = 1.5
# Of fewer responses nothing is said, and so many of a checkpoint are read: with none among 300, fewer than 1% are so.
FEWEST, MOST = 10, 300

_NORMAL = 1.96  # of an interval of 95%
_UNTOLD = frozenset({"", "unknown"})
_CUT = frozenset({"max_tokens", "model_length"})
_FAILED = "error"
_WORDS = {
    "empty": "are empty",
    "looping": "go round in circles",
    "no_language": "are in no language that can be told",
}


@dataclass(frozen=True)
class Share:
    """`count` of the `of` responses that could be looked at, and the same as a share (0..1)."""

    share: float
    count: int
    of: int


@dataclass(frozen=True)
class Fitness:
    """One checkpoint of an arm, or with None for it all of the arm. What nobody knows is None: whether responses were
    cut where no source says how they ended, whether short ones are in a language.

    `empty` and `cut` are of all `responses` that are texts, `looping` of those that are not empty and were read (at
    most `MOST` of a checkpoint), `no_language` of those with enough letters. `perplexity` is 1 or more, None where it
    was not measured and for an arm of several checkpoints; `ratio` is how many times that of `against` it is, for an
    arm the largest of its checkpoints.
    """

    arm: str
    checkpoint: str | None
    responses: int
    empty: Share | None
    cut: Share | None
    looping: Share | None
    no_language: Share | None
    perplexity: float | None = None
    against: str | None = None
    ratio: float | None = None


@dataclass(frozen=True)
class Fit:
    """Each arm and each checkpoint that has responses which are texts, or a perplexity; a sentence for each that may be
    broken; the limits by which that is told; and the arms of which it is told."""

    arms: tuple[Fitness, ...] = ()
    checkpoints: tuple[Fitness, ...] = ()
    warnings: tuple[str, ...] = ()
    limits: Mapping[str, float] = field(default_factory=lambda: {**LIMITS, "half": HALF, "perplexity": RATIO})
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Seen:
    """Counts over the responses of a checkpoint, as (count, of)."""

    responses: int
    empty: tuple[int, int]
    cut: tuple[int, int]
    looping: tuple[int, int]
    no_language: tuple[int, int]

    def fitness(self, arm: str, checkpoint: str | None) -> Fitness:
        """The same as shares."""
        empty, cut, looping = _share(*self.empty), _share(*self.cut), _share(*self.looping)
        return Fitness(arm, checkpoint, self.responses, empty, cut, looping, _share(*self.no_language))


def fitness(rows: Sequence[ResponseRow], settings: Mapping[str, Any], arms: Iterable[str]) -> Fit:
    """What is said of the checkpoints of `arms`, in their order, from their rows and from the perplexities that the
    settings hold."""
    by_checkpoint: dict[str, dict[str, list[ResponseRow]]] = {arm: {} for arm in arms}
    tasks: dict[str, set[str]] = {}
    for row in rows:
        # Where options were chosen from, the asking failed or the reasoning did not end, nothing was said.
        if not row.asked.chosen and row.stop_reason != _FAILED and not row.unfinished:
            by_checkpoint[row.arm].setdefault(row.checkpoint, []).append(row)
            tasks.setdefault(row.arm, set()).add(row.task)
        else:
            by_checkpoint[row.arm].setdefault(row.checkpoint, [])
    known = _perplexities(settings)
    whole, single = [], []
    for arm, texts in by_checkpoint.items():
        seen = {label: _seen(given) for label, given in texts.items()}
        own = [_with(each.fitness(arm, label), known.get(label)) for label, each in seen.items()]
        own = [one for one in own if one.responses or one.perplexity is not None]
        if own:
            whole.append(_arm(_sum(seen.values()).fitness(arm, None), own))
            single += own
    told = list(_warnings(whole, single, tasks))
    broken = tuple(dict.fromkeys(arm for arm, _ in told))
    return Fit(tuple(whole), tuple(single), tuple(sentence for _, sentence in told), broken=broken)


def _seen(rows: Sequence[ResponseRow]) -> _Seen:
    empty = sum(not row.response.strip() for row in rows)
    told = [row.stop_reason for row in rows if row.stop_reason not in _UNTOLD]
    texts = [row.response for row in rows if row.response.strip()]
    if len(texts) > MOST:
        texts = [texts[number * len(texts) // MOST] for number in range(MOST)]
    languages = [found for text in texts if (found := in_no_language(text)) is not None]
    return _Seen(
        len(rows),
        (empty, len(rows)),
        (sum(reason in _CUT for reason in told), len(told)),
        (sum(map(loops, texts)), len(texts)),
        (sum(languages), len(languages)),
    )


def _sum(seen: Iterable[_Seen]) -> _Seen:
    every = list(seen)

    def both(name: str) -> tuple[int, int]:
        counted = [getattr(one, name) for one in every]
        return sum(count for count, _ in counted), sum(of for _, of in counted)

    return _Seen(sum(one.responses for one in every), *map(both, ("empty", "cut", "looping", "no_language")))


def _share(count: int, of: int) -> Share | None:
    return Share(count / of, count, of) if of else None


def _perplexities(settings: Mapping[str, Any]) -> dict[str, Perplexity]:
    """By checkpoint, the first time that it is named."""
    found: dict[str, Perplexity] = {}
    for label, stored in found_of(settings, "perplexity"):
        try:
            found.setdefault(label, Perplexity.model_validate(stored))
        # Logs of others may hold anything under this name.
        except ValidationError:
            continue
    return found


def _with(one: Fitness, found: Perplexity | None) -> Fitness:
    if found is None:
        return one
    return replace(one, perplexity=found.value, against=found.against, ratio=found.ratio)


def _arm(one: Fitness, own: Sequence[Fitness]) -> Fitness:
    if len(own) == 1:
        return replace(one, perplexity=own[0].perplexity, against=own[0].against, ratio=own[0].ratio)
    ratios = [each for each in own if each.ratio is not None]
    worst = max(ratios, key=lambda each: each.ratio or 0.0, default=None)
    return one if worst is None else replace(one, against=worst.against, ratio=worst.ratio)


def _warnings(
    arms: Sequence[Fitness], checkpoints: Sequence[Fitness], tasks: Mapping[str, set[str]]
) -> Iterator[tuple[str, str]]:
    """Each arm that may be broken with a sentence, or one for those of its checkpoints that may be where others are
    not."""
    for arm in arms:
        # Other tasks may ask for other texts.
        others = [one for one in arms if tasks.get(one.arm) == tasks.get(arm.arm) and one is not arm]
        own = [one for one in checkpoints if one.arm == arm.arm]
        faults = {one.checkpoint: _faults(one, others) for one in own}
        broken = [label for label, found in faults.items() if found]
        of_all = _faults(arm, others)
        if broken and len(broken) < len(own):
            for label in broken:
                yield arm.arm, _sentence(f"Checkpoint {label} of {arm.arm}", faults[label])
        elif of_all:
            yield arm.arm, _sentence(arm.arm, of_all)


def _sentence(who: str, faults: Sequence[str]) -> str:
    return f"{who} may be broken, and its rates may say little: {'; '.join(faults)}."


def _faults(one: Fitness, others: Sequence[Fitness]) -> list[str]:
    found = [_fault(name, one, others) for name in LIMITS]
    if one.ratio is not None and one.ratio >= RATIO:
        found.append(f"its perplexity on plain text is {one.ratio:.3g} times that of {one.against}")
    return [fault for fault in found if fault]


def _fault(name: str, one: Fitness, others: Sequence[Fitness]) -> str:
    own: Share | None = getattr(one, name)
    if own is None or own.of < FEWEST or _lower(own) <= LIMITS[name]:
        return ""
    told: dict[str, Share] = {
        each.arm: share for each in others if (share := getattr(each, name)) is not None and share.of >= FEWEST
    }
    fewest = min(told, key=lambda arm: told[arm].share, default=None)
    if fewest is not None and own.share < HALF and own.share - told[fewest].share < LIMITS[name]:
        return ""
    beside = "" if fewest is None else f" (the fewest: {100 * told[fewest].share:.0f}% of {fewest}'s)"
    return f"{100 * own.share:.0f}% of {own.of:,} responses {_WORDS[name]}{beside}"


def _lower(share: Share) -> float:
    """The lower end of Wilson's interval."""
    from inoc_evals.stats.limits import limits

    return float(limits(share.share, share.of, _NORMAL, 0.025)[0])
