"""The options of `inoc-evals lm-eval`: lm-eval's own and ours, read by lm-eval, with its complaints as ours."""

from __future__ import annotations

import argparse
import logging
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from inoc_evals.commands.lm_eval.keys import hide_keys
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError
from inoc_evals.harness.lm_eval.compat import add_run_command
from inoc_evals.plan.request import THINKING
from inoc_evals.plan.thinking import REASONING, SWITCH

_OURS = ("arms", "base", "url", "key_env", "max_model_len", "log", "num_concurrent", *THINKING)
# They need lm-eval's whole command; ours ends where results and samples are written.
_ELSEWHERE = ("wandb_args", "trackio_args", "hf_hub_log_args", "check_integrity", "show_config")
_ARMS = "LoRA adapters; with --url also served names; or a YAML file of arms, which may vary how they are asked"
_UNKNOWN = "unrecognized arguments: "
_HIGHEST_SEED = 2**32 - 1
_BATCH = re.compile(r"[1-9][0-9]{0,5}|auto(:[0-9]{1,5}(\.[0-9]{1,5})?)?")


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are InputErrors; parsers of subcommands become of this kind too."""

    def error(self, message: str) -> NoReturn:
        if message.startswith(_UNKNOWN):
            unknown = message.removeprefix(_UNKNOWN).split()[0]
            message = (
                f"there is no option {shown(unknown)[1:-1]}{did_you_mean(unknown.partition('=')[0], self.known())}"
            )
        # argparse names the function that reads a value by its address in memory.
        message = re.sub(r"invalid [\w.]*(\(.*\)|<.*>)? value", "invalid value", message)
        raise InputError(f"{' '.join(message.split())} (see `inoc-evals lm-eval -h`)")

    def known(self) -> list[str]:
        """The names of all options, those of subcommands included."""
        found = list(self._option_string_actions)
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                found += [name for command in action.choices.values() for name in command._option_string_actions]
        return found


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """lm-eval's options and ours. Raises InputError; argparse ends the program after -h."""
    parser = _Parser(prog="inoc-evals lm-eval")
    commands = parser.add_subparsers()
    command = add_run_command(commands)
    command.prog, command.usage = "inoc-evals lm-eval", None
    ours = command.add_argument_group("arms of inoc-evals (one server, one process)")
    ours.add_argument("--arms", nargs="+", metavar="[ARM=]FOLDER", help=_ARMS)
    ours.add_argument("--base", help="the model under the adapters; without it, the one that they name")
    ours.add_argument("--url", help="a running server (http://HOST:PORT/v1) instead of one of our own")
    ours.add_argument("--key-env", metavar="VARIABLE", help="the environment variable that holds that server's key")
    ours.add_argument("--max-model-len", type=int, default=2048, help="tokens of our own server (default: %(default)s)")
    ours.add_argument("--log", type=Path, default=Path("vllm.log"), help="log of our own server (default: %(default)s)")
    ours.add_argument("--num-concurrent", type=int, default=64, help="requests at a time (default: %(default)s)")
    about = command.add_argument_group("reasoning, for our tasks (as --metadata would say it)")
    about.add_argument("--reasoning", choices=REASONING, help="store it apart (default); not; show it to judges too")
    about.add_argument("--reasoning-tokens", type=int, metavar="N", help="room for it beside the tokens of an answer")
    about.add_argument("--enable-thinking", choices=("true", "false"), help="the chat template's argument of that name")
    given = list(arguments)
    try:
        return parser.parse_args(["run", *(given[1:] if given[:1] == ["run"] else given)])
    # Some of lm-eval's own readers of values raise these where argparse does not expect them.
    except (ValueError, TypeError, AssertionError, RecursionError) as error:
        raise InputError(_said(error)) from None


def read_config(options: argparse.Namespace) -> Any:
    """lm-eval's own reading of its options. Raises InputError for what would give wrong numbers."""
    from lm_eval.config.evaluate_config import EvaluatorConfig
    from lm_eval.utils import setup_logging

    setup_logging(logging.WARNING)
    hide_keys()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if options.use_cache or options.cache_requests:
        which = "--use_cache" if options.use_cache else "--cache_requests"
        raise InputError(f"{which} gives one model or run the data of another; leave it out")
    if options.num_concurrent < 1 or options.max_model_len < 1:
        raise InputError("--num-concurrent and --max-model-len must be at least 1")
    theirs = argparse.Namespace(**{key: value for key, value in vars(options).items() if key not in _OURS})
    try:
        config = EvaluatorConfig.from_cli(theirs)
    # A file that --config or --samples names may hold anything.
    except (ValueError, TypeError, AttributeError, OSError, RecursionError) as error:
        raise InputError(_said(error)) from None
    for name in _ELSEWHERE:
        if getattr(config, name):
            remedy = 'use `lm_eval run --include_path "$(inoc-evals tasks-path)"` for it'
            raise InputError(f"--{name} is not part of this command; {remedy}")
    config.tasks = _task_names(config.tasks)
    config.metadata = _with_thinking(options, config.metadata)
    if not _BATCH.fullmatch(str(config.batch_size)):
        raise InputError(f"--batch_size {shown(config.batch_size)} is no number and not auto or auto:N; correct it")
    if not all(seed is None or 0 <= seed <= _HIGHEST_SEED for seed in config.seed or ()):
        raise InputError(f"--seed takes whole numbers from 0 to {_HIGHEST_SEED}, or None; correct it")
    if config.samples is not None and not isinstance(config.samples, dict):
        message = f"--samples {shown(config.samples)} is no JSON object and no file of one"
        raise InputError(f"{message}; write it as in '{{\"inoc_owl_preference\": [0, 1]}}'")
    return config


def _with_thinking(options: argparse.Namespace, metadata: dict[str, Any] | None) -> dict[str, Any] | None:
    """The metadata with what our options say of reasoning. Raises InputError for what is said twice."""
    given = {name: value for name in THINKING if (value := getattr(options, name)) is not None}
    if SWITCH in given:
        given[SWITCH] = given[SWITCH] == "true"
    if twice := [name for name in given if name in (metadata or {})]:
        option = twice[0].replace("_", "-")
        raise InputError(f"--{option} and --metadata both say {twice[0]}; keep one of the two")
    return {**(metadata or {}), **given} if given else metadata


def _task_names(given: object) -> list[str]:
    listed = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    if not all(isinstance(one, str) for one in listed):
        raise InputError(f"tasks must be names, not {shown(given)}; write --tasks inoc_owl_preference,...")
    names = [name.strip() for one in listed for name in one.split(",") if name.strip()]
    if not names:
        raise InputError("no task is named; write --tasks inoc, or one of the names of `inoc-evals list` after inoc_")
    return names


def _said(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "a value of an option is nested too deeply; write it plainly"
    text = " ".join(str(error).split())
    return text if len(text) <= 300 else text[:297] + "..."
