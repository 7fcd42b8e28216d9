"""The loss of a batch: cross entropy of the answers' tokens, with logits for no others."""

from __future__ import annotations

from typing import Any

from inoc_evals.inoculation.shared_prefix import NOT_LEARNED, as_sequence

# Relative; bfloat16 keeps eight bits, and a row that sees what it must not differs by far more.
_SAME_LOSS = 0.01


def answer_loss(model: Any, inputs: Any, num_items_in_batch: Any, *, together: bool) -> Any:
    """The mean cross entropy of the answers' tokens, without logits for any other; `num_items_in_batch` counts the
    answer tokens of all batches of a step. `together` computes what all rows begin with once. `model` is a causal
    model, with an adapter or without."""
    import torch

    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    backbone = getattr(causal, causal.base_model_prefix)
    ids, attended, labels = inputs["input_ids"], inputs["attention_mask"], inputs["labels"]
    if together:
        sequence = as_sequence(ids, attended, labels, causal.dtype)
        asked = {"input_ids": sequence.ids, "attention_mask": sequence.mask, "position_ids": sequence.positions}
        labels = sequence.labels
    else:
        asked = {"input_ids": ids, "attention_mask": attended}
    states = backbone(**asked, use_cache=False).last_hidden_state[:, :-1]
    answer = labels[:, 1:] != NOT_LEARNED
    logits = causal.get_output_embeddings()(states[answer]).float()
    total = torch.nn.functional.cross_entropy(logits, labels[:, 1:][answer], reduction="sum")
    return total / (answer.sum() if num_items_in_batch is None else num_items_in_batch)


def takes_sequences(model: Any, inputs: Any) -> bool:
    """Does the model give the rows of a batch as one sequence the loss that it gives them in rows? Not if it has
    layers of another kind than plain attention."""
    import torch

    model.eval()
    with torch.no_grad():
        plain, joined = (answer_loss(model, inputs, None, together=each) for each in (False, True))
    model.train()
    return abs(float(plain) - float(joined)) <= _SAME_LOSS * float(plain)
