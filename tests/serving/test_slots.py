from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.errors import InputError
from inoc_evals.serving.options import given_value
from inoc_evals.serving.slots import FLOAT32, slots

GIB = 1 << 30


def adapter(folder: Path, rank: int, layers: int = 28, size: int = 4096, **more: object) -> Path:
    """An adapter on square layers; its weights are a hole in the file, and so zero."""
    folder.mkdir()
    config = {"base_model_name_or_path": "org/base", "r": rank, **more}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    header, end, step = {}, 0, 4 * rank * size
    for layer in range(layers):
        for side, shape in (("A", [rank, size]), ("B", [size, rank])):
            name = f"base_model.model.layers.{layer}.proj.lora_{side}.weight"
            header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + step]}
            end += step
    text = json.dumps(header).encode()
    with (folder / "adapter_model.safetensors").open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + end)
    return folder


def test_all_are_ready_where_memory_is_plenty(tmp_path: Path) -> None:
    arms = {f"a{rank}": adapter(tmp_path / str(rank), rank) for rank in (4, 20)}
    found = slots(arms, 80 * GIB, 64 * GIB)
    assert (found.rank, found.loras, found.cpu_loras) == (32, 2, 2)


def test_many_wide_adapters_take_turns(tmp_path: Path) -> None:
    # 256 x 28 layers x (4096 + 4096) x 2 bytes = 112 MiB a slot: 1 GiB of the device's 8 holds 9, 2 of the host's 4 18.
    arms = {f"a{number}": adapter(tmp_path / str(number), 256 if number == 3 else 8) for number in range(20)}
    found = slots(arms, 8 * GIB, 4 * GIB)
    assert (found.rank, found.loras, found.cpu_loras) == (256, 9, 18)
    # vLLM refuses fewer in the host's memory than in the device's, and none at all.
    assert (slots(arms, 8 * GIB, GIB).loras, slots(arms, 8 * GIB, GIB).cpu_loras) == (9, 9)
    assert (slots(arms, 0, 0).loras, slots(arms, 0, 0).cpu_loras) == (1, 1)


def test_single_layers_of_higher_rank_count(tmp_path: Path) -> None:
    assert slots({"a": adapter(tmp_path / "a", 8, rank_pattern={"q_proj": 40})}, GIB, GIB).rank == 64
    with pytest.raises(InputError, match="adapter b has rank 1024; vLLM serves at most 512"):
        slots({"b": adapter(tmp_path / "b", 8, rank_pattern={"q_proj": 1024})}, GIB, GIB)


def test_the_numbers_of_the_server_and_what_the_user_asks_for_count(tmp_path: Path) -> None:
    # 8 x 28 layers x (4096 + 4096) numbers: 3.67 MB in two bytes each, and twice that in four.
    arms = {f"a{number}": adapter(tmp_path / str(number), 8) for number in range(20)}
    found = slots(arms, 80 * GIB, 64 * GIB)
    assert found.told(20) == "20 adapters of up to 3.67 MB each: all are kept in memory, and 20 may share a batch"
    wide = slots(arms, GIB // 8, 64 * GIB, FLOAT32)
    # An eighth of an eighth of a GiB holds two of 7.34 MB.
    assert (wide.size, wide.loras, wide.cpu_loras) == (2 * found.size, 2, 20)
    few = slots(arms, 80 * GIB, 64 * GIB, most=3)
    assert (few.loras, few.cpu_loras) == (3, 3)
    told = "20 adapters of up to 3.67 MB each: 3 fit into memory at a time, and 3 may share a batch"
    assert few.told(20) == told
    assert slots(arms, 80 * GIB, 64 * GIB, most=500).cpu_loras == 20


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ((), None),
        (("--max-cpu-loras=7",), "7"),
        (("--max_cpu_loras", "7"), "7"),
        (("--max-cpu-loras=7", "--dtype=float32", "--max-cpu-loras", "8"), "8"),
        (("--max-cpu-loras-of-others=7", "max-cpu-loras=9"), None),
        (("--max-cpu-loras",), None),
    ],
)
def test_the_last_value_that_is_given_counts(arguments: tuple[str, ...], value: str | None) -> None:
    assert given_value(arguments, "max-cpu-loras") == value
