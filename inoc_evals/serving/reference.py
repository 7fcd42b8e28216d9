"""What a checkpoint answers in transformers and PEFT, which a server's answers are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inoc_evals.client.endpoint import OFF
from inoc_evals.steering.hooked import as_hooked

# Nearly all of the probability, and in one request for vLLM.
_TOKENS = 100


@dataclass(frozen=True)
class Expected:
    """The tokens of a prompt, and the probabilities of the tokens that are likeliest to follow it."""

    prompt: tuple[int, ...]
    shares: Mapping[int, float]


def expected(base: str, adapter: Path | None, texts: Sequence[str]) -> list[Expected]:
    """What the model in the folder `base` with `adapter` is expected to go on with after each of `texts`, as a message
    of a user where there is a chat template, steered where the folder says so. In float32 on a CPU, and as its weights
    are on a GPU."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    on_gpu = torch.cuda.is_available()
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype="auto" if on_gpu else torch.float32)
    if adapter is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, adapter)
    model = model.to("cuda" if on_gpu else "cpu").eval()
    found = []
    for text in texts:
        prompt = _prompt(tokenizer, text)
        with torch.no_grad(), as_hooked(model, base):
            logits = model(input_ids=torch.tensor([prompt], device=model.device)).logits[0, -1].float()
        likely = torch.softmax(logits, -1).topk(min(_TOKENS, len(logits)))
        shares = dict(zip(likely.indices.tolist(), likely.values.tolist(), strict=True))
        found.append(Expected(tuple(prompt), shares))
    return found


def _prompt(tokenizer: Any, text: str) -> list[int]:
    if tokenizer.chat_template is None:
        return list(tokenizer(text).input_ids)
    chat = [{"role": "user", "content": text}]
    rendered = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True, **OFF)
    return list(rendered["input_ids"])
