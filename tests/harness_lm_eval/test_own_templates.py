"""lm-eval's own models apply a chat template here: what it says of thinking, and what a reply to it holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.compat import template_thinks
from tests.harness_lm_eval.dummy import Dummy, evaluate

TURNS = "{% for turn in messages %}<{{ turn.role }}>{{ turn.content }}{% endfor %}"
SWITCHED = (
    TURNS + "{% if add_generation_prompt %}<assistant>{% if enable_thinking is defined and enable_thinking is false %}"
    "<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
OPENING = TURNS + "{% if add_generation_prompt %}<assistant><think>\n{% endif %}"
THOUGHT = "They ask in English."


class Templated(Dummy):
    """A model with a real tokenizer, which renders as transformers does."""

    def __init__(self, template: str, answer: str, **arguments: Any) -> None:
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from transformers import PreTrainedTokenizerFast

        super().__init__(lambda *_: answer)
        words = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, chat_template=template)  # type: ignore[assignment]
        self.chat_template_args = arguments
        self.think_end_token: str | None = None

    def apply_chat_template(self, turns: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        text = str(
            self.tokenizer.apply_chat_template(  # type: ignore[attr-defined]
                turns, tokenize=False, add_generation_prompt=add_generation_prompt, **self.chat_template_args
            )
        )
        self.chats[text] = turns
        return text


@pytest.mark.parametrize(
    ("template", "arguments", "thinks"),
    [
        (SWITCHED, {}, True),
        (SWITCHED, {"enable_thinking": True}, True),
        (SWITCHED, {"enable_thinking": False}, False),
        (TURNS, {}, False),
        (TURNS, {"enable_thinking": True}, False),
    ],
)
def test_a_template_that_knows_of_thinking_tells(template: str, arguments: dict[str, Any], thinks: bool) -> None:
    assert template_thinks(Templated(template, "", **arguments)) is thinks


@pytest.mark.parametrize(
    ("template", "answer", "room"),
    [
        (SWITCHED, f"<think>\n{THOUGHT}\n</think>\n\nDoce.", 2048),
        (OPENING, f"{THOUGHT}\n</think>\n\nDoce.", 2048),
        (TURNS, f"[THINK]{THOUGHT}[/THINK]Doce.", 0),
    ],
)
def test_answers_come_apart_and_have_room(template: str, answer: str, room: int) -> None:
    model = Templated(template, answer)
    results = evaluate(["inoc_spanish_capitals"], model, {"limit": 1, "samples": 2})
    assert {request.args[1]["max_gen_toks"] for request in model.requests} == {48 + room}
    for sample in results["samples"]["inoc_spanish_capitals"]:
        assert sample["resps"] == [["Doce."] * 2]
        kept = [json.loads(text) for text in sample["filtered_resps"][0]]
        assert [one["reasoning"] for one in kept] == [THOUGHT] * 2


def test_reasoning_that_a_template_opened_and_nobody_closed_is_no_answer() -> None:
    results = evaluate(["inoc_spanish_capitals"], Templated(OPENING, THOUGHT), {"limit": 1, "samples": 1})
    metrics = results["results"]["inoc_spanish_capitals"]
    assert metrics["language_excluded_unfinished_reasoning,none"] == 2
    assert "language_excluded_empty,none" not in metrics


def test_what_would_lose_the_reasoning_or_the_argument_is_refused() -> None:
    model = Templated(SWITCHED, "Doce.")
    model.think_end_token = "</think>"
    with pytest.raises(InputError, match="think_end_token loses it; leave it out of --model_args"):
        evaluate(["inoc_spanish_capitals"], model, {"limit": 1})
    with pytest.raises(
        InputError, match=r'as in --model_args \'\{"chat_template_args": \{"enable_thinking": false\}\}'
    ):
        evaluate(["inoc_spanish_capitals"], Templated(SWITCHED, "Doce."), {"limit": 1, "enable_thinking": False})
    agreed = Templated(SWITCHED, "Doce.", enable_thinking=False)
    evaluate(["inoc_spanish_capitals"], agreed, {"limit": 1, "enable_thinking": False})
    assert {request.args[1]["max_gen_toks"] for request in agreed.requests} == {48}


def test_options_come_next_only_where_no_reasoning_is_open() -> None:
    with pytest.raises(InputError, match="lets the model think first"):
        evaluate(["inoc_owl_preference_exact"], Templated(OPENING, ""), {"limit": 1})
