"""Protocols other than free text inside inspect: what they ask of models, and what the logs say afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import EvalLog
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    Logprob,
    Logprobs,
    Model,
    ModelOutput,
    ModelUsage,
    TopLogprob,
    get_model,
)

from inoc_evals.harness.inspect.logs import read_rows
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.plan.compiled import make_plan
from tests.harness.unseen import eval
from tests.harness_lm_eval.vllm_like import encode, path_log, vllm_like

Write = Callable[..., None]
ORDERS = """
protocol: {name: choose, both_orders: true}
measures:
  agrees: {detector: probability, target: "yes", both_orders: true}
headline: [agrees_log_odds]
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    def write(definition: str, items: str, code: str | None = None) -> None:
        folder = tmp_path / "mine" / "tasks" / "made"
        folder.mkdir(parents=True)
        head = "name: made\nversion: 1-A\ntitle: Made\ndescription: for a test\nsource: a test\n"
        (folder / "task.yaml").write_text(head + definition)
        (folder / "items.jsonl").write_text(items)
        if code is not None:
            (folder / "task.py").write_text(code)
        monkeypatch.setenv("INOC_EVALS_PATH", str(tmp_path / "mine"))

    return write


def run(model: Model, folder: Path, task: str = "made", **options: Any) -> EvalLog:
    made = build(task, **options.pop("arguments", {}))
    (log,) = eval(made, model=model, display="none", log_dir=str(folder / "logs"), log_format="eval", **options)
    return log


def told(**shares: float) -> ModelOutput:
    """An answer with a list of the likeliest first tokens."""
    top = [TopLogprob(token=token, logprob=math.log(share)) for token, share in shares.items()]
    first = Logprob(token=top[0].token, logprob=top[0].logprob, top_logprobs=top)
    message = ChatMessageAssistant(content=top[0].token)
    return ModelOutput(model="m", choices=[ChatCompletionChoice(message=message, logprobs=Logprobs(content=[first]))])


def hosted(*outputs: ModelOutput) -> Model:
    for output in outputs:
        # Without it inspect would fetch a tokenizer to count with.
        output.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    return get_model("mockllm/model", custom_outputs=list(outputs), memoize=False)


def test_both_orders_on_a_server_are_exact_and_averaged(write: Write, tmp_path: Path) -> None:
    prompt = "Say {option_1} or {option_2}."
    write(ORDERS, f'{{"id": "a", "category": "c", "prompt": "{prompt}", "options": ["yes", "no"]}}\n')
    with vllm_like(lambda *_: "x") as server:
        model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
        log = run(model, tmp_path)
    assert log.status == "success"
    (row,) = read_rows([Path(log.location)])

    def share(text: str, word: str) -> float:
        begin = f"<user>{text}</><assistant>"
        return sum(math.exp(path_log(begin, form)) for form in (word, f" {word}"))

    odds = [math.log(share(text, "yes") / share(text, "no")) for text in ("Say yes or no.", "Say no or yes.")]
    shares = [1 / (1 + math.exp(-each)) for each in odds]
    assert row.values["agrees_log_odds"] == pytest.approx(sum(odds) / 2)
    assert row.values["agrees_order_difference"] == pytest.approx(shares[0] - shares[1])
    assert row.details["agrees_probability"]["exact"] is True
    assert row.prompt_text == "<user>Say yes or no.</><assistant>"
    assert encode("yes") == [121, 101, 115]


def test_a_hosted_model_tells_options_apart_by_their_first_tokens(write: Write, tmp_path: Path) -> None:
    write(ORDERS.replace("both_orders: true", "both_orders: false"), ITEM)
    log = run(hosted(told(yes=0.5, no=0.25, maybe=0.15)), tmp_path)
    assert log.status == "success"
    (row,) = read_rows([Path(log.location)])
    assert row.values["agrees_probability"] == pytest.approx(0.5)
    assert row.values["agrees_share"] == pytest.approx(2 / 3)
    assert row.details["agrees_probability"]["seen"] == pytest.approx({"": 0.9})
    assert row.details["agrees_probability"]["exact"] is False


ITEM = '{"id": "a", "category": "c", "prompt": "Well?", "options": ["yes", "no"]}\n'
SILENT = ModelOutput.from_content("m", "yes")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (SILENT, "gives no log probabilities, which this task is about; serve the model with vLLM"),
        (told(yes=0.5, maybe=0.1), "the 2 likeliest first tokens that this model tells hold none of 'no'"),
    ],
)
def test_a_hosted_model_that_does_not_tell_them_is_refused(
    write: Write, tmp_path: Path, output: ModelOutput, message: str
) -> None:
    write(ORDERS.replace("both_orders: true", "both_orders: false"), ITEM)
    log = run(hosted(output), tmp_path)
    assert log.status == "error"
    assert log.error is not None
    assert message in log.error.message


TALK = """
protocol: {name: converse, turns: 3, files: true, lines: ["Are you sure?"]}
measures:
  refusal: {detector: refusal}
headline: [refusal]
"""


def test_a_conversation_with_tools_is_one_response(write: Write, tmp_path: Path) -> None:
    write(TALK, '{"id": "a", "category": "c", "prompt": "Fix it.", "data": {"files": {"a.txt": "1"}}}\n')
    call = ModelOutput.for_tool_call("m", "write_file", {"name": "a.txt", "text": "2"})
    refusal = ModelOutput.from_content("m", "I'm sorry, but I can't help with that.")
    log = run(hosted(call, ModelOutput.from_content("m", "Done."), refusal), tmp_path)
    assert log.status == "success", log.error
    (row,) = read_rows([Path(log.location)])
    assert row.values == {"refusal": 1.0}
    assert row.response == refusal.completion
    (sample,) = log.samples or []
    assert sample.metadata["trajectories"][0]["files"] == {"a.txt": "2"}
    assert [message.role for message in sample.messages] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
        "assistant",
    ]


CODE = """
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.requests import Generate, Message
from inoc_evals.protocols.trajectory import Trajectory


def ask(item, condition, settings):
    given = presented(item, condition)
    (reply,) = yield [Generate(given, role=item.data.get("role"))]
    text = reply.completions[0].text
    return [Trajectory(item, condition, given, (Message("assistant", text),), noted={"offer": len(text)})]
"""
OWN = """
protocol: own
measures:
  offer: {detector: noted, note: offer, low: 0, high: 10, unit: dollars}
headline: [offer]
"""


def test_a_tasks_own_code_gives_values(write: Write, tmp_path: Path) -> None:
    write(OWN, '{"id": "a", "category": "c", "prompt": "Offer?"}\n', CODE)
    log = run(hosted(ModelOutput.from_content("m", "four")), tmp_path)
    assert log.status == "success", log.error
    assert [dict(row.values) for row in read_rows([Path(log.location)])] == [{"offer": 4.0}]


def test_questions_that_are_drawn_and_exact_guesses_go_through_one_dialogue(tmp_path: Path) -> None:
    question = 'Do you accept "anna7"?'
    with vllm_like(lambda *_: question) as server:
        model = get_model("openai-api/vllm/arm", base_url=server.url, api_key="key", memoize=False)
        log = run(model, tmp_path, "elicitation", arguments={"turns": "1", "limit": 1})
    assert log.status == "success", log.error
    item, row = next(
        (item, row)
        for item in make_plan("elicitation", {"limit": 1}).items
        for row in read_rows([Path(log.location)])
        if row.item == item.id == "user_names-edge"
    )
    intro, ask = item.data["intro"], f"<user>{item.prompt}</><assistant>"

    def right(before: str) -> float:
        shares = []
        for number, case in enumerate(item.data["cases"]):
            words = "yes or no" if number // 2 % 2 == 0 else "no or yes"
            guess = f'Guess: do I accept the user name "{case["text"]}"? Say only {words}.'
            begin = f"{before} {guess}</><assistant>"
            yes, no = (
                sum(math.exp(path_log(begin, lead + form)) for lead in ("", " ") for form in forms)
                for forms in (("yes", "Yes", "YES"), ("no", "No", "NO"))
            )
            shares.append((yes if case["yes"] else no) / (yes + no))
        return sum(shares) / len(shares)

    before, after = right(f"<user>{intro}"), right(f'{ask}{question}</><user>Yes, I accept "anna7".')
    assert row.values["right_before"] == pytest.approx(before)
    assert row.values["right_after"] == pytest.approx(after)
    assert row.values["right_gain"] == pytest.approx(after - before)
    assert row.values["understood"] == 1.0
    # The row is one of a text: what was guessed beside it is in the values.
    assert (row.response, row.asked.chosen, row.prompt_text) == (question, False, ask)
    assert [body["max_tokens"] for body in server.sent()] == [40] * 3


def test_a_role_that_nobody_plays_is_refused(write: Write, tmp_path: Path) -> None:
    write(OWN, '{"id": "a", "category": "c", "prompt": "Offer?", "data": {"role": "seller"}}\n', CODE)
    log = run(hosted(ModelOutput.from_content("m", "four")), tmp_path)
    assert log.error is not None
    assert "talks to the model of role 'seller', and there is none; write --model-role seller=" in log.error.message
