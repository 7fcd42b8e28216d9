"""Files of arms: what they say, and one sentence with a place for what is wrong in them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.definitions.arms import PLAIN, Variation, arms_of, by_role, load_arms, reference_arm
from inoc_evals.errors import InputError

GOOD = """\
arms:
  none:
    role: reference
    checkpoints: [seeds/s1, org/name@main]
  reminded:
    role: control
    checkpoints: [seeds/s1]
    variation: {system_prompt: "Answer in English.", prefill: "Sure", temperature: 1, top_p: 0.9, max_tokens: 30}
  silent:
    checkpoints: [http://h/v1#m]
    variation:
      system_prompt: ""
"""


def file(folder: Path, text: str) -> Path:
    (folder / "arms.yaml").write_text(text)
    return folder / "arms.yaml"


def test_arms_share_checkpoints_and_vary_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "seeds" / "s1").mkdir(parents=True)
    path = file(tmp_path, GOOD)
    beside = str(tmp_path / "seeds" / "s1")
    told = Variation(system_prompt="Answer in English.", prefill="Sure", temperature=1.0, top_p=0.9, max_tokens=30)
    assert [(one.arm, one.role, one.reference, one.variation, one.place) for one in load_arms(path)] == [
        ("none", "reference", beside, PLAIN, f"{path}:4:19"),
        ("none", "reference", "org/name@main", PLAIN, f"{path}:4:29"),
        ("reminded", "control", beside, told, f"{path}:7:19"),
        ("silent", "treatment", "http://h/v1#m", Variation(system_prompt=""), f"{path}:10:19"),
    ]


def test_what_is_left_out_is_another_state_than_empty() -> None:
    assert Variation(system_prompt="").given() == {"system_prompt": ""}
    assert PLAIN.given() == {}
    assert Variation.model_validate_json(Variation(temperature=0).model_dump_json()) == Variation(temperature=0)


@pytest.mark.parametrize(
    ("arm", "told"),
    [
        ("{checkpoints: []}", ":2:20: arms.a.checkpoints is []"),
        ("{checkpoints: x}", ":2:20: arms.a.checkpoints must be a list, not 'x'"),
        ("{checkpoints: [' ']}", "is blank; write a text"),
        ("{checkpoints: [3]}", "must be a text, not 3"),
        ("{checkpoint: [x]}", ":2:7: unknown key 'arms.a.checkpoint'; did you mean 'checkpoints'?"),
        ("{checkpoints: [x], role: base}", ":2:31: arms.a.role is 'base'; write 'reference', 'control' or 'treatment'"),
        ("{checkpoints: [x, y, x]}", ":2:27: 'x' is named twice in arm a"),
        ("{checkpoints: [x], variation: {system_prompt: }}", ":2:37: a key without a value says nothing"),
        ("{checkpoints: [x], variation: {system_prompt: no}}", "put the word in quotes"),
        ("{checkpoints: [x], variation: {prefill: ''}}", ":2:46: the arms.a.variation.prefill is blank"),
        ("{checkpoints: [x], variation: {temperature: 3}}", ":2:50: arms.a.variation.temperature is 3"),
        ("{checkpoints: [x], variation: {temperature: .nan}}", ":2:50: "),
        ("{checkpoints: [x], variation: {top_p: 0}}", ":2:44: arms.a.variation.top_p is 0"),
        ("{checkpoints: [x], variation: {max_tokens: 1.5}}", ":2:49: arms.a.variation.max_tokens"),
        ("{checkpoints: [x], variation: {sytem_prompt: x}}", "did you mean 'system_prompt'?"),
        ("[x]", ":2:6: arms.a must be a mapping, not a list"),
        ("{checkpoints: [x], role: reference}\n  b: {checkpoints: [x], role: reference}", ":3:31: a is the reference"),
        ("{checkpoints: [x]}\n  b c: {checkpoints: [x]}", ":3:3: arms.b c is 'b c'; it must match"),
        ("{checkpoints: [x]}\n  a: {checkpoints: [x]}", ":3:3: key 'a' stands already in line 2"),
    ],
)
def test_what_is_wrong_has_its_place(tmp_path: Path, arm: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        load_arms(file(tmp_path, f"arms:\n  a: {arm}\n"))
    (fault,) = caught.value.faults
    assert fault.startswith(str(tmp_path / "arms.yaml") + ":")
    assert told in fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("arms: {}\n", "there is no arm"),
        ("- a\n", "no mapping"),
        ("arm: {}\n", "did you mean"),
    ],
)
def test_a_file_without_arms(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_arms(file(tmp_path, text))
    with pytest.raises(InputError):
        load_arms(tmp_path / "absent.yaml")


def test_names_that_no_file_can_have_are_left_to_others(tmp_path: Path) -> None:
    long = "x" * 5000
    arms = load_arms(file(tmp_path, f'arms:\n  a: {{checkpoints: ["{long}", "a\\0b"]}}\n'))
    assert [one.reference for one in arms] == [long, "a\0b"]


def test_a_program_says_the_same() -> None:
    arms = arms_of({"none": "org/m", "seeds": ["a", Path("b")], "told": {"checkpoints": ["a"], "role": "control"}})
    assert [(one.arm, one.reference, one.role) for one in arms] == [
        ("none", "org/m", "treatment"),
        ("seeds", "a", "treatment"),
        ("seeds", "b", "treatment"),
        ("told", "a", "control"),
    ]
    with pytest.raises(InputError, match=r"unknown key 'arms.a.checkpoint'; did you mean 'checkpoints'"):
        arms_of({"a": {"checkpoint": "x"}})


def test_the_reference_is_the_arm_of_that_role_or_else_the_first() -> None:
    assert reference_arm({"a": "treatment", "b": "reference"}) == "b"
    assert reference_arm({"a": "control", "b": "treatment"}) == "a"


@given(st.text(st.sampled_from("arms: {}[]chekponts,xy\n-'\"0"), max_size=80))
def test_any_file_is_arms_or_an_input_error(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "arms.yaml"
        path.write_text(text)
        faults: tuple[str, ...] = ()
        try:
            load_arms(path)
        except InputError as error:
            faults = error.faults
        assert all(fault.startswith(str(path)) for fault in faults)


def test_arms_stand_by_their_roles_in_every_table() -> None:
    roles = {"a": "treatment", "b": "control", "c": "reference", "d": "treatment", "e": "control"}
    assert by_role(roles) == ("c", "b", "e", "a", "d")
    # Without a role of that name the first one is what all are compared with.
    assert by_role({"a": "treatment", "b": "control", "c": "treatment"}) == ("a", "b", "c")
