"""What several arms on one server cost: base and four adapters against one adapter, same number of responses in all.

A real vLLM server with the embedded model and four LoRA adapters of random weights, `spanish_capitals` through inspect.
Where ROUNDS is more than 1 the faster run of each way counts. Run: python benchmarks/arms.py
"""

from __future__ import annotations

import logging
import tempfile
import time
from pathlib import Path

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.harness.inspect.run import evaluate
from inoc_evals.harness.inspect.tasks import build
from inoc_evals.serving.server import serve

ADAPTERS, ITEMS, ROUNDS = 4, 40, 1


def random_adapters(base: str, folder: Path) -> dict[str, Path]:
    """LoRA folders of rank 16 on all linear layers, small enough to leave the answers' lengths much as they are."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    found = {}
    for number in range(ADAPTERS):
        torch.manual_seed(number)
        config = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
        model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16), config)
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if "lora_B" in name:
                    weights.normal_(std=1e-3)
        found[f"arm{number}"] = folder / f"arm{number}"
        model.save_pretrained(found[f"arm{number}"])
    return found


def main() -> None:
    logging.disable(logging.INFO)
    base = resolve("smollm2")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        adapters = random_adapters(base.base, folder)
        with serve(base.base, base.content_hash, adapters, folder / "vllm.log") as server:

            def seconds(arms: list[str], samples: int) -> float:
                started = time.monotonic()
                names = {arm: server.names[arm] for arm in arms}
                logs = folder / f"logs-{time.monotonic_ns()}"
                # As many requests at once in both ways.
                at_once = 60 // len(arms)
                task = build("spanish_capitals", limit=ITEMS // 2, samples=samples)
                evaluate([task], server.url, server.api_key, names, logs, connections_per_arm=at_once)
                return time.monotonic() - started

            every = list(server.names)
            seconds(every, 1)
            one, several = [], []
            for _ in range(ROUNDS):
                one.append(seconds(["arm0"], len(every)))
                several.append(seconds(every, 1))
                print(f"one arm {one[-1]:.1f} s, {len(every)} arms {several[-1]:.1f} s", flush=True)
            count = ITEMS * len(every)
            print(f"{count} responses: {count / min(one):.1f}/s for one arm, {count / min(several):.1f}/s for all")
            print(f"{len(every)} arms take {min(several) / min(one):.2f} times the time of one arm")


if __name__ == "__main__":
    main()
