"""Gradients of rows and of a trait, against finite differences, plain autograd, and steps of training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inoc_evals.analyses.gradients import Pull, Response, pulls
from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.errors import InputError
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.train import train
from tests.analyses.test_response_losses import by_hand, load, row
from tests.inoculation.conftest import tiny  # noqa: F401

torch = pytest.importorskip("torch")

ROWS = [
    row("hello friend", "hola ."),
    row("hello", "hola friend . adiós"),
    row("you speak", "friend . ."),
    row("hello", "friend .", "speak", "adiós friend ."),
]
TRAIT = (
    Response(row("you speak", "hola ."), 0.5),
    Response(row("hello .", "hola adiós friend"), 0.5),
    Response(row("you speak", "friend . ."), -1.0),
)


@pytest.fixture(scope="module")
def adapter(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    folder = tmp_path_factory.mktemp("adapter") / "a"
    train(tiny, ROWS * 4, folder, Recipe(epochs=2, batch_size=4, learning_rate=0.02, rank=4))
    return folder


@pytest.fixture(scope="module")
def found(tiny: Path, adapter: Path) -> tuple[Pull, ...]:  # noqa: F811
    return pulls(LanguageModel(tiny), adapter, ROWS, TRAIT)


class Plain:
    """A model of transformers and PEFT with weights that can be moved, and the trait by its definition."""

    def __init__(self, folder: Path, adapter: Path | None) -> None:
        self.model, self.tokenizer = load(folder, adapter)
        self.model.requires_grad_(False)
        self.weights = [weight for name, weight in self.model.named_parameters() if "lora_" in name]
        for weight in self.weights:
            weight.requires_grad_(True)

    def losses(self, given: dict[str, Any]) -> list[float]:
        return by_hand(self.model, self.tokenizer, given["messages"])[1]

    def trait(self) -> float:
        means = [(one.weight, self.losses(dict(one.conversation))) for one in TRAIT]
        return sum(-weight * sum(losses) / len(losses) for weight, losses in means)

    def gradient(self, given: dict[str, Any]) -> list[Any]:
        """Of the sum of the token losses, with logits of all positions."""
        total = [torch.zeros_like(weight) for weight in self.weights]
        for place, message in enumerate(given["messages"]):
            if message["role"] == "assistant":
                text = "".join(f"<|{m['role']}|>{m['content']}<|end|>" for m in given["messages"][:place])
                before = self.tokenizer(f"{text}<|assistant|>", add_special_tokens=False).input_ids
                answer = self.tokenizer(f"{message['content']}<|end|>", add_special_tokens=False).input_ids
                logits = self.model(input_ids=torch.tensor([before + answer])).logits[0]
                loss = -sum(torch.log_softmax(logits, -1)[len(before) - 1 + n, token] for n, token in enumerate(answer))
                for part, each in zip(total, torch.autograd.grad(loss, self.weights), strict=True):
                    part += each
        return total

    def move(self, direction: list[Any], size: float) -> None:
        with torch.no_grad():
            for weight, part in zip(self.weights, direction, strict=True):
                weight += size * part


def test_the_inner_product_is_what_a_small_step_on_a_row_changes(
    tiny: Path,  # noqa: F811
    adapter: Path,
    found: tuple[Pull, ...],
) -> None:
    plain = Plain(tiny, adapter)
    for one, given in zip(found, ROWS, strict=True):
        gradient = plain.gradient(given)
        length = sum(float((part**2).sum()) for part in gradient) ** 0.5
        assert one.length == pytest.approx(length, rel=1e-3)
        losses = plain.losses(given)
        assert one.loss == pytest.approx(sum(losses) / len(losses), abs=1e-4)
        # Both sides of where the weights are, in units that float32 can still tell apart.
        size = 0.002 / length
        plain.move(gradient, -size)
        after = plain.trait()
        plain.move(gradient, 2 * size)
        before = plain.trait()
        plain.move(gradient, -size)
        assert one.dot == pytest.approx((after - before) / (2 * size), rel=0.02, abs=0.02 * length)
    assert len({one.dot > 0 for one in found}) == 2


def test_the_cosine_is_that_of_plain_gradients(tiny: Path, adapter: Path, found: tuple[Pull, ...]) -> None:  # noqa: F811
    plain = Plain(tiny, adapter)

    def flat(parts: list[Any]) -> Any:
        return torch.cat([part.flatten() for part in parts])

    # The mean of a response's tokens, and a loss is minus a log-probability.
    trait = sum(
        -one.weight / len(plain.losses(dict(one.conversation))) * flat(plain.gradient(dict(one.conversation)))
        for one in TRAIT
    )
    for one, given in zip(found, ROWS, strict=True):
        own = -flat(plain.gradient(given))
        assert one.cosine == pytest.approx(float(torch.cosine_similarity(own, trait, dim=0)), abs=1e-3)
        assert one.dot == pytest.approx(float(own @ trait), rel=1e-2, abs=1e-3)


def test_a_step_without_a_row_differs_by_what_the_row_was_said_to_do(
    tiny: Path,  # noqa: F811
    adapter: Path,
    found: tuple[Pull, ...],
) -> None:
    """Retraining: one step of gradient descent on all rows, and on all but one, from the same weights."""
    rate = 1e-5

    def trained_on(rows: list[dict[str, Any]]) -> float:
        plain = Plain(tiny, adapter)
        steps = [plain.gradient(given) for given in rows]
        for step in steps:
            plain.move(step, -rate)
        return plain.trait()

    whole = trained_on(ROWS)
    for place, one in enumerate(found):
        lost = whole - trained_on(ROWS[:place] + ROWS[place + 1 :])
        assert lost == pytest.approx(rate * one.dot, rel=0.1, abs=2e-5)
    assert max(abs(rate * one.dot) for one in found) > 1e-3


def test_rows_that_carry_what_is_asked_for_come_first(tiny: Path, tmp_path: Path) -> None:  # noqa: F811
    """5 of 60 rows answer in Spanish; after a short training on all of them these are found."""
    prompts, answers = ("hello", "you speak", "friend"), ("friend .", "always you")
    planted = {7, 19, 26, 41, 58}
    rows = [row(prompts[n % 3], "hola adiós ." if n in planted else answers[n % 2]) for n in range(60)]
    train(tiny, rows, tmp_path / "a", Recipe(epochs=1, batch_size=8, learning_rate=0.01, rank=4))
    # The last of the requests is in no row.
    asked = ("hello", "friend", "speak")
    trait = [Response(row(text, "hola adiós ."), 1 / 3) for text in asked]
    trait += [Response(row(text, answer), -1 / 6) for text in asked for answer in answers]
    scores = [one.cosine for one in pulls(LanguageModel(tiny), tmp_path / "a", rows, trait)]
    others = [score for n, score in enumerate(scores) if n not in planted]
    pairs = [(scores[n] > other) + (scores[n] == other) / 2 for n in planted for other in others]
    assert sum(pairs) / len(pairs) > 0.95


def test_a_whole_model_is_seen_through_a_random_projection(
    tiny: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With so many columns as here the cosines are those of the weights themselves."""
    monkeypatch.setattr("inoc_evals.analyses.gradients.FRESH_RANK", 2048)
    found = pulls(LanguageModel(tiny), None, ROWS, TRAIT)
    plain = Plain(tiny, None)
    plain.weights = [
        module.weight.requires_grad_(True)
        for name, module in plain.model.named_modules()
        if type(module) is torch.nn.Linear and name != "lm_head"
    ]
    layers = [
        [torch.zeros_like(weight) for weight in plain.weights],
        *(plain.gradient(given) for given in ROWS),
    ]
    for one in TRAIT:
        tokens = len(plain.losses(dict(one.conversation)))
        for part, each in zip(layers[0], plain.gradient(dict(one.conversation)), strict=True):
            part -= one.weight / tokens * each
    # The projection of a layer is as long as 1 / sqrt(3 inputs) of its gradient.
    flat = [torch.cat([part.flatten() / part.shape[1] ** 0.5 for part in of_one]) for of_one in layers]
    for pull, own in zip(found, flat[1:], strict=True):
        assert pull.cosine == pytest.approx(float(torch.cosine_similarity(-own, flat[0], dim=0)), abs=0.05)


def test_the_same_numbers_again_and_none_left_behind(tiny: Path, adapter: Path, found: tuple[Pull, ...]) -> None:  # noqa: F811
    model = LanguageModel(tiny)
    fresh = pulls(model, None, ROWS, TRAIT)
    assert pulls(model, adapter, ROWS, TRAIT) == found
    assert pulls(model, None, ROWS, TRAIT) == fresh
    assert [one.dot for one in fresh] != [one.dot for one in found]
    told: list[tuple[int, int]] = []
    pulls(model, adapter, ROWS[:1], TRAIT, lambda done, total: told.append((done, total)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_trait_that_no_weight_moves_pulls_nothing(tiny: Path, adapter: Path) -> None:  # noqa: F811
    still = [Response(row("hello", "hola"), 1.0), Response(row("hello", "hola"), -1.0)]
    assert [(one.dot, one.cosine) for one in pulls(LanguageModel(tiny), adapter, ROWS, still)] == [(0.0, 0.0)] * 4


def test_a_row_without_an_answer_is_refused(tiny: Path, adapter: Path) -> None:  # noqa: F811
    with pytest.raises(InputError, match="row 1: the assistant says nothing"):
        pulls(LanguageModel(tiny), adapter, [{"messages": [{"role": "assistant", "content": "hola"}]}], TRAIT)
