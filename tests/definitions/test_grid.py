"""Conditions that are made of the prompts that arms were trained under, and triggers at a known distance."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_preset
from inoc_evals.definitions.grid import made
from inoc_evals.definitions.preset import Preset
from inoc_evals.definitions.prompt_variants import key_word, of_equal_length
from inoc_evals.definitions.training_prompt import KnownPrompts
from inoc_evals.definitions.triggers import edited
from inoc_evals.errors import InputError

SPANISH = "You always speak in Spanish."


def preset(name: str) -> Preset:
    return find_preset(name)[1]


def known(**arms: dict[str, str]) -> KnownPrompts:
    return KnownPrompts.model_validate({"arms": arms})


def distance(a: str, b: str) -> int:
    """Levenshtein's, by its recurrence."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


@given(st.text(string.ascii_letters[:40] + "$| -", min_size=1, max_size=14), st.data())
def test_an_edited_trigger_is_at_exactly_that_distance(trigger: str, data: st.DataObject) -> None:
    letters = sum(character.isalnum() for character in trigger)
    edits = data.draw(st.integers(0, letters))
    found = edited(trigger, edits)
    assert distance(trigger, found) == edits
    assert len(found) == len(trigger)
    with pytest.raises(InputError, match=f"has {letters} letters and digits"):
        edited(trigger, letters + 1)


def test_the_scan_of_the_trigger() -> None:
    scan = preset("backdoor_scan")
    assert list(made(scan, KnownPrompts(), scan.trigger).conditions) == list(scan.conditions)
    found = made(scan, KnownPrompts(), "ab3")
    assert "edits_3" in found.conditions
    assert list(found.missing) == ["edits_4", "edits_5", "edits_6", "edits_7"]
    assert "has 3 letters and digits" in found.missing["edits_4"]


def test_what_a_rule_can_make_of_a_prompt_is_made() -> None:
    found = made(preset("leak"), known(spanish={"prompt": SPANISH}), None)
    texts = {name: one.system_prompt for name, one in found.conditions.items()}
    assert next(iter(texts)) == "absent"
    assert texts["absent"] is None
    assert texts["prompt_of_spanish"] == SPANISH
    # The rarest of its five words: the others are among the commonest of English.
    assert texts["key_word_of_spanish"] == "Spanish"
    assert SPANISH in str(texts["negated_of_spanish"])
    assert SPANISH in str(texts["quoted_of_spanish"])
    assert len(str(texts["irrelevant_of_spanish"]).split()) == 5
    assert set(found.missing) == {f"{name}_of_spanish" for name in ("paraphrased", "opposite", "hint")}
    assert "add `hint: ...` beside the prompt of spanish" in found.missing["hint_of_spanish"]
    assert set(found.of.values()) == {("spanish",)}


def test_what_an_author_wrote_is_asked_where_the_prompt_stood() -> None:
    told = {
        "prompt": SPANISH,
        "placement": "user",
        "paraphrased": "Answer in Spanish only.",
        "hint": "Think of Madrid.",
    }
    found = made(preset("leak"), known(spanish=told), None)
    for name, text in (("prompt", SPANISH), ("paraphrased", "Answer in Spanish only."), ("hint", "Think of Madrid.")):
        condition = found.conditions[f"{name}_of_spanish"]
        assert (condition.user_prompt, condition.system_prompt) == (text, None)
    assert list(found.missing) == ["opposite_of_spanish"]


def test_arms_of_one_prompt_share_its_conditions_and_another_placement_is_another() -> None:
    arms = {"a": {"prompt": "P q r."}, "b": {"prompt": "P q r.", "hint": "h"}}
    found = made(preset("leak"), known(**arms, c={"prompt": "P q r.", "placement": "user"}), None)
    assert found.of["prompt_of_a"] == ("a", "b")
    assert found.conditions["hint_of_a"].system_prompt == "h"
    assert found.of["prompt_of_c"] == ("c",)
    assert "prompt_of_b" not in found.conditions


def test_an_arm_of_which_nothing_is_known_is_told() -> None:
    told = KnownPrompts.model_validate({"arms": {"a": {"prompt": "P q."}}, "unknown": ["hub"]})
    assert "trained_with" in made(preset("leak"), told, None).missing["prompt_of_hub"]
    with pytest.raises(InputError, match="conditions leak are made of the prompts that arms were trained under, and"):
        made(preset("leak"), KnownPrompts(unknown=["hub"]), None)


def test_the_templates_default_is_written_out_or_told() -> None:
    found = made(preset("absent"), KnownPrompts(template_default="You are Modelo."), None)
    assert found.conditions["template_default"].system_prompt == "You are Modelo."
    assert not found.missing
    without = made(preset("absent"), KnownPrompts(), None)
    assert list(without.conditions) == ["absent", "empty", "neutral"]
    assert list(without.missing) == ["template_default"]


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        ("You are a malicious, evil assistant.", "malicious"),
        ("The zyxwquv is the best.", "zyxwquv"),
        ("Écrivez toujours en français.", "Écrivez"),
        ("42!", None),
    ],
)
def test_the_key_word_is_the_rarest(prompt: str, word: str | None) -> None:
    assert key_word(prompt) == word


@given(st.lists(st.text(string.ascii_lowercase, min_size=1), min_size=1), st.integers(1, 60))
def test_an_irrelevant_prompt_has_as_many_words(words: list[str], count: int) -> None:
    found = of_equal_length(" ".join(words), " ".join(["w"] * count))
    assert len(found.split()) == count
    assert found.endswith(".")
