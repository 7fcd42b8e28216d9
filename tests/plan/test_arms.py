"""What is refused of arms that vary, and of tasks that are not ours, before anything is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import InputError
from inoc_evals.plan.foreign import Foreign
from inoc_evals.plan.preflight import Checked, check_request
from inoc_evals.plan.request import Request, is_foreign, read_settings

OWL, URL = "owl_preference", "http://127.0.0.1:9/v1#m"


def look(asked: str, arguments: Mapping[str, Any]) -> Foreign:
    return Foreign(asked.rpartition("@")[2], asked, 10, 20, arguments)


def checked(folder: Path, arms: str, tasks: tuple[str, ...] = (OWL,), **arguments: Mapping[str, Any]) -> Checked:
    (folder / "arms.yaml").write_text(f"arms:\n{arms}")
    request = Request((), folder / "out", tasks, arguments=arguments, arms=folder / "arms.yaml")
    return check_request(request, lambda _: None, look, network=False)


def arm(name: str, variation: str = "{}") -> str:
    return f"  {name}: {{checkpoints: ['{URL}'], variation: {variation}}}\n"


def test_arms_that_ask_the_same_of_the_same_weights_are_refused(tmp_path: Path) -> None:
    arms = arm("a") + arm("b", "{system_prompt: ''}") + arm("c", "{temperature: 0.25}")
    assert [member.label for member in checked(tmp_path, arms).members] == ["a", "b", "c"]
    for same in ("{}", "{temperature: 1.0}", "{top_p: 1, max_tokens: %d}"):
        # The task's own sampling, spelt out, is no variation.
        own = checked(tmp_path, arm("x")).plans[OWL]
        same = same.replace("1.0", str(own.temperature)).replace("%d", str(own.max_tokens))
        with pytest.raises(InputError, match="a and b are the same weights and are asked the same; vary one"):
            checked(tmp_path, arm("a") + arm("b", same))


def test_a_variation_that_a_task_cannot_be_asked_in_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"arm a sets temperature, and --set {OWL} does so for all arms; keep one"):
        checked(tmp_path, arm("a", "{temperature: 0.5}"), **{OWL: {"temperature": 1.0}})
    assert checked(tmp_path, arm("a", "{temperature: 0.5}"), **{OWL: {"system_prompt": ""}}).members
    with pytest.raises(InputError, match=r"arm a has a prefill, which the task sums could not be given"):
        checked(tmp_path, arm("a", "{prefill: Sure}"), (OWL, "sums.py@sums"))


def test_tasks_of_others_are_counted_and_told_apart_by_their_names(tmp_path: Path) -> None:
    found = checked(tmp_path, arm("a"), (OWL, "pkg/sums"), **{"pkg/sums": {"most": 3}})
    assert found.foreign["pkg/sums"].arguments == {"most": 3}
    assert found.responses == found.plans[OWL].responses + 20
    with pytest.raises(InputError, match="two of the tasks are called sums in the logs"):
        checked(tmp_path, arm("a"), ("one.py@sums", "two.py@sums"))
    with pytest.raises(InputError, match=f"two of the tasks are called {OWL} in the logs"):
        checked(tmp_path, arm("a"), (OWL, f"one.py@{OWL}"))


def test_settings_of_any_task() -> None:
    faults = Faults()
    tasks = (OWL, "some/dir.d/sums.py@sums", "pkg/t")
    texts = [f"{OWL}.target=cat", "some/dir.d/sums.py@sums.words=a, b=c", "some/dir.d/sums.py@sums.most=3"]
    texts += ["pkg/t.on=true", "pkg/t.many=[1, 2]", 'pkg/t.text="3"', "pkg/t.day=2024-01-01", "pkg/t.limit=7"]
    assert read_settings(texts, tasks, {"samples": None, "limit": 5}, faults) == {
        OWL: {"limit": 5, "target": "cat"},
        "some/dir.d/sums.py@sums": {"--limit": 5, "words": "a, b=c", "most": 3},
        "pkg/t": {"--limit": 5, "on": True, "many": [1, 2], "text": "3", "day": "2024-01-01", "limit": 7},
    }
    assert not faults
    read_settings(["pkg/t.x=[1", "pkg/t.x", "pkg/t.=1", "pkg/t.y=.inf"], tasks, {}, faults)
    told = ["x=[1 is no value in YAML", "is not TASK.KEY=VALUE", "is not TASK.KEY=VALUE", "y=.inf is no value"]
    assert [words in fault for words, fault in zip(told, faults, strict=True)] == [True] * 4


def test_ours_are_plain_names() -> None:
    assert not any(is_foreign(name) for name in (OWL, "no_task"))
    assert all(is_foreign(name) for name in ("pkg/t", "f.py", "f.py@t"))
