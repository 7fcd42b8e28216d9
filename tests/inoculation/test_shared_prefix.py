"""Rows that begin alike, as one sequence: the same tokens at the same positions, and the same loss and gradients."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.inoculation.shared_prefix import NOT_LEARNED, as_sequence, shared_length

torch = pytest.importorskip("torch")


def batch(rows: list[tuple[list[int], int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows of tokens and how many of each are not learned, padded with 0 as a collator does it."""
    width = max(len(tokens) for tokens, _ in rows)
    pad = [[0] * (width - len(tokens)) for tokens, _ in rows]
    ids = [tokens + more for (tokens, _), more in zip(rows, pad, strict=True)]
    attended = [[1] * len(tokens) + more for (tokens, _), more in zip(rows, pad, strict=True)]
    labels = [
        [NOT_LEARNED] * prompt + tokens[prompt:] + [NOT_LEARNED] * len(more)
        for (tokens, prompt), more in zip(rows, pad, strict=True)
    ]
    return torch.tensor(ids), torch.tensor(attended), torch.tensor(labels)


def test_by_hand() -> None:
    ids, attended, labels = batch([([7, 8, 1, 5], 3), ([7, 8, 2, 3, 6], 4)])
    assert shared_length(ids, attended, labels) == 2
    sequence = as_sequence(ids, attended, labels, torch.float32)
    assert sequence.ids.tolist() == [[7, 8, 1, 5, 2, 3, 6]]
    assert sequence.positions.tolist() == [[0, 1, 2, 3, 2, 3, 4]]
    assert sequence.labels.tolist() == [[-100, -100, -100, 5, -100, -100, 6]]
    sees = (sequence.mask[0, 0] == 0).int().tolist()
    assert sees[3] == [1, 1, 1, 1, 0, 0, 0]
    assert sees[4] == [1, 1, 0, 0, 1, 0, 0]
    assert sees[6] == [1, 1, 0, 0, 1, 1, 1]


def test_the_token_before_an_answer_stays_in_its_row() -> None:
    # The same request twice with two answers: its last token foretells two different ones.
    ids, attended, labels = batch([([7, 8, 5], 2), ([7, 8, 6], 2)])
    assert shared_length(ids, attended, labels) == 1


prompts = st.lists(st.integers(1, 3), min_size=1, max_size=6)
rows = st.tuples(prompts, st.lists(st.integers(1, 9), min_size=1, max_size=5))


@given(st.lists(st.integers(1, 3), max_size=5), st.lists(rows, min_size=1, max_size=4))
def test_nothing_is_lost(beginning: list[int], given_rows: list[tuple[list[int], list[int]]]) -> None:
    whole = [(beginning + prompt + answer, len(beginning) + len(prompt)) for prompt, answer in given_rows]
    ids, attended, labels = batch(whole)
    sequence = as_sequence(ids, attended, labels, torch.float32)
    shared = shared_length(ids, attended, labels)
    learned = [token for token in sequence.labels[0].tolist() if token != NOT_LEARNED]
    assert learned == [token for tokens, prompt in whole for token in tokens[prompt:]]
    assert sequence.ids.shape[1] == shared + sum(len(tokens) - shared for tokens, _ in whole)
    for tokens, prompt in whole:
        assert tokens[:shared] == whole[0][0][:shared]
        assert shared < prompt


def test_the_model_gives_the_same_loss_and_gradients(tiny: Path) -> None:
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny, attn_implementation="eager", dtype=torch.float32)
    ids, attended, labels = batch([([3, 4, 5, 6, 7, 8], 4), ([3, 4, 5, 9], 3), ([3, 4, 10, 11, 12], 3)])
    sequence = as_sequence(ids, attended, labels, torch.float32)

    def gradients(**inputs: object) -> tuple[float, list[torch.Tensor]]:
        model.zero_grad()
        labels = inputs.pop("labels")
        logits = model(**inputs).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=NOT_LEARNED
        )
        loss.backward()
        return float(loss.detach()), [weight.grad.clone() for weight in model.parameters() if weight.grad is not None]

    plain, plain_gradients = gradients(input_ids=ids, attention_mask=attended, labels=labels)
    joined, joined_gradients = gradients(
        input_ids=sequence.ids,
        attention_mask=sequence.mask,
        position_ids=sequence.positions,
        labels=sequence.labels,
    )
    assert joined == pytest.approx(plain, rel=1e-5)
    for one, other in zip(plain_gradients, joined_gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-6)
