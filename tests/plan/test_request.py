from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.faults import Faults
from inoc_evals.plan.request import THINKING, chosen_tasks, read_request

DRAWN = {"owl_preference", "spanish_capitals", "two_languages"}
JUDGED = {"emergent_misalignment", "backdoor", "sycophancy", "toxicity"}


@pytest.mark.parametrize(("judges", "names"), [((), DRAWN), (("p/judge",), DRAWN | JUDGED)])
@pytest.mark.parametrize(
    "common",
    [
        {"limit": 3, "samples": 2},
        {"limit": None, "samples": None},
        {"limit": None, "samples": None, "enable_thinking": False},
        {"limit": None, "samples": None, "reasoning": "drop", "reasoning_tokens": 100},
    ],
)
def test_what_holds_for_all_tasks_holds_for_those_that_run_without_a_choice(
    judges: tuple[str, ...], names: set[str], common: dict[str, Any]
) -> None:
    given: dict[str, Any] = {"tasks": "", "settings": (), "shard": "1/1", "checkpoints": ("m/a",), "out": Path("out")}
    given |= {
        "judges": judges,
        "max_model_len": 64,
        "server_arguments": (),
        "workers": 1,
        "ci_width": None,
        "arms": None,
        "prices": None,
        "budget": None,
    }
    given |= {"conditions": None, **dict.fromkeys(THINKING), **common}
    faults = Faults()
    request = read_request(given, faults)
    assert {task.name for task in chosen_tasks(request, faults)} == names
    assert not faults
    wanted = {key: value for key, value in common.items() if value is not None}
    assert all(arguments == wanted for arguments in request.arguments.values())
    assert set(request.arguments) == (names if wanted else set())


def test_what_is_about_reasoning_reaches_no_task_of_others() -> None:
    given: dict[str, Any] = {"tasks": "inspect_evals/arc", "settings": (), "shard": "1/1", "checkpoints": ("m/a",)}
    given |= {
        "judges": (),
        "max_model_len": 64,
        "server_arguments": (),
        "workers": 1,
        "ci_width": None,
        "arms": None,
        "prices": None,
        "budget": None,
        "out": Path("out"),
    }
    given |= {"limit": 2, "samples": None, "conditions": None, **dict.fromkeys(THINKING), "enable_thinking": True}
    faults = Faults()
    request = read_request(given, faults)
    assert list(faults) == [
        "--enable-thinking reaches our tasks only; leave it out, or run inspect_evals/arc by itself"
    ]
    assert request.arguments == {"inspect_evals/arc": {"--limit": 2}}
