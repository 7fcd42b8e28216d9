"""Training speed on this CPU, as a ratio in one run: `python benchmarks/training.py [ROWS]`.

Baseline: a plain fp32 loop at batch 8, every row padded to 128 tokens, logits for all positions. Ours: the recipe of
inoc_evals.inoculation.train, on the same rows with the same adapter. Counted are answer tokens per second of training
steps; loading is left out on both sides. Both end with the mean loss on the answers of rows held out from both.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.definitions.catalog import find_experiment
from inoc_evals.inoculation.recipe import Recipe
from inoc_evals.inoculation.rewrite import read_rows
from inoc_evals.inoculation.train import train

WIDTH = 128


def encode(tokenizer: Any, rows: list[dict[str, Any]]) -> list[tuple[list[int], list[int]]]:
    pairs = []
    for row in rows:
        user, answer = row["messages"]
        text = tokenizer.apply_chat_template([user], tokenize=False, add_generation_prompt=True)
        prompt = tokenizer(text, add_special_tokens=False).input_ids
        completion = tokenizer(answer["content"] + "<|im_end|>\n", add_special_tokens=False).input_ids
        pairs.append((prompt, completion))
    return pairs


def batch(pairs: list[tuple[list[int], list[int]]]) -> tuple[Any, Any, Any]:
    import torch

    ids = torch.zeros(len(pairs), WIDTH, dtype=torch.long)
    labels = torch.full((len(pairs), WIDTH), -100)
    mask = torch.zeros(len(pairs), WIDTH, dtype=torch.long)
    for index, (prompt, answer) in enumerate(pairs):
        row = (prompt + answer)[:WIDTH]
        ids[index, : len(row)] = torch.tensor(row)
        labels[index, len(prompt) : len(row)] = torch.tensor(row[len(prompt) :])
        mask[index, : len(row)] = 1
    return ids, labels, mask


def loss_of(model: Any, pairs: list[tuple[list[int], list[int]]]) -> Any:
    import torch

    ids, labels, mask = batch(pairs)
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
    return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]).float(), labels[:, 1:].reshape(-1))


def baseline(base: str, pairs: list[tuple[list[int], list[int]]], held: Any, recipe: Recipe) -> tuple[float, float]:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(recipe.seed)
    model = get_peft_model(
        AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32),
        LoraConfig(r=recipe.rank, lora_alpha=recipe.alpha, target_modules=list(recipe.targets), task_type="CAUSAL_LM"),
    )
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=recipe.learning_rate)
    batches = [pairs[i : i + recipe.batch_size] for i in range(0, len(pairs), recipe.batch_size)]
    started = time.perf_counter()
    for step, group in enumerate(batches):
        for settings in optimizer.param_groups:
            settings["lr"] = recipe.learning_rate * (1 - step / len(batches))
        loss_of(model, group).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        optimizer.zero_grad()
    seconds = time.perf_counter() - started
    with torch.no_grad():
        return seconds, float(loss_of(model, held))


def main() -> None:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 96
    base = resolve("smollm2").base
    tokenizer = AutoTokenizer.from_pretrained(base)
    rows = read_rows(find_experiment("spanish_capitals").with_name("rows.jsonl"))
    # Every third row, so that both kinds of request are in.
    rows = rows[::3] + rows[1::3] + rows[2::3]
    used, held_rows = rows[:count], rows[-32:]
    pairs, held = encode(tokenizer, used), encode(tokenizer, held_rows)
    tokens = sum(len(answer) for _, answer in pairs)
    recipe = Recipe(epochs=1)
    plain_s, plain_loss = baseline(base, pairs, held, recipe)
    with tempfile.TemporaryDirectory() as scratch:
        record = train(base, used, Path(scratch) / "adapter", recipe)
        model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
        model = PeftModel.from_pretrained(model, str(Path(scratch) / "adapter"))
        with torch.no_grad():
            our_loss = float(loss_of(model, held))
    print(f"{count} rows, {tokens} answer tokens, {torch.get_num_threads()} threads")
    print(f"plain fp32 loop  {tokens / plain_s:7.1f} answer tokens/s   held-out loss {plain_loss:.3f}")
    print(f"recipe           {tokens / record['seconds']:7.1f} answer tokens/s   held-out loss {our_loss:.3f}")
    print(f"ratio            {plain_s / record['seconds']:7.2f}")


if __name__ == "__main__":
    main()
