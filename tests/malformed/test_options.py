"""Odd values for every option, argument, setting and environment variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.judging.serving import Served
from tests.malformed.options import Odd, filled, prepare, some_of_each
from tests.malformed.running import objections, run

CASES = 3  # of each option
PARTS = 12
# Their exit code 1 also says that a judge is not to be trusted, is another one, or could rate nothing.
VERDICTS = (("judges", "check"), ("judges", "rate"), ("judges", "drift"))


def attack(call: Odd, folder: Path, url: str) -> list[str]:
    """What is wrong about how an odd call ended that ran in `folder`."""
    prepare(folder)
    arguments, environment = filled(call, folder, url)
    # An odd value of an option for output is the name of an output.
    outputs = [folder / "out", folder / "cache", folder / "here"]
    words = call.arguments[:2]
    ended = run(arguments, folder, outputs, environment)
    return objections(ended, verdict=words in VERDICTS or words[:1] == ("doctor",))


@pytest.mark.parametrize("part", range(PARTS))
def test_an_odd_value_gives_one_clear_message(part: int, served: Served, tmp_path: Path) -> None:
    faults = {}
    for number, call in enumerate(some_of_each(0, CASES)[part::PARTS]):
        folder = tmp_path / str(number)
        folder.mkdir()
        if found := attack(call, folder, served.url):
            faults[call.what] = found
    assert not faults, "\n".join(f"{call}: {fault}" for call, found in faults.items() for fault in found)
