from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from inoc_evals.definitions.faults import Faults
from inoc_evals.plan.request import chosen_tasks, read_request

DRAWN = {"owl_preference", "spanish_capitals", "two_languages"}
JUDGED = {"emergent_misalignment", "backdoor"}


@pytest.mark.parametrize(("judges", "names"), [((), DRAWN), (("p/judge",), DRAWN | JUDGED)])
@pytest.mark.parametrize("common", [{"limit": 3, "samples": 2}, {"limit": None, "samples": None}])
def test_what_holds_for_all_tasks_holds_for_those_that_run_without_a_choice(
    judges: tuple[str, ...], names: set[str], common: dict[str, int | None]
) -> None:
    given: dict[str, Any] = {"tasks": "", "settings": (), "shard": "1/1", "checkpoints": ("m/a",), "out": Path("out")}
    given |= {"judges": judges, "max_model_len": 64, "server_arguments": (), "workers": 1, "arms": None}
    given |= {"conditions": None, **common}
    faults = Faults()
    request = read_request(given, faults)
    assert {task.name for task in chosen_tasks(request, faults)} == names
    assert not faults
    wanted = {key: value for key, value in common.items() if value is not None}
    assert all(arguments == wanted for arguments in request.arguments.values())
    assert set(request.arguments) == (names if wanted else set())
