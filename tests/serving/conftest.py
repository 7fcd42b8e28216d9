"""The model of random weights that trainings are tested with serves here too."""

from __future__ import annotations

from tests.inoculation.conftest import tiny

__all__ = ["tiny"]
