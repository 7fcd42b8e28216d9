import subprocess
import sys

import inoc_evals


def test_the_package_lists_what_there_is():
    assert {"Scores", "load", "score"} <= set(dir(inoc_evals))


def test_listing_names_loads_nothing_heavy():
    code = (
        "import sys, inoc_evals; names = dir(inoc_evals); print('load' in names, 'inoc_evals.notebook' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]
