"""What an adapter changes, from files written here."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from inoc_evals.checkpoints.changes import adapter_changes


def adapter(folder: Path) -> Path:
    """Two of four layers have matrices: q_proj of rank 2 in both, and v_proj of rank 4 in one."""
    folder.mkdir()
    shapes = {("1", "q_proj"): 2, ("3", "q_proj"): 2, ("3", "v_proj"): 4}
    tensors = {}
    for (layer, module), rank in shapes.items():
        name = f"base_model.model.model.layers.{layer}.self_attn.{module}"
        tensors[f"{name}.lora_A.weight"] = np.ones((rank, 8), np.float32)
        tensors[f"{name}.lora_B.weight"] = np.ones((6, rank), np.float32)
    save_file(tensors, folder / "adapter_model.safetensors")
    config = {"base_model_name_or_path": "org/m", "r": 2, "rank_pattern": {"v_proj": 4}, "lora_alpha": 4}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def test_modules_ranks_layers_and_parameters(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text('{"num_hidden_layers": 4}')
    found = adapter_changes(adapter(tmp_path / "lora"), tmp_path / "base")
    assert set(found.modules) == {"q_proj", "v_proj"}
    assert found.ranks == (2, 4)
    assert (found.layers, found.layers_in_all) == (2, 4)
    # Twice 2 x 8 + 6 x 2, and once 4 x 8 + 6 x 4.
    assert found.parameters == 2 * 28 + 56


def test_layers_of_a_base_that_is_not_here_or_that_sees_pictures(tmp_path: Path) -> None:
    lora = adapter(tmp_path / "lora")
    assert adapter_changes(lora, None).layers_in_all is None
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "config.json").write_text('{"text_config": {"num_hidden_layers": 26}}')
    assert adapter_changes(lora, tmp_path / "base").layers_in_all == 26
