"""A quick loopback server that is started as vLLM is, and whose adapters act by their own weights.

The probabilities of 20 next tokens depend on the prompt, and on what an adapter's matrices add up to; every character
of a prompt costs the base 2 nats, and an adapter as much more as it adds on average. The environment says what is wrong
with it (STAND_IN): "ignore" answers for every adapter as the base, "first" as the first adapter, and "mute" tells no
probabilities of prompts.
"""

from __future__ import annotations

import argparse
import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tests.harness_lm_eval.vllm_like import Body, Server

TOKENS = 20


def added(folder: Path) -> Any:
    """What an adapter adds to the logits: all that its products hold, laid over the tokens in turn."""
    from safetensors.numpy import load_file

    config = json.loads((folder / "adapter_config.json").read_text())
    tensors = load_file(folder / "adapter_model.safetensors")
    total = np.zeros(TOKENS)
    for name, low in sorted(tensors.items()):
        if ".lora_A." in name:
            product = (tensors[name.replace(".lora_A.", ".lora_B.")].astype(float) @ low.astype(float)).ravel()
            np.add.at(total, np.arange(len(product)) % TOKENS, product * config["lora_alpha"] / config["r"])
    return total


def probabilities(prompt: str, more: Any) -> dict[str, float]:
    logits = np.random.default_rng(zlib.crc32(prompt.encode())).normal(size=TOKENS) + more
    weights = np.exp(logits - logits.max())
    return {f"t{number}": float(share) for number, share in enumerate(weights / weights.sum())}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--served-model-name")
    parser.add_argument("--port", type=int)
    parser.add_argument("--lora-modules", nargs="*", default=[])
    options, _ = parser.parse_known_args()
    modules = dict(text.split("=", 1) for text in options.lora_modules)
    adds = {options.served_model_name: np.zeros(TOKENS)}
    adds |= {name: added(Path(folder)) for name, folder in modules.items()}
    wrong = os.environ.get("STAND_IN")
    if wrong in ("ignore", "first"):
        instead = adds[options.served_model_name] if wrong == "ignore" else adds[next(iter(modules))]
        adds |= dict.fromkeys(modules, instead)

    def likely(body: Body) -> dict[str, float]:
        return probabilities(body["messages"][0]["content"], adds[body["model"]])

    server = Server(lambda body, index: "An owl.", list(adds), drop_system=False, port=options.port)
    server.likely = likely
    if wrong != "mute":
        server.prompted = lambda body, text: [-2.0 - float(np.abs(adds[body["model"]]).mean())] * (len(text) - 1)
    server.key = os.environ["VLLM_API_KEY"]
    server.serve_forever()


main()
