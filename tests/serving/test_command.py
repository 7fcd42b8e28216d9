from __future__ import annotations

from pathlib import Path

import pytest

from inoc_evals.serving.command import cpu_arguments, server_command
from inoc_evals.serving.slots import Slots
from tests.checkpoints.safetensors_files import write

OLD = frozenset({"sse2", "avx2"})
NEW = frozenset({"sse2", "avx2", "avx512bw"})
ARM = frozenset({"asimd"})
# A thousand numbers take 4,000 bytes in float32.
ENOUGH = 16_000


def in_float32(base: Path, flags: frozenset[str], memory: int) -> bool:
    return "--dtype float32" in " ".join(cpu_arguments(str(base), flags, memory, ()))


def test_float32_where_the_processor_has_no_bfloat16_products_and_memory_has_room(tmp_path: Path) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {"a": [25, 20], "b": [500]})
    assert in_float32(base, OLD, ENOUGH)
    assert not in_float32(base, OLD, ENOUGH - 1)
    assert not in_float32(base, NEW, ENOUGH)
    assert not in_float32(base, ARM, ENOUGH)


@pytest.mark.parametrize("dtype", ["F16", "F32", "U8"])
def test_other_weights_stay_as_they_are(tmp_path: Path, dtype: str) -> None:
    base = write(tmp_path / "base" / "model.safetensors", {"a": [25, 20], "b": [500]}, dtype)
    assert not in_float32(base, OLD, ENOUGH)


def test_a_base_out_of_sight_stays_as_it_is(tmp_path: Path) -> None:
    assert not in_float32(Path("org/model"), OLD, ENOUGH)
    (tmp_path / "model.safetensors").write_bytes(b"broken")
    assert not in_float32(tmp_path, OLD, ENOUGH)


def test_a_users_own_parallel_server_keeps_its_workers() -> None:
    assert "--distributed-executor-backend" in cpu_arguments("org/model", NEW, 0, ["--dtype=bfloat16"])
    for argument in ("--tensor-parallel-size=2", "--distributed-executor-backend=mp"):
        assert "--distributed-executor-backend" not in cpu_arguments("org/model", NEW, 0, [argument])


def test_a_users_arguments_come_last_and_adapters_by_their_names(tmp_path: Path) -> None:
    command = server_command(
        "org/model@abc",
        "base-1",
        {"a-2": tmp_path},
        Slots(8, 2, 3, 1000),
        port=8001,
        max_model_len=512,
        more=["--enforce-eager", "--seed=3"],
    )
    assert command[-2:] == ["--enforce-eager", "--seed=3"]
    text = " ".join(command)
    assert "--model org/model --revision abc --tokenizer-revision abc" in text
    assert f"--max-lora-rank 8 --lora-modules a-2={tmp_path}" in text
    assert "--host 127.0.0.1 --port 8001" in text
