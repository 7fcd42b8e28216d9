"""Evaluations for inoculation prompting: `score` checkpoints by arm, `load` the results of an earlier run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inoc_evals.notebook import Scores as Scores
    from inoc_evals.notebook import load as load
    from inoc_evals.notebook import score as score

__all__ = ["Scores", "load", "score"]


def __getattr__(name: str) -> Any:
    # The command line imports this package too, and must start quickly.
    if name in __all__:
        from inoc_evals import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    own = {name for name in globals() if name.startswith("__")}
    return sorted({*own, *__all__})
