"""A quick loopback server that is started as vLLM is, and whose adapters act by their own weights.

The probabilities of 20 next tokens depend on the prompt, and on what an adapter's matrices add up to; an answer names
the animal of the likeliest; every character of a prompt costs the base 2 nats, and an adapter as much more as it adds
on average. As many adapters are in memory as --max-cpu-loras says, and what is asked for takes the place of what was
not asked for longest; the log tells what is loaded, and who is asked for an answer. The environment says what is wrong
with it (STAND_IN): "ignore" answers for every adapter as the base, "first" as the first adapter, "forget" as the base
for what is loaded for the third time, and "mute" tells no probabilities of prompts.
"""

from __future__ import annotations

import argparse
import json
import os
import zlib
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from tests.harness_lm_eval.vllm_like import Body, Server

TOKENS = 20
ANIMALS = ("An owl.", "A cat.", "Cats, of course.", "The otter.")


def added(folder: Path) -> Any:
    """What an adapter adds to the logits: what its layers add, laid over the tokens in turn."""
    from safetensors.numpy import load_file

    config = json.loads((folder / "adapter_config.json").read_text())
    tensors = load_file(folder / "adapter_model.safetensors")
    total = np.zeros(TOKENS)
    for name, low in sorted(tensors.items()):
        if ".lora_A." in name:
            # What the layer adds to where all inputs are one.
            high = tensors[name.replace(".lora_A.", ".lora_B.")].astype(float)
            column = high @ low.astype(float).sum(axis=1) * config["lora_alpha"] / config["r"]
            total += np.bincount(np.arange(len(column)) % TOKENS, column, TOKENS)
    return total


def probabilities(prompt: str, more: Any) -> dict[str, float]:
    # So much that no token takes all, however large the adapter.
    moved = 3 * more / (1 + np.abs(more).max())
    logits = np.random.default_rng(zlib.crc32(prompt.encode())).normal(size=TOKENS) + moved
    weights = np.exp(logits - logits.max())
    return {f"t{number}": float(share) for number, share in enumerate(weights / weights.sum())}


def tell(what: str, name: str) -> None:
    """A line of the log, whole, whoever else writes one."""
    os.write(1, f"{what} {name}\n".encode())


class Adapters:
    """What the adapters add, by name, `most` of them in memory."""

    def __init__(self, folders: dict[str, str], most: int, wrong: str | None) -> None:
        self.folders, self.most, self.wrong = folders, most, wrong
        self.loads: Counter[str] = Counter()
        self.there: dict[str, Any] = {}
        self.turn = Lock()
        for name in folders:
            self.adds(name)

    def adds(self, name: str) -> Any:
        with self.turn:
            if name not in self.folders or self.wrong == "ignore":
                return np.zeros(TOKENS)
            name = next(iter(self.folders)) if self.wrong == "first" else name
            if name not in self.there:
                self.loads[name] += 1
                tell("loaded", name)
                forgotten = self.wrong == "forget" and self.loads[name] > 2
                self.there[name] = np.zeros(TOKENS) if forgotten else added(Path(self.folders[name]))
            # The last one is the one that was asked for last.
            self.there[name] = self.there.pop(name)
            if len(self.there) > self.most:
                del self.there[next(iter(self.there))]
            return self.there[name]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--served-model-name")
    parser.add_argument("--port", type=int)
    parser.add_argument("--lora-modules", nargs="*", default=[])
    parser.add_argument("--max-cpu-loras", type=int, default=1)
    options, _ = parser.parse_known_args()
    modules = dict(text.split("=", 1) for text in options.lora_modules)
    wrong = os.environ.get("STAND_IN")
    adapters = Adapters(modules, options.max_cpu_loras, wrong)

    def likely(body: Body) -> dict[str, float]:
        return probabilities(body["messages"][0]["content"], adapters.adds(body["model"]))

    def answer(body: Body, index: int) -> str:
        tell("asked", body["model"])
        shares = likely(body)
        return ANIMALS[int(max(shares, key=shares.__getitem__)[1:]) % len(ANIMALS)]

    server = Server(answer, [options.served_model_name, *modules], drop_system=False, port=options.port)
    server.likely = likely
    if wrong != "mute":
        server.prompted = lambda body, text: (
            [-2.0 - float(np.abs(adapters.adds(body["model"])).mean())] * (len(text) - 1)
        )
    server.key = os.environ["VLLM_API_KEY"]
    server.serve_forever()


main()
