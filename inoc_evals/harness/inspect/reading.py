"""Inspect logs from the disk, or one sentence about what is wrong with a file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from inspect_ai.log import EvalLog, read_eval_log

from inoc_evals.definitions.words import one_line
from inoc_evals.errors import InputError
from inoc_evals.harness.inspect.compat import LOG_SCHEMA_VERSION, open_log

# What stands in a log's metadata only if a task of ours wrote it.
OURS = "inoc_evals"
_REMEDY = "put a whole copy in its place or remove it"


def log_files(logs: Path | Iterable[Path]) -> list[Path]:
    """The log files of a folder, or the named files and those of the named folders, by name.

    What an interrupted rewrite left is hidden by its name and no log. Raises InputError where there is none.
    """
    named = [logs] if isinstance(logs, Path) else list(logs)
    files = [file for path in named for file in (sorted(path.glob("*.eval")) if path.is_dir() else [path])]
    files = [file for file in files if not file.name.startswith(".")]
    # A link to nothing in a folder is a broken log, which is said when it is read.
    missing = [path for path in named if not path.exists()]
    if missing or not files:
        place = missing[0] if missing else logs if isinstance(logs, Path) else "logs"
        raise InputError.at(place, "no inspect log here; run an evaluation first")
    return files


def read_log(file: Path, *, header_only: bool = False) -> EvalLog:
    """The log in `file`, with all of its samples. Raises InputError for whatever cannot be read as one."""
    if file.is_dir():
        raise InputError.at(file, f"this is a folder where a log should be; {_REMEDY}")
    try:
        if file.suffix == ".eval":
            _require_checksums(file, header_only=header_only)
        log = read_eval_log(str(file), header_only=header_only)
    except OSError as error:
        raise InputError.at(file, f"the log cannot be read ({error.strerror or error}); {_REMEDY}") from None
    # zip, zstd, JSON and pydantic each have exceptions of their own for a broken file.
    except Exception as error:
        what = one_line(error)[:200]
        raise InputError.at(file, f"the log is damaged ({what}); {_REMEDY}") from None
    if log.version > LOG_SCHEMA_VERSION:
        raise InputError.at(file, f"a newer inspect_ai wrote this log (format {log.version}); update inspect_ai")
    if not header_only:
        _require_samples(file, log)
    return log


def damaged(file: Path, what: str) -> InputError:
    """The error for a log whose content is not what our tasks write."""
    return InputError.at(file, f"the log is damaged ({what}); {_REMEDY}")


def _require_checksums(file: Path, *, header_only: bool) -> None:
    """inspect does not compare what it reads of an archive with the checksums in it. With `header_only` all but the
    samples is compared. Raises what zipfile raises."""
    with open_log(file) as archive:
        for name in dict.fromkeys(archive.namelist()):
            if not (header_only and name.startswith("samples/")):
                archive.read(name)


def _require_samples(file: Path, log: EvalLog) -> None:
    """Are there as many samples as the log's own results count? A lost part of the archive is not noticed else."""
    there = len(log.samples or [])
    if log.status == "success" and log.results is not None and there < log.results.completed_samples:
        raise damaged(file, f"it holds {there} of its {log.results.completed_samples} samples")
