"""`inoc-evals` as a user calls it, in this process, which has imported what takes a process of its own ten seconds."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

COMMAND = Path(sys.executable).with_name("inoc-evals")


@dataclass(frozen=True)
class Ended:
    """How a command ended. In `said` the lines of `err` are one, as a terminal of any width has them."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return " ".join(self.err.split())


def run(*arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> Ended:
    """`inoc-evals ARGUMENTS`, which knows nothing of earlier calls but what they left on disk. What it raises, but for
    its end, is raised."""
    from inoc_evals.cli import main
    from inoc_evals.harness.inspect import graders
    from inoc_evals.judging import accounting

    if "--json" in arguments:
        # What other tests left would be told of in the document, by asyncio, whenever it is collected.
        gc.collect()
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(graders, "_caches", []),
        mock.patch.object(graders, "_judges", {}),
        mock.patch.object(accounting, "_own", []),
        mock.patch.object(sys, "argv", [str(COMMAND), *arguments]),
        mock.patch.dict(os.environ, environment or {}),
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
            code = 0
        except SystemExit as end:
            if not isinstance(end.code, int | None):
                raise
            code = end.code or 0
    return Ended(code, out.getvalue(), err.getvalue())
