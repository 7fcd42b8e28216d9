"""Real adapters on a real vLLM server: what acts, what does not, and what transformers and PEFT make of the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.commands.doctor_checkpoint import TOLERANCE, compare
from inoc_evals.commands.perplexities import perplexities
from inoc_evals.machine import has_gpu
from inoc_evals.results.fitness import RATIO
from inoc_evals.serving.perplexity import passages
from inoc_evals.serving.proof import PROBES
from inoc_evals.serving.reference import expected
from inoc_evals.serving.server import BASE, serve
from inoc_evals.stats.apart import total_variation
from tests.checkpoints.broken_adapters import change, configure, each, make_real

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def base() -> Checkpoint:
    return resolve("smollm2")


@pytest.fixture(scope="module")
def adapters(base: Checkpoint, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two that act much, one that breaks the model, one that acts a little, one of zeros, and the first one's numbers
    in another precision."""
    folder = tmp_path_factory.mktemp("adapters")
    scales = {"much": 0.05, "more": 0.1, "little": 1e-4, "breaking": 0.5}
    made = {}
    for seed, (name, scale) in enumerate(scales.items()):
        made[name] = make_real(Path(base.base), folder / name, seed, scale)
    for name, source in (("zero", "much"), ("twin", "much")):
        made[name] = Path(shutil.copytree(made[source], folder / name))
    each("lora_B", lambda value: value * 0)(made["zero"])
    change(made["twin"], lambda tensors: {name: value.astype("float64") for name, value in tensors.items()})
    return made


def expected_nats(base: Path, adapter: Path | None) -> tuple[float, int]:
    """Of the passages in transformers and PEFT, in float32: the mean over all their tokens, and how many there are."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, adapter)
    total, count = 0.0, 0
    for passage in passages():
        tokens = tokenizer(passage, return_tensors="pt").input_ids
        with torch.no_grad():
            # transformers' own loss is the mean over the tokens that have one before them.
            loss = model(input_ids=tokens, labels=tokens).loss
        total, count = total + float(loss) * (tokens.shape[1] - 1), count + tokens.shape[1] - 1
    return total / count, count


def test_real_zero_and_twin_adapters_are_told_apart(
    base: Checkpoint, adapters: dict[str, Path], tmp_path: Path
) -> None:
    with serve(base.base, base.content_hash, adapters, tmp_path / "log", controls=("zero", "twin")) as server:
        proof = server.proof
        said: list[str] = []
        found = perplexities(server, adapters, "smollm2", said.append)
    assert {label for label, change in proof.changes.items() if change.silent} == {"zero"}
    assert proof.changes["zero"].largest == proof.changes["zero"].noise == 0
    assert set(proof.twins) == {("much", "twin")}
    assert proof.changes["more"].largest > proof.changes["little"].largest > 0
    # The server and transformers read the passages alike, adapters included.
    assert said == []
    assert found.keys() == {BASE, *adapters}
    for label in (BASE, "breaking"):
        nats, tokens = expected_nats(Path(base.base), adapters.get(label))
        assert found[label].tokens == tokens
        assert found[label].nats == pytest.approx(nats, abs=0.03)
    assert found["zero"].ratio == 1
    assert found["twin"].nats == pytest.approx(found["much"].nats, abs=0.03)
    assert (found["breaking"].ratio or 0) > RATIO > (found["more"].ratio or 9) > 1


def test_the_server_answers_as_transformers_and_peft_do(
    base: Checkpoint, adapters: dict[str, Path], tmp_path: Path
) -> None:
    found = compare(str(adapters["much"]), lambda _: None)
    assert [(one.what, one.state) for one in found] == [("weights", "ok"), ("answers", "ok")], found
    # The tolerance tells an adapter from one that is added half as much again, and from none at all.
    louder = Path(shutil.copytree(adapters["much"], tmp_path / "louder"))
    configure(louder, lora_alpha=12)
    wanted = expected(base.base, adapters["much"], PROBES)
    for other in (louder, None):
        others = expected(base.base, other, PROBES)
        apart = max(total_variation(one.shares, two.shares) for one, two in zip(wanted, others, strict=True))
        assert apart > 5 * TOLERANCE["bfloat16" if has_gpu() else "float32"]
