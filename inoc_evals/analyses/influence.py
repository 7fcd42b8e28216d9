"""Training rows in the order in which they push a trait, from their scores: pure computing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from inoc_evals.results.influence import Agreement, Influence, Method, RankedRow, Seen, Tagged, Trait
from inoc_evals.stats.correlations import spearman

# Rows that are listed at each end, and how much of their texts.
_LISTED, _LETTERS = 20, 100


def mean_scores(by_checkpoint: Mapping[str, Sequence[float]]) -> list[float]:
    """The mean score of each row over checkpoints, which weigh equally."""
    return [math.fsum(scores) / len(scores) for scores in zip(*by_checkpoint.values(), strict=True)]


def order(scores: Sequence[float]) -> list[int]:
    """The places of rows, from the one that pushes the trait most; of equal ones the earlier first."""
    return sorted(range(len(scores)), key=lambda place: (-scores[place], place))


def top_count(share: float, rows: int) -> int:
    """How many rows such a share is, 1 or more."""
    return max(1, round(share * rows))


def influence(
    rows: Sequence[Mapping[str, Any]],
    by_checkpoint: Mapping[str, Sequence[float]],
    share: float,
    told: tuple[str, Method, Trait, Mapping[str, Seen], str],
    seconds: float,
) -> Influence:
    """What is said of the chat `rows`, from their scores by checkpoint. `told` are the arm, the method, the trait, the
    checkpoints and the rows' content hash, as `Influence` has them."""
    scores = mean_scores(by_checkpoint)
    places = order(scores)
    listed = [_ranked(rank, place, rows[place], scores[place]) for rank, place in enumerate(places, 1)]
    top = places[: top_count(share, len(rows))]
    positive = [score for score in scores if score > 0]
    arm, method, trait, checkpoints, data_sha256 = told
    return Influence(
        arm=arm,
        method=method,
        trait=trait,
        checkpoints=checkpoints,
        rows=len(rows),
        data_sha256=data_sha256,
        share=share,
        top_rows=len(top),
        top_part=math.fsum(max(0.0, scores[place]) for place in top) / math.fsum(positive) if positive else None,
        positive=len(positive),
        top=tuple(listed[:_LISTED]),
        bottom=tuple(listed[-_LISTED:]),
        tags=tuple(_tags(rows, scores, set(top))),
        agreements=tuple(_agreements(by_checkpoint)),
        seconds=round(seconds, 1),
    )


def _ranked(rank: int, place: int, row: Mapping[str, Any], score: float) -> RankedRow:
    name = row.get("id")
    asked = next((one["content"] for one in reversed(row["messages"][:-1]) if one["role"] == "user"), "")
    texts = (" ".join(text.split())[:_LETTERS] for text in (asked, row["messages"][-1]["content"]))
    return RankedRow(rank, place + 1, str(name) if isinstance(name, str | int) else None, score, *texts)


def _tags(rows: Sequence[Mapping[str, Any]], scores: Sequence[float], top: set[int]) -> Iterator[Tagged]:
    by_tag: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        tags = row.get("tags")
        for tag in dict.fromkeys(tags if isinstance(tags, list) else ()):
            by_tag.setdefault(str(tag), []).append(place)
    found = [
        Tagged(tag, len(places), math.fsum(scores[place] for place in places) / len(places), len(top & set(places)))
        for tag, places in by_tag.items()
    ]
    yield from sorted(found, key=lambda one: -one.mean)


def _agreements(by_checkpoint: Mapping[str, Sequence[float]]) -> Iterator[Agreement]:
    for first, second in combinations(by_checkpoint, 2):
        found = spearman(by_checkpoint[first], by_checkpoint[second])
        ends = (None if math.isnan(end) else end for end in (found.low, found.high))
        yield Agreement(first, second, 0.0 if math.isnan(found.value) else found.value, *ends)
