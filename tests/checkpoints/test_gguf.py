from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.errors import InputError

WIDTH, INNER, HEADS = 32, 64, 2
TOKENS = ["<s>", "</s>", *(chr(c) for c in range(33, 127)), "ab"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("gguf")
    pytest.importorskip("torch")
    monkeypatch.setenv("INOC_EVALS_CACHE", str(tmp_path / "cache"))


def write_gguf(path: Path, architecture: str = "llama") -> dict[str, np.ndarray]:
    """A language model of one layer with random weights; returns what was written."""
    import gguf

    random = np.random.default_rng(0)
    shapes = {"token_embd": (len(TOKENS), WIDTH), "output": (len(TOKENS), WIDTH), "output_norm": (WIDTH,)}
    shapes |= {f"blk.0.{name}": (WIDTH, WIDTH) for name in ("attn_q", "attn_k", "attn_v", "attn_output")}
    shapes |= {"blk.0.ffn_gate": (INNER, WIDTH), "blk.0.ffn_up": (INNER, WIDTH), "blk.0.ffn_down": (WIDTH, INNER)}
    shapes |= {"blk.0.attn_norm": (WIDTH,), "blk.0.ffn_norm": (WIDTH,)}
    weights = {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(TOKENS))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(TOKENS)
    writer.add_token_merges(["a b"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    writer.add_chat_template("{% for message in messages %}{{ message.content }}{% endfor %}")
    for name, values in weights.items():
        writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return weights


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """bfloat16 tensors by name, read by the format's description and not by its library."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            assert entry["dtype"] == "BF16"
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            bits = np.frombuffer(data[start:end], dtype="<u2").astype(np.uint32) << 16
            found[name] = bits.view(np.float32).reshape(entry["shape"])
    return found


def test_a_gguf_file_is_served_as_a_folder_of_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "my model.Q8.gguf"
    written = write_gguf(path)
    said: list[str] = []
    found = resolve(str(path), progress=said.append)
    assert said == ["dequantising the weights"]
    assert (found.kind, found.adapter) == ("gguf", None)
    folder = Path(found.base)
    read = read_safetensors(folder / "model.safetensors")
    for theirs, ours in {
        "model.embed_tokens.weight": "token_embd",
        "model.layers.0.mlp.down_proj.weight": "blk.0.ffn_down",
        "model.layers.0.self_attn.v_proj.weight": "blk.0.attn_v",
        "lm_head.weight": "output",
    }.items():
        # bfloat16 keeps 8 significant bits.
        np.testing.assert_allclose(read[theirs], written[ours], rtol=2**-8)
    assert "message.content" in (folder / "chat_template.jinja").read_text()
    assert resolve(str(path), progress=said.append) == found
    assert len(said) == 1


def test_new_weights_under_the_same_name_are_a_new_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    write_gguf(path)
    before = resolve(str(path))
    data = bytearray(path.read_bytes())
    data[-2] ^= 0x40
    path.write_bytes(data)
    after = resolve(str(path))
    assert after.content_hash != before.content_hash
    assert after.base != before.base


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"<html>")
    with pytest.raises(InputError, match=r"a\.gguf: not a GGUF file"):
        resolve(str(tmp_path / "a.gguf"))
    write_gguf(tmp_path / "b.gguf", architecture="nonsense")
    with pytest.raises(InputError, match=r"b\.gguf: transformers cannot read this GGUF file"):
        resolve(str(tmp_path / "b.gguf"))
    assert not [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]
