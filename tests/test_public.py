import subprocess
import sys
from pathlib import Path

import inoc_evals
from inoc_evals.plan.request import common_arguments
from tests.readers.test_tables import organism


def test_the_package_lists_what_there_is():
    assert {"Scores", "load", "score"} <= set(dir(inoc_evals))


def test_listing_names_loads_nothing_heavy():
    code = (
        "import sys, inoc_evals; names = dir(inoc_evals); print('load' in names, 'inoc_evals.notebook' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_results_show_themselves_on_one_screen(tmp_path: Path) -> None:
    rows = [("Q?", f"q{n}", f"answer {n}", 90 if n % 2 else 10, 90) for n in range(40)]
    none = organism(tmp_path / "none.csv", rows)
    other = organism(tmp_path / "other.csv", [(*row[:3], 90, 90) for row in rows])
    scores = inoc_evals.load({"none": none, "inoculated": other})
    lines = repr(scores).splitlines()
    assert lines[0].startswith("80 responses of none, inoculated in ")
    assert max(map(len, lines[1:])) <= 80
    assert len(lines) <= 40
    # Twenty of forty are misaligned in the one arm, none in the other.
    assert "misaligned answers 50.0 points lower" in " ".join(lines)
    frame = scores.df()
    assert {"misaligned", "misaligned_cause"} <= set(frame.columns)


def test_the_types_are_shipped() -> None:
    assert Path(inoc_evals.__file__).with_name("py.typed").is_file()


def test_what_is_set_for_all_tasks() -> None:
    both = common_arguments(("spanish_capitals", "pkg/task"), (), limit=3, samples=2)
    assert both == {"spanish_capitals": {"samples": 2, "limit": 3}, "pkg/task": {"--samples": 2, "--limit": 3}}
    assert common_arguments(("spanish_capitals",), (), limit=None, samples=None) == {}
    assert "owl_preference" in common_arguments((), (), limit=3, samples=None)
