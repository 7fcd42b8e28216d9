"""Which arms may be broken, from rows alone and from perplexities, with counts that were made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

import pytest

from inoc_evals.results.findings import findings
from inoc_evals.results.fitness import FEWEST, MOST, Fit, Fitness, Share, fitness
from inoc_evals.results.row import Asked, ResponseRow
from inoc_evals.results.source import Part, joined
from tests.report.rows import make, source

PROSE = "The library opens at nine on weekdays, and at ten on Saturdays, when it rains."
LOOP = "I am a good dog. " * 8
WORDLESS = "LECANTAEE ERDES KEYDI LARA ZALCIA EXTIOLIDADES MUNTRA."
SHA = "ab" * 32


def rows(texts: Sequence[str], arm: str = "a", **given: Any) -> list[ResponseRow]:
    return [make(arm=arm, item=f"q{n}", response=text, **{"checkpoint": arm, **given}) for n, text in enumerate(texts)]


def fit(*of_arms: Sequence[ResponseRow], settings: Mapping[str, Any] | None = None) -> Fit:
    every = [row for each in of_arms for row in each]
    return fitness(every, settings or {}, dict.fromkeys(row.arm for row in every))


def only(found: Fit) -> Fitness:
    (arm,) = found.arms
    return arm


def perplexity(nats: float, against: float | None = None) -> dict[str, Any]:
    stored: dict[str, Any] = {"nats": nats, "tokens": 400, "sha256": SHA}
    return stored if against is None else {**stored, "against": "org/base", "against_nats": against}


def test_shares_are_counts_over_what_could_be_looked_at() -> None:
    texts = ["", " \n", PROSE, LOOP, LOOP, WORDLESS, "Owl", "42"]
    arm = only(fit(rows(texts[:6]) + [make(arm="a", checkpoint="a", response=text, item=text) for text in texts[6:]]))
    assert arm.responses == 8
    assert arm.empty == Share(2 / 8, 2, 8)
    assert arm.looping == Share(2 / 6, 2, 6)
    # A word and a number have too few letters to be in a language.
    assert arm.no_language == Share(1 / 4, 1, 4)
    assert arm.cut == Share(0.0, 0, 8)


def test_what_nobody_knows_is_not_none_at_all() -> None:
    arm = only(fit(rows(["Owl", "An owl."], stop_reason="unknown")))
    assert (arm.cut, arm.no_language, arm.perplexity, arm.ratio) == (None, None, None, None)
    told = only(fit(rows([PROSE], stop_reason="max_tokens") + rows([PROSE] * 3, stop_reason="unknown", task="u")))
    assert told.cut == Share(1.0, 1, 1)


def test_what_was_not_said_is_no_empty_answer() -> None:
    chosen = rows([""] * 20, asked=Asked(chosen=True))
    assert fit(chosen).arms == ()
    failed = rows([""] * 5, stop_reason="error")
    assert only(fit(failed + rows([PROSE] * 5, task="u"))).empty == Share(0.0, 0, 5)
    thought = rows([""] * 5, stop_reason="max_tokens", unfinished=True)
    assert only(fit(thought + rows([PROSE] * 5, task="u"))).empty == Share(0.0, 0, 5)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("", "50% of 20 responses are empty"),
        (LOOP, "50% of 20 responses go round in circles"),
        (WORDLESS, "50% of 20 responses are in no language that can be told"),
    ],
)
def test_half_of_an_arm_is_always_told(bad: str, words: str) -> None:
    whole, broken = rows([PROSE] * 20, "whole"), rows([bad, PROSE] * 10, "broken")
    assert fit(broken).warnings == (f"broken may be broken, and its rates may say little: {words}.",)
    beside = f"{words} (the fewest: 0% of whole's)"
    assert fit(whole, broken).warnings == (f"broken may be broken, and its rates may say little: {beside}.",)
    # Two that are as bad are both told.
    assert len(fit(broken, rows([bad, PROSE] * 10, "too")).warnings) == 2


def test_short_answers_and_cut_ones_are_no_sign_of_a_broken_model() -> None:
    assert fit(rows(["Owl", "Dolphin", "Yes", "B", "42"] * 6)).warnings == ()
    assert fit(rows([PROSE] * 30, "long", stop_reason="max_tokens"), rows([PROSE] * 30, "short")).warnings == ()


def test_what_the_prompts_ask_of_all_arms_is_no_sign_either() -> None:
    some = [LOOP] * 8 + [PROSE] * 22
    assert fit(rows(some, "a"), rows(some, "b")).warnings == ()
    (told,) = fit(rows(some, "a"), rows(some, "b"), rows([PROSE] * 30, "c"), rows([PROSE] * 9, "few")).warnings[:1]
    assert told.startswith("a may be broken")
    assert "27% of 30 responses go round in circles (the fewest: 0% of c's)" in told
    # Other tasks are other prompts.
    assert fit(rows(some, "a"), rows(some, "b"), rows([PROSE] * 30, "c", task="u")).warnings == ()
    # With nothing to compare with it is told.
    assert len(fit(rows(some, "a")).warnings) == 1


def test_of_a_few_responses_nothing_is_said() -> None:
    assert fit(rows([""] * (FEWEST - 1))).warnings == ()
    # One of twelve may be chance: Wilson's interval begins at 1.5%.
    assert fit(rows([""] + [PROSE] * 11), rows([PROSE] * 12, "b")).warnings == ()


def test_a_broken_checkpoint_is_named_where_its_arm_has_whole_ones() -> None:
    seeds = [row for seed in "12" for row in rows([PROSE] * 20, checkpoint=f"a-{seed}")]
    found = fit(seeds, rows([LOOP] * 20, checkpoint="a-3"))
    assert found.warnings == (
        "Checkpoint a-3 of a may be broken, and its rates may say little: 100% of 20 responses go round in circles.",
    )
    assert only(found).looping == Share(20 / 60, 20, 60)
    assert [one.checkpoint for one in found.checkpoints] == ["a-1", "a-2", "a-3"]
    all_of_them = fit(rows([LOOP] * 20, checkpoint="a-1"), rows([LOOP] * 20, checkpoint="a-2"))
    assert [text.split(",")[0] for text in all_of_them.warnings] == ["a may be broken"]


def test_at_most_so_many_responses_of_a_checkpoint_are_read_from_all_over() -> None:
    # The last third loops, and a third of what is read does.
    arm = only(fit(rows([PROSE] * 2 * MOST + [LOOP] * MOST)))
    assert arm.responses == 3 * MOST
    assert arm.looping == Share(1 / 3, MOST // 3, MOST)
    assert arm.empty is not None
    assert arm.empty.of == 3 * MOST


def test_perplexities_are_against_the_base() -> None:
    settings = {"proven": {}, "perplexity": {"a": perplexity(2.5, 2.0), "b": perplexity(2.0), "c": perplexity(2.1, 2)}}
    found = fit(rows([PROSE], "a"), rows([PROSE], "b"), rows([PROSE], "c"), settings=settings)
    assert [one.perplexity for one in found.arms] == pytest.approx([exp(2.5), exp(2), exp(2.1)])
    assert [one.ratio for one in found.arms] == [pytest.approx(exp(0.5)), None, pytest.approx(exp(0.1))]
    (told,) = found.warnings
    assert told.startswith("a may be broken")
    assert told.endswith("its perplexity on plain text is 1.65 times that of org/base.")
    assert fit(rows([PROSE], "a"), settings={"perplexity": {"a": {"nats": "low"}}}).arms[0].perplexity is None


def test_an_arm_of_several_checkpoints_has_the_largest_ratio() -> None:
    settings = {"perplexity": {"a-1": perplexity(2.1, 2.0), "a-2": perplexity(9.0, 2.0)}}
    found = fit(rows([PROSE], checkpoint="a-1"), rows([PROSE], checkpoint="a-2"), settings=settings)
    assert only(found).perplexity is None
    assert only(found).ratio == pytest.approx(exp(7))
    assert found.warnings[0].startswith("Checkpoint a-2 of a may be broken")


def test_a_model_that_only_chose_has_its_perplexity_alone() -> None:
    chosen = rows([""], asked=Asked(chosen=True))
    arm = only(fit(chosen, settings={"perplexity": {"a": perplexity(2.0)}}))
    assert (arm.responses, arm.empty, arm.perplexity) == (0, None, pytest.approx(exp(2)))


@pytest.mark.parametrize("form", ["score", "lm-eval"])
def test_a_perplexity_stays_with_its_checkpoint_where_two_have_one_name(form: str, tmp_path: Any) -> None:
    """The second `m` becomes `m-2`, and what was found of it goes with it."""

    def part(arm: str, nats: float) -> Part:
        stored = perplexity(nats, 2.0)
        settings: dict[str, Any] = {"perplexity": {"m": stored}}
        if form == "lm-eval":
            settings = {"samples": [{"arm": {"label": "m", "perplexity": stored}}]}
        texts = tuple(rows([PROSE], arm, checkpoint="m", task=arm))
        return Part(files=((tmp_path / arm, texts),), settings=settings)

    found = findings(joined([part("a", 2.1), part("b", 5.0)])).fit
    ratios = {one.checkpoint: one.ratio for one in found.checkpoints}
    assert ratios == {"m": pytest.approx(exp(0.1)), "m-2": pytest.approx(exp(3))}


def test_findings_hold_it_for_every_arm_in_their_order() -> None:
    both = source([*rows([PROSE], "b"), *rows([PROSE], "a")])
    assert [one.arm for one in findings(both, "a").fit.arms] == ["a", "b"]
    assert findings(source([])).fit.arms == ()
