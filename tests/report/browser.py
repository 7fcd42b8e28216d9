"""Visits to a page in a headless Chromium."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CARDS = "document.querySelectorAll('#examples article').length"
COUNT = "document.getElementById('count').textContent"


@dataclass(frozen=True)
class Visit:
    results: list[Any]
    console: list[str]
    requests: list[str]
    opened: float


def visit(page: Path, *scripts: str, options: tuple[str, ...] = ()) -> Visit:
    command = [sys.executable, str(Path(__file__).with_name("chromium.py")), str(page), *options]
    done = subprocess.run(command, input=json.dumps(scripts), capture_output=True, text=True, check=False, timeout=90)
    if done.returncode:
        pytest.fail(f"the browser ended with {done.returncode}: {done.stderr[-2000:]}")
    return Visit(**json.loads(done.stdout.splitlines()[-1]))
