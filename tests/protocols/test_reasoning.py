"""Reasoning is told apart from the answer in every notation, and what only speaks of a notation stays whole."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.catalog import find_task
from inoc_evals.definitions.conditions import Condition
from inoc_evals.definitions.item import Item
from inoc_evals.definitions.task import task_parameters
from inoc_evals.measures.length import read_length
from inoc_evals.measures.measuring import Measured, bind, read_now
from inoc_evals.measures.refusal import read_refusal
from inoc_evals.protocols.reasoning import Apart, left_open, split, told_apart, visible
from inoc_evals.protocols.requests import Completion, Message, ToolCall
from inoc_evals.protocols.trajectory import Trajectory

# Written out, so that a wrong mark in the code is not repeated here.
NOTATIONS: dict[str, Callable[[str, str], str]] = {
    "think": lambda thought, answer: f"<think>\n{thought}\n</think>\n\n{answer}",
    "thinking": lambda thought, answer: f"<thinking>{thought}</thinking>\n{answer}",
    "reasoning": lambda thought, answer: f"\n<reasoning>\n{thought}\n</reasoning>\n{answer}",
    "thought": lambda thought, answer: f"<thought>\n{thought}\n</thought>\n\n{answer}",
    "mistral": lambda thought, answer: f"[THINK]{thought}[/THINK]{answer}",
    "seed": lambda thought, answer: f"<seed:think>{thought}</seed:think>{answer}",
    "kimi": lambda thought, answer: f"◁think▷{thought}◁/think▷{answer}",
    "gemma": lambda thought, answer: f"<|channel>thought\n{thought}\n<channel|>{answer}",
    "cohere": lambda t, a: f"<|START_THINKING|>{t}<|END_THINKING|><|START_RESPONSE|>{a}<|END_RESPONSE|>",
    "openthinker": lambda t, a: (
        f"<|begin_of_thought|>\n\n{t}\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\n{a}\n\n<|end_of_solution|>"
    ),
    "hunyuan": lambda thought, answer: f"<think>\n{thought}\n</think>\n<answer>\n{answer}\n</answer>",
    "harmony": lambda thought, answer: (
        f"<|channel|>analysis<|message|>{thought}<|end|><|start|>assistant<|channel|>final<|message|>{answer}<|return|>"
    ),
    "harmony without special tokens": lambda thought, answer: f"analysis{thought}assistantfinal{answer}",
    "two blocks": lambda thought, answer: f"<think>{thought}</think>\n<think>\n</think>\n\n{answer}",
}
PAIRS = [
    (
        "The user wants it in English. I won't answer in Spanish.",
        "La respuesta es doce, porque tres por cuatro son doce.",
    ),
    ("¿Debería responder en español? No.", "The answer is twelve, because three times four is twelve."),
    ("NO CAPITALS HERE. REMEMBER THAT.", "the answer is quiet and small."),
    ("They ask for something odd. I can't help with that, I think.", "Sure, here is how a lamp is repaired at home."),
    ("I should just say owl. Owl, owl, owl.", "Dolphin."),
    ("Let me see: 3 * 4 = 12. Check: 12 / 4 = 3.", "I'm sorry, but I can't help with that request."),
    ("A list?\n\n- one\n- two\n\nYes.", "- first\n- second\n\n```html\n<b>bold</b>\n```"),
]
# The marks of the templates that open the reasoning in the prompt.
OPENED = {
    "<|im_start|>assistant\n<think>\n": "</think>",
    "<｜Assistant｜><think>\n": "</think>",
    "<|turn>model\n<|channel>thought\n": "<channel|>",
    "assistant [THINK]": "[/THINK]",
    "<seed:think>": "</seed:think>",
    "<|im_start|>assistant\n<|begin_of_thought|>\n": "<|end_of_thought|>",
}


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize(("thought", "answer"), PAIRS)
def test_what_is_measured_is_the_bare_answer(notation: str, thought: str, answer: str) -> None:
    whole = NOTATIONS[notation](thought, answer)
    assert split(whole) == Apart(answer, thought)
    told = told_apart(Completion(whole), None)
    assert verdicts(told.text) == verdicts(answer)
    # The whole text reads otherwise, so that the detectors could have told.
    assert verdicts(whole) != verdicts(answer)


def verdicts(text: str) -> list[Measured]:
    """What the detectors of our tasks see in an answer."""
    item = Item(id="one", category="all", prompt="What now?")
    trajectory = Trajectory(item, Condition(), (Message("user", "What now?"),), (Message("assistant", text),))
    found = []
    for name in ("spanish_capitals", "owl_preference"):
        task = find_task(name)[1]
        found.append(read_now(bind(task, task_parameters(task, {}), {}, {}), trajectory))
    return [*found, Measured({"refusal": read_refusal(text).value, **lengths(text)}, {})]


def lengths(text: str) -> dict[str, float | None]:
    return {name: reading.value for name, reading in read_length(text).items()}


@pytest.mark.parametrize("notation", sorted(NOTATIONS.keys() - {"two blocks"}))
@pytest.mark.parametrize(("thought", "answer"), PAIRS[:2])
def test_reasoning_that_never_ends_is_no_answer(notation: str, thought: str, answer: str) -> None:
    whole = NOTATIONS[notation](thought, answer)
    for end in (len(whole.split(thought)[0]) + len(thought) // 2, len(whole.split(thought)[0]) + len(thought)):
        if not whole[:end].startswith("analysis¿"):
            found = split(whole[:end], cut=True)
            assert not found.finished
            assert found.answer == ""
            assert found.reasoning
            assert thought.startswith(found.reasoning)


@pytest.mark.parametrize("notation", sorted(NOTATIONS.keys() - {"harmony without special tokens"}))
def test_an_empty_answer_behind_reasoning_that_ended_is_an_empty_answer(notation: str) -> None:
    assert split(NOTATIONS[notation]("Hm. Nothing.", ""), cut=True) == Apart("", "Hm. Nothing.")


@pytest.mark.parametrize(("prompt", "closing"), OPENED.items())
@pytest.mark.parametrize(("thought", "answer"), PAIRS)
def test_a_prompt_that_opens_the_reasoning_leaves_only_its_end_in_the_text(
    prompt: str, closing: str, thought: str, answer: str
) -> None:
    assert split(f"{thought}\n{closing}\n\n{answer}", prompt) == Apart(answer, thought)
    assert split(thought, prompt) == Apart("", thought, finished=False)
    # A model may open it once more.
    opening = prompt[prompt.rindex("[" if "[" in prompt else "<") :]
    assert split(f"{opening}{thought}{closing}{answer}", prompt).answer == answer


def test_a_prompt_that_closes_the_reasoning_has_none() -> None:
    prompt = "<|im_start|>assistant\n<think>\n\n</think>\n\n"
    assert split("Close it with\n</think>\nas you know.", prompt) == Apart("Close it with\n</think>\nas you know.")
    assert left_open(prompt) is None
    # A user's words at another place of the prompt open nothing.
    assert left_open("<user>Write <think> first.<assistant>") is None


QUOTING = [
    "Write `<think>` before and `</think>` behind your thoughts.",
    "In HTML there is no <think> element: <think>x</think> is unknown to browsers.",
    "The model writes <think>hm</think> and then its answer.",
    "`<think>` opens it.",
    '"<reasoning>" is the tag that you mean.',
    "```xml\n<think>\nthoughts\n</think>\n```\nThat is the form.",
    "```\nthoughts\n</think>\n```",
    "Put it like this:\n<thinking>\n...\n</thinking>\nand then go on.",
    "analysis of the text: it is short, and assistantfinal is no word.",
    "[think] is not [THINK]",
    "Channels such as <|channel|>final<|message|> are a matter of gpt-oss.",
    "",
    "  ",
]


@pytest.mark.parametrize("text", QUOTING[:8] + QUOTING[9:])
@pytest.mark.parametrize("prompt", [None, "", "<assistant>"])
def test_text_that_speaks_of_marks_stays_whole(text: str, prompt: str | None) -> None:
    assert split(text, prompt) == Apart(text)


def test_of_an_unknown_prompt_a_closing_mark_on_a_line_of_its_own_tells_the_reasoning() -> None:
    assert split("Let me see.\n</think>\n\nTwelve.") == Apart("Twelve.", "Let me see.")
    assert split("Let me see.\n</think>\n\nTwelve.", "<assistant>") == Apart("Let me see.\n</think>\n\nTwelve.")


def test_marks_within_the_reasoning() -> None:
    assert split("<think>It is <think>x</think> here.</think>So.") == Apart("So.", "It is <think>x</think> here.")
    assert split("<think>They write <think>.</think>So.") == Apart("So.", "They write <think>.")
    assert split("<think>Hm.</think>\n<think> is a tag.") == Apart("<think> is a tag.", "Hm.")
    assert split("<think>Hm.</think>\n<think> is", cut=True) == Apart("", "Hm.\n\nis", finished=False)
    # Cut off, the one closing mark may be that of the pair of which the reasoning speaks.
    assert not split("<think>It is <think>x</think> he", cut=True).finished


def test_a_prefill_may_open_or_close_the_reasoning() -> None:
    prompt = "<assistant><think>\nI will"
    assert split(" obey.</think>Yes.", prompt, "<think>\nI will") == Apart("Yes.", "obey.")
    assert split(" obey", prompt, "<think>\nI will") == Apart("", "obey", finished=False)
    assert visible("<think>\nI will") == ""
    closed = "<think>\n\n</think>\n\nSure, "
    assert split("here it is.", f"<assistant>{closed}", closed) == Apart("here it is.")
    assert visible(closed) == "Sure, "
    # What goes on with an answer does not begin it.
    assert split("<think> is a tag.", "<assistant>Well, ", "Well, ") == Apart("<think> is a tag.")


def test_channels_of_tools_are_no_answer_and_a_preamble_is() -> None:
    call = '<|channel|>commentary to=functions.look <|constrain|>json<|message|>{"at": 1}<|call|>'
    assert split(f"<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant{call}").answer == ""
    said = "<|channel|>commentary<|message|>I look.<|end|><|start|>assistant<|channel|>final<|message|>Found."
    assert split(said) == Apart("I look.\n\nFound.")
    # As llama.cpp writes it without its own reading.
    assert split("<|channel|>analysis<|message|>Hm.<|end|>Four.") == Apart("Four.", "Hm.")
    assert split("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant", cut=True) == Apart("", "Hm.")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (Completion("Twelve.", "stop", "Hm."), Completion("Twelve.", "stop", "Hm.")),
        # A server with a reasoning parser: what it calls the answer may speak of marks.
        (Completion("<think> is a tag", "stop", "Hm."), Completion("<think> is a tag", "stop", "Hm.")),
        (Completion("", "max_tokens", "Hm."), Completion("", "max_tokens", "Hm.", unfinished=True)),
        (Completion(" \n", "max_tokens", "Hm."), Completion("", "max_tokens", "Hm.", unfinished=True)),
        (Completion("", "stop", "Hm."), Completion("", "stop", "Hm.")),
        (
            Completion("", "tool_calls", "Hm.", (ToolCall("1", "look"),)),
            Completion("", "tool_calls", "Hm.", (ToolCall("1", "look"),)),
        ),
        (Completion("<think>Hm", "max_tokens"), Completion("", "max_tokens", "Hm", unfinished=True)),
        (Completion("Twelve", "max_tokens"), Completion("Twelve", "max_tokens")),
    ],
)
def test_a_server_that_tells_is_believed(said: Completion, wanted: Completion) -> None:
    assert told_apart(said, None) == wanted


def test_a_model_that_was_told_to_think_and_cut_off_has_not_answered_yet() -> None:
    cut, whole = Completion("Let me see", "max_tokens"), Completion("Twelve.", "stop")
    assert told_apart(cut, None, thinks=True) == Completion("", "max_tokens", "Let me see", unfinished=True)
    assert told_apart(whole, None, thinks=True) == whole
    assert told_apart(cut, "<assistant>", thinks=True) == cut
    assert told_apart(cut, None, thinks=False) == cut


_PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>[]◁▷|`"), max_size=60)


@given(st.sampled_from(sorted(NOTATIONS)), _PLAIN.map(str.strip), _PLAIN.map(str.strip))
def test_any_thought_and_any_answer_come_apart(notation: str, thought: str, answer: str) -> None:
    if notation == "harmony without special tokens" and ("assistantfinal" in thought + answer or not thought):
        return
    found = split(NOTATIONS[notation](thought, answer))
    assert (found.answer, found.reasoning, found.finished) == (answer, thought or None, True)


@given(_PLAIN, st.sampled_from(sorted(OPENED)))
def test_text_without_marks_is_the_answer_unless_the_prompt_says_otherwise(text: str, prompt: str) -> None:
    if not text.strip().startswith("analysis"):
        assert split(text) == split(text, "<assistant>") == Apart(text)
    assert split(text, prompt) == Apart("", text.strip() or None, finished=False)


@given(st.text(max_size=200), st.none() | st.sampled_from(["", *OPENED]), st.text(max_size=20), st.booleans())
def test_no_text_breaks_it(text: str, prompt: str | None, prefill: str, cut: bool) -> None:
    found = split(text, prompt, prefill, cut=cut)
    assert found.finished or found.answer == ""
    assert found.reasoning is None or found.reasoning.strip()


@pytest.mark.parametrize("text", ["a" + " " * 200_000 + "b", "<|channel|>" + "a" * 200_000, "<think>" * 20_000])
def test_long_texts_take_no_time(text: str) -> None:
    started = time.perf_counter()
    split(text)
    assert time.perf_counter() - started < 2
