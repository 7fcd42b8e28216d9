"""What a user sees when a server is stopped or does not come up."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from inoc_evals.serving.command import _model
from inoc_evals.serving.server import _tail

# A program that is busy inside `serve` and has something to clean up.
WAITING = """
import sys, time
from pathlib import Path
from inoc_evals.serving.server import _sigterm_as_exit
try:
    with _sigterm_as_exit():
        print("ready", flush=True)
        time.sleep(60)
finally:
    Path(sys.argv[1]).write_text("cleaned up")
"""


def test_sigterm_lets_the_program_clean_up(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, str(tmp_path / "end")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 128 + signal.SIGTERM
    assert (tmp_path / "end").read_text() == "cleaned up"


def test_a_revision_is_handed_over_for_weights_and_tokenizer(tmp_path: Path) -> None:
    assert _model("org/name") == ["--model", "org/name"]
    assert _model("org/name@v1") == ["--model", "org/name", "--revision", "v1", "--tokenizer-revision", "v1"]
    folder = tmp_path / "with@sign"
    folder.mkdir()
    assert _model(str(folder)) == ["--model", str(folder)]


def test_the_first_error_is_shown_even_far_above_the_end_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    cause = "(EngineCore pid=7) ERROR 11-21 09:00:00 [core.py:1] ValueError: the cause"
    end = [f"line {number}" for number in range(40)] + ["RuntimeError: Engine core initialization failed."]
    log.write_text("\n".join(["INFO start", cause, *end]))
    shown = _tail(log).splitlines()
    assert shown[0] == cause
    assert shown[-1] == end[-1]
    log.write_text("\n".join(["INFO start", cause]))
    assert _tail(log).splitlines() == ["INFO start", cause]
