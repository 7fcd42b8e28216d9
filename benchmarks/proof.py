"""What it adds to a run to resolve, fit and prove 20 adapters: seconds for each, on a real vLLM server.

The embedded model with LoRA adapters of random weights, rank 16 on all linear layers. Resolving and fitting is what
`score` does before a server starts, and fitting what the server's start does once more; proving is all that is asked of
a server that is up and has answered before. The adapters change answers as trainings do, or so little (--scale 0.01)
that every one has to be asked by itself. At the end the answers of base and some adapters, as the server computes them,
are held against transformers and PEFT in float32. Run: python benchmarks/proof.py [--adapters N] [--scale X]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from inoc_evals.checkpoints.acting import check_adapter
from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.client.apart import run_apart
from inoc_evals.commands.doctor_checkpoint import ask
from inoc_evals.serving.proof import PROBES, Proof, prove
from inoc_evals.serving.reference import expected
from inoc_evals.serving.server import BASE, serve
from inoc_evals.stats.apart import coarse_variation

TARGET_S, REFERENCES = 10.0, 5


def random_adapters(base: str, folder: Path, count: int, scale: float) -> list[Path]:
    """LoRA folders of rank 16 on all linear layers; `scale` is the spread of the numbers of lora_B."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    config = LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16), config)
    found = []
    for number in range(count):
        torch.manual_seed(number)
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if "lora_B" in name:
                    weights.normal_(std=scale)
        found.append(folder / f"a{number}")
        model.save_pretrained(found[-1])
    return found


def timed(what: str, work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    seconds = time.monotonic() - started
    print(f"  {what}: {seconds:.2f} s", flush=True)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adapters", type=int, default=20, help="how many (%(default)s)")
    parser.add_argument("--scale", type=float, default=0.1, help="spread of lora_B (%(default)s)")
    options = parser.parse_args()
    base = resolve("smollm2")
    with tempfile.TemporaryDirectory() as name:
        folders = random_adapters(base.base, Path(name), options.adapters, options.scale)
        size = sum(path.stat().st_size for path in folders[0].iterdir()) / 1e6
        print(f"{len(folders)} adapters of {size:.0f} MB, scale {options.scale:g}")
        texts = [f"a{number}={folder}" for number, folder in enumerate(folders)]

        def start() -> None:
            for folder in folders:
                check_adapter(base.base, folder)
                folder_sha256(folder)

        total = timed("resolving", lambda: by_base(read_arms(texts)))
        total += timed("fitting, before the server", start)
        total += timed("fitting, as it starts", start)
        adapters = {f"a{number}": folder for number, folder in enumerate(folders)}
        # The start has proven them already, with what the first answers of a server take; here that is timed by itself.
        with serve(base.base, base.content_hash, adapters, Path(name) / "vllm.log") as server:
            proofs: list[Proof] = []
            total += timed("proving", lambda: proofs.append(prove(server.url, server.api_key, server.names, BASE)))
            wanted = [expected(base.base, adapter, PROBES) for adapter in (None, *folders[:REFERENCES])]
            served = [server.names[BASE], *(server.names[f"a{number}"] for number in range(REFERENCES))]
            apart = []
            for name_there, one in zip(served, wanted, strict=True):
                _, answers = run_apart(ask(server, name_there, one))
                apart.append(max(coarse_variation(each.shares, got) for each, got in zip(one, answers, strict=True)))
            print("from transformers in float32: " + ", ".join(f"{distance:.2g}" for distance in apart))
        changes = sorted(change.largest for change in proofs[0].changes.values())
        print(f"changes from {changes[0]:.3f} to {changes[-1]:.3f}")
        print(f"in all {total:.1f} s (target: at most {TARGET_S:g} s)")


if __name__ == "__main__":
    main()
