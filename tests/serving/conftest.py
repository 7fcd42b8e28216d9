"""Models of random weights: the one that trainings are tested with, and one that vLLM cannot serve steered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inoc_evals.checkpoints.identity import folder_sha256
from inoc_evals.steering.direction import Direction, write_direction
from tests.inoculation.conftest import TEMPLATE, tiny

__all__ = ["tiny"]
WIDTH, LAYERS = 16, 2


@pytest.fixture(scope="session")
def qwen3(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Qwen3 whose tokens are bytes; what its authors recommend would draw one token alone. Beside it
    lie a LoRA adapter on it, in `adapter`, and a direction made from it, `direction.safetensors`."""
    import torch
    from peft import LoraConfig, get_peft_model
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GenerationConfig, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

    folder = tmp_path_factory.mktemp("steering") / "qwen3"
    specials = ["<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({text: number for number, text in enumerate(specials + letters)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(specials)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|end|>", pad_token="<|end|>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    model = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(fast),
            hidden_size=WIDTH,
            intermediate_size=32,
            num_hidden_layers=LAYERS,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=8,
            max_position_embeddings=2048,
            initializer_range=0.3,
        )
    )
    model.generation_config = GenerationConfig(do_sample=True, temperature=0.6, top_k=1, eos_token_id=0)
    model.save_pretrained(folder)
    vectors = np.random.default_rng(0).normal(size=(LAYERS, WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    about = {"base": "qwen3", "base_sha256": folder_sha256(folder)}
    norms = np.full(LAYERS, 3, dtype=np.float32)
    write_direction(folder.parent / "direction.safetensors", Direction(vectors, norms, about))
    config = LoraConfig(r=2, lora_alpha=8, target_modules=["q_proj", "down_proj"], init_lora_weights=False)
    adapted = get_peft_model(model, config)
    adapted.peft_config["default"].base_model_name_or_path = str(folder)
    adapted.save_pretrained(folder.parent / "adapter")
    return folder
