from __future__ import annotations

import sys
from importlib.metadata import version

from inoc_evals.checkpoints.compat import registered_providers


def test_inspect_still_tells_its_providers_without_loading_them() -> None:
    before = "google.genai" in sys.modules
    known = registered_providers()
    assert {"openai", "anthropic", "google", "hf", "mockllm"} <= known, f"inspect {version('inspect_ai')} tells others"
    assert ("google.genai" in sys.modules) == before
