"""The model of random weights that trainings are tested with is the base of experiments here."""

from __future__ import annotations

from tests.inoculation.conftest import tiny

__all__ = ["tiny"]
