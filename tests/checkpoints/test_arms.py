"""Arms that share weights: what they are called, and what is served of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inoc_evals.checkpoints.arms import by_base, read_arms
from inoc_evals.checkpoints.resolve import resolve
from inoc_evals.commands.serve import adapters_of
from inoc_evals.definitions.arms import PLAIN, Variation
from inoc_evals.errors import InputError
from tests.checkpoints.hub import mirrored

ARMS = """\
arms:
  none: {checkpoints: [s1, s2], role: reference}
  told: {checkpoints: [s1, s2], role: control, variation: {system_prompt: ""}}
  base: {checkpoints: [org/m]}
  begun: {checkpoints: [org/m], variation: {prefill: Sure}}
"""


def adapter(folder: Path, base: str = "org/m") -> Path:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base, "r": 8}))
    (folder / "adapter_model.safetensors").write_bytes(folder.name.encode())
    return folder


@pytest.fixture
def arms(tmp_path: Path, hub_cache: Path) -> Path:
    mirrored(hub_cache, "org/m", "org/n")
    adapter(tmp_path / "s1")
    adapter(tmp_path / "s2")
    (tmp_path / "arms.yaml").write_text(ARMS)
    return tmp_path / "arms.yaml"


def test_shared_weights_are_served_once(arms: Path) -> None:
    members = read_arms((), arms)
    told = Variation(system_prompt="")
    assert [(one.arm, one.label, one.role, one.variation) for one in members] == [
        ("none", "none-s1", "reference", PLAIN),
        ("none", "none-s2", "reference", PLAIN),
        ("told", "told-s1", "control", told),
        ("told", "told-s2", "control", told),
        ("base", "base", "treatment", PLAIN),
        ("begun", "begun", "treatment", Variation(prefill="Sure")),
    ]
    (group,) = by_base(members)
    assert group.adapters == {"none-s1": arms.parent / "s1", "none-s2": arms.parent / "s2"}
    served = ["none-s1", "none-s2", "none-s1", "none-s2", None, None]
    assert group.members == dict(zip([one.label for one in members], served, strict=True))
    assert [group.first(one.label) for one in members] == ["none-s1", "none-s2", "none-s1", "none-s2", "base", "base"]


def test_a_copy_of_an_adapter_is_the_same_weights(tmp_path: Path, hub_cache: Path) -> None:
    mirrored(hub_cache, "org/m")
    one = adapter(tmp_path / "x")
    two = tmp_path / "y"
    two.mkdir()
    for file in one.iterdir():
        (two / file.name).write_bytes(file.read_bytes())
    first, second = read_arms([f"a={one}", f"b={two}"])
    assert first.weights == second.weights
    assert by_base([first, second])[0].adapters == {"a": one}


def test_the_short_form_adds_other_arms_only(arms: Path) -> None:
    assert [one.label for one in read_arms(["extra=org/n"], arms)][-1] == "extra"
    with pytest.raises(InputError, match=r"arm none stands in .*arms.yaml, and 'none=org/n' names it again"):
        read_arms(["none=org/n"], arms)


def test_what_a_file_names_is_refused_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "arms.yaml").write_text("arms:\n  a:\n    checkpoints:\n      - org/m\n      - ~nouser/x\n")
    with pytest.raises(InputError, match=r"arms.yaml:5:9: '~nouser/x': there is no user"):
        read_arms((), tmp_path / "arms.yaml")


def test_two_checkpoints_of_one_label_are_refused() -> None:
    with pytest.raises(InputError, match="two checkpoints would be called a-s1; rename the arm"):
        read_arms(["a=org/m", "a=org/n", "a-s1=org/o"])


def test_serve_takes_the_adapters_of_a_file_of_arms(arms: Path, tmp_path: Path) -> None:
    extra = adapter(tmp_path / "extra")
    found, controls = adapters_of(resolve("org/m").base, [f"more={extra}"], arms)
    # They are a reference's too.
    assert controls == frozenset()
    assert found == {"none-s1": tmp_path / "s1", "none-s2": tmp_path / "s2", "more": extra}
    with pytest.raises(InputError, match="'org/m' is no LoRA adapter"):
        adapters_of(resolve("org/n").base, (), arms)
