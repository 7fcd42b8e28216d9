"""The `inoc-evals` command. Commands only read options and call; everything heavy is imported inside them."""

from __future__ import annotations

import io
import os
import sqlite3
import sys

import click

from inoc_evals.blanking import blanked
from inoc_evals.cli.direction import direction
from inoc_evals.cli.doctor import doctor_
from inoc_evals.cli.elicit import elicit
from inoc_evals.cli.experiment import demo, experiment
from inoc_evals.cli.influence import influence
from inoc_evals.cli.judges import judges
from inoc_evals.cli.list import instruments, list_
from inoc_evals.cli.new import new
from inoc_evals.cli.results import compare_, report_
from inoc_evals.cli.score import score_
from inoc_evals.cli.serve import lm_eval_, serve_, tasks_path
from inoc_evals.cli.surprise import surprise_
from inoc_evals.cli.train import inoculate_, train_, train_kts_
from inoc_evals.definitions.words import one_line, printable
from inoc_evals.errors import InputError, WorkError
from inoc_evals.extras import lacking_module
from inoc_evals.files import unwritable
from inoc_evals.imports import seldom_collected


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inoc-evals")
def cli() -> None:
    """Which traits did these checkpoints pick up? Evaluations for inoculation prompting."""


cli.add_command(compare_)
cli.add_command(demo)
cli.add_command(direction)
cli.add_command(doctor_)
cli.add_command(elicit)
cli.add_command(experiment)
cli.add_command(influence)
cli.add_command(inoculate_)
cli.add_command(instruments)
cli.add_command(judges)
cli.add_command(list_)
cli.add_command(lm_eval_)
cli.add_command(new)
cli.add_command(report_)
cli.add_command(score_)
cli.add_command(serve_)
cli.add_command(surprise_)
cli.add_command(tasks_path)
cli.add_command(train_)
cli.add_command(train_kts_)


def main() -> None:
    """Run the command; 1 if the work failed, 2 if the input was wrong, each with one clear message."""
    seldom_collected()
    # Names of files and texts of models may hold characters that a terminal has none for.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    code = _run()
    try:
        # None where it was closed before the start.
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        # What could not be written would be tried again, and fail loudly, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # A reader such as `head` that has seen enough is no fault.
        if not isinstance(error, BrokenPipeError):
            _complain(str(unwritable("the output", error)))
        code = code or 1
    sys.exit(code)


def _run() -> int:
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        return 130
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        click.echo(printable(blanked(shown.getvalue())), err=True, nl=False)
        return error.exit_code
    except InputError as error:
        return _complain(str(error), 2)
    except RecursionError:
        return _complain("something that was given is nested too deeply; write it more plainly", 2)
    except WorkError as error:
        return _complain(str(error))
    except ModuleNotFoundError as error:
        # A core package that is missing is no matter of extras, and its traceback says where.
        if (sentence := lacking_module(error)) is None:
            raise
        return _complain(sentence)
    except MemoryError:
        return _complain("the memory is used up; give less at once, or use a machine with more")
    except BrokenPipeError:
        return 1
    except sqlite3.Error as error:
        return _complain(f"a database cannot be written ({error}); free some space, or look at its permissions")
    except OSError as error:
        # Libraries raise their own without a number, such as for a model that is not there.
        if error.errno is None:
            return _complain(one_line(error))
        return _complain(str(unwritable(error.filename or "the output, or a file,", error, "used")))
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int = 1) -> int:
    click.echo(f"error: {printable(blanked(message))}", err=True)
    return code
