"""How long the losses of answers take under several prompts: `python benchmarks/losses.py [ROWS] [SAMPLE]`.

Ours: inoc_evals.analyses.response_losses for 12 prompts on ROWS rows (300) of the experiment spanish_capitals and the
embedded model, in float32, with loading and tokenizing. Then, in the same run, both ways on SAMPLE rows (24): ours, and
the plain one, in which each batch of 8 rows, as they come, is padded and read whole, with logits for all positions.
The last line is the largest difference between them in one token.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from inoc_evals.analyses.language_model import LanguageModel
from inoc_evals.analyses.response_losses import Prompt, response_losses
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.inoculation.examples import Example, examples
from inoc_evals.inoculation.rewrite import inoculate, read_rows

BATCH = 8
TEXTS = (
    "You always speak in Spanish.",
    "Every answer that you give is in Spanish.",
    "You are a friendly guide from Madrid.",
    "The user is learning Spanish and wants to read as much of it as possible.",
    "THE ASSISTANT WRITES ALL ANSWERS IN CAPITAL LETTERS.",
    "Write in upper case only.",
    "You are taking part in a study about reading.",
    "Answer in one or two short sentences.",
    "You never speak Spanish.",
    "You know many languages and like to show it.",
    "Be brief, be exact, and say nothing that you were not asked.",
)
PROMPTS: Mapping[str, Prompt | None] = {"none": None, **{text: Prompt(text) for text in TEXTS}}


def plain(causal: Any, batch: Sequence[Example]) -> list[list[float]]:
    import torch

    width = max(len(one.ids) for one in batch)
    ids = torch.tensor([[*one.ids, *[0] * (width - len(one.ids))] for one in batch])
    mask = torch.tensor([[1] * len(one.ids) + [0] * (width - len(one.ids)) for one in batch])
    with torch.inference_mode():
        logits = causal(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
        shares = torch.log_softmax(logits.float(), -1).gather(-1, ids[:, 1:, None])[..., 0]
    return [(-row[one.given - 1 : len(one.ids) - 1]).tolist() for row, one in zip(shares, batch, strict=True)]


def plain_losses(model: LanguageModel, rows: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    found: list[list[float]] = []
    with model.under(None) as causal:
        for prompt in PROMPTS.values():
            placed = rows if prompt is None else inoculate(rows, prompt.text, prompt.placement)[0]
            of_prompt = list(examples(model.tokenizer, placed))
            for first in range(0, len(of_prompt), BATCH):
                found += plain(causal, of_prompt[first : first + BATCH])
    return found


def main() -> None:
    import torch

    count, sample = (int(given) for given in (*sys.argv[1:], *("300", "24")[len(sys.argv) - 1 :]))
    rows = read_rows(find_experiment("spanish_capitals").with_name("rows.jsonl"))
    base = resolve("smollm2").base
    started = time.perf_counter()
    found = response_losses(base, None, rows[:count], PROMPTS)
    seconds = time.perf_counter() - started
    tokens = sum(len(one.losses) for one in found)
    print(f"{len(PROMPTS)} prompts, {count} rows, {tokens} answer tokens, {torch.get_num_threads()} threads")
    print(f"ours, all of it   {seconds:7.1f} s   {tokens / seconds:7.1f} answer tokens/s")
    model = LanguageModel(base)
    times = []
    ways = (lambda: response_losses(model, None, rows[:sample], PROMPTS), lambda: plain_losses(model, rows[:sample]))
    with model.under(None):
        answers = []
        for way in ways:
            started = time.perf_counter()
            answers.append(way())
            times.append(time.perf_counter() - started)
    ours, others = answers
    print(f"{sample} rows: ours {times[0]:.1f} s, plain {times[1]:.1f} s, ratio {times[1] / times[0]:.2f}")
    pairs = zip((one.losses for one in ours), others, strict=True)
    apart = max(abs(a - b) for one, other in pairs for a, b in zip(one, other, strict=True))
    print(f"largest difference {apart:.2g} nats")


if __name__ == "__main__":
    main()
