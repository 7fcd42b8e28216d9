"""What the layers of a model hold at the end of a prompt, where its answer is about to begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.errors import InputError
from inoc_evals.inoculation.rewrite import Message
from inoc_evals.steering.hooks import reading

if TYPE_CHECKING:
    from inoc_evals.steering.direction import Floats

POSITION = "last token of the prompt, with what the chat template puts before an answer"
Progress = Callable[[int, int], None]  # prompts read, prompts in all


def last_states(
    model: LanguageModel,
    adapter: Path | None,
    prompts: Sequence[Sequence[Message]],
    progress: Progress = lambda *_: None,
) -> Floats:
    """What every decoder layer gives at the last token of every prompt, (prompts, layers, width), in float32.

    A prompt is rendered as a server renders it before an answer. They are read one by one: nothing is padded. Raises
    InputError for a tokenizer without a chat template, or a model whose layers cannot be told.
    """
    import numpy as np
    import torch

    rendered = [_ids(model.tokenizer, messages) for messages in prompts]
    found = []
    with model.under(adapter) as causal, torch.inference_mode():
        backbone = getattr(causal, causal.base_model_prefix)
        for ids in rendered:
            with reading(causal) as states:
                backbone(input_ids=torch.tensor([ids], device=causal.device), use_cache=False)
                found.append(torch.stack([each[0, -1].float() for each in states]).cpu().numpy())
            progress(len(found), len(rendered))
    return np.stack(found)


def _ids(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    if tokenizer.chat_template is None:
        raise InputError("the model's tokenizer has no chat template; name a model that was made for conversations")
    rendered = tokenizer.apply_chat_template(
        list(messages), tokenize=True, return_dict=True, add_generation_prompt=True
    )
    return list(rendered["input_ids"])
