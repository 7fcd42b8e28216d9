"""`inoc-evals lm-eval`: lm-eval's own `run` with our tasks on its path, and one server for a base and its arms."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inoc_evals.harness.lm_eval.entries import holds_ours, read_entries, resolve_names, task_folders
from inoc_evals.spec.errors import InputError, WorkError

if TYPE_CHECKING:
    from inoc_evals.harness.lm_eval.arms import Arm, ServedArms

KEY = "OPENAI_API_KEY"
_OURS = ("arms", "base", "url", "key_env", "max_model_len", "log", "num_concurrent")
# They need lm-eval's whole command; ours ends where results and samples are written.
_ELSEWHERE = ("wandb_args", "trackio_args", "hf_hub_log_args", "check_integrity", "show_config")


def run(arguments: Sequence[str]) -> None:
    """Run lm-eval with its own options and ours. Results go to --output_path as lm-eval writes them, each arm's into
    the folder of its served name. Raises InputError or WorkError; argparse ends the program for unknown options."""
    options = _parse(arguments)
    config = _config(options)
    entries = read_entries(task_folders())
    names, defaults = resolve_names(config.tasks, entries)
    if options.arms is None and options.url is None:
        # Without a conversation our tasks mean nothing, and there is nothing else that the user could want.
        config.apply_chat_template = config.apply_chat_template or holds_ours(names, entries)
        _evaluate(config, names, defaults, {"model": config.model, "model_args": config.model_args})
        return
    if config.model_args or options.model:
        raise InputError("with --arms or --url the models are the arms; leave --model and --model_args out")
    from inoc_evals.harness.lm_eval.arms import served_arms

    where = (options.base, options.arms or [], options.url, options.key_env)
    with served_arms(*where, options.log, options.max_model_len, _say) as served, _key_in_environment(served.key):
        _run_arms(config, names, defaults, served, options.num_concurrent)


def _run_arms(config: Any, names: Sequence[str], defaults: bool, served: ServedArms, concurrent: int) -> None:
    from inoc_evals.harness.lm_eval.served import NAME

    config.apply_chat_template = True
    config.fewshot_as_multiturn = True
    manager = _manager(config, defaults)
    for arm in served.arms:
        _say(f"arm {arm.label}: {arm.served}")
        model = {"model": arm.served, "base_url": f"{served.url}/chat/completions", "num_concurrent": concurrent}
        _evaluate(config, names, defaults, {"model": NAME, "model_args": {**model, "timeout": 600}}, arm, manager)


def _evaluate(
    config: Any,
    names: Sequence[str],
    defaults: bool,
    model: Mapping[str, Any],
    arm: Arm | None = None,
    manager: Any = None,
) -> None:
    from lm_eval import simple_evaluate
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.utils import make_table

    # What is registered is known to lm-eval by name.
    import inoc_evals.harness.lm_eval.served  # noqa: F401

    tracker = EvaluationTracker(output_path=config.output_path)
    seeds = config.seed or [None] * 4
    served = arm is not None
    results = simple_evaluate(
        **model,
        tasks=list(names),
        num_fewshot=config.num_fewshot,
        batch_size=config.batch_size,
        max_batch_size=config.max_batch_size,
        device=config.device,
        limit=config.limit,
        samples=config.samples,
        write_out=config.write_out,
        log_samples=config.log_samples,
        evaluation_tracker=tracker,
        system_instruction=config.system_instruction,
        apply_chat_template=config.apply_chat_template,
        fewshot_as_multiturn=bool(config.fewshot_as_multiturn),
        gen_kwargs=config.gen_kwargs,
        task_manager=manager or _manager(config, defaults),
        predict_only=config.predict_only,
        random_seed=seeds[0],
        numpy_random_seed=seeds[1],
        # Seeding torch loads it, which takes seconds, and a server's model is not in this process.
        torch_random_seed=None if served else seeds[2],
        fewshot_random_seed=seeds[3],
        confirm_run_unsafe_code=config.confirm_run_unsafe_code,
    )
    if results is None:
        return
    if arm is not None:
        results["config"]["inoc_arm"] = {
            "label": arm.label,
            "served": arm.served,
            "checkpoint": arm.checkpoint,
            "content_sha256": arm.content_sha256,
        }
    samples = results.pop("samples", None)
    _save(tracker, results, samples if config.log_samples else None)
    click.echo(make_table(results))
    if "groups" in results:
        click.echo(make_table(results, "groups"))


def _save(tracker: Any, results: Any, samples: Mapping[str, Any] | None) -> None:
    """Write as lm-eval does, which only warns if it cannot."""
    tracker.save_results_aggregated(results=results, samples=samples)
    for name in results["configs"] if samples is not None else ():
        tracker.save_results_samples(task_name=name, samples=samples[name])  # type: ignore[index]
    if tracker.output_path:
        path = Path(tracker.output_path)
        name = str(tracker.general_config_tracker.model_name_sanitized)
        folder = path.parent if path.suffix == ".json" else path / name
        if not list(folder.glob(f"*{tracker.date_id}*")):
            raise WorkError(f"lm-eval could not write into {folder}; see its warning above")
        _say(f"results in {folder}")


def _manager(config: Any, defaults: bool) -> Any:
    from lm_eval.tasks import TaskManager

    folders = [*task_folders(), *([Path(config.include_path)] if config.include_path else [])]
    return TaskManager(include_path=list(folders), include_defaults=defaults, metadata=config.metadata)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    from lm_eval._cli.run import Run

    parser = argparse.ArgumentParser(prog="inoc-evals lm-eval")
    commands = parser.add_subparsers()
    Run.create(commands)
    command = commands.choices["run"]
    command.prog, command.usage = "inoc-evals lm-eval", None
    ours = command.add_argument_group("arms of inoc-evals (one server, one process)")
    ours.add_argument("--arms", nargs="+", metavar="[LABEL=]FOLDER", help="LoRA adapters; with --url also served names")
    ours.add_argument("--base", help="the model under the adapters; without it, the one that they name")
    ours.add_argument("--url", help="a running server (http://HOST:PORT/v1) instead of one of our own")
    ours.add_argument("--key-env", metavar="VARIABLE", help="the environment variable that holds that server's key")
    ours.add_argument("--max-model-len", type=int, default=2048, help="tokens of our own server (default: %(default)s)")
    ours.add_argument("--log", type=Path, default=Path("vllm.log"), help="log of our own server (default: %(default)s)")
    ours.add_argument("--num-concurrent", type=int, default=64, help="requests at a time (default: %(default)s)")
    given = list(arguments)
    return parser.parse_args(["run", *(given[1:] if given[:1] == ["run"] else given)])


def _config(options: argparse.Namespace) -> Any:
    """lm-eval's own reading of its options. Raises InputError for what would give wrong numbers."""
    from lm_eval.config.evaluate_config import EvaluatorConfig
    from lm_eval.utils import setup_logging

    setup_logging(logging.WARNING)
    _hide_keys()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if options.use_cache or options.cache_requests:
        which = "--use_cache" if options.use_cache else "--cache_requests"
        raise InputError(f"{which} gives one model or run the data of another; leave it out")
    theirs = argparse.Namespace(**{key: value for key, value in vars(options).items() if key not in _OURS})
    try:
        config = EvaluatorConfig.from_cli(theirs)
    except (ValueError, TypeError, FileNotFoundError) as error:
        raise InputError(str(error)) from None
    for name in _ELSEWHERE:
        if getattr(config, name):
            remedy = 'use `lm_eval run --include_path "$(inoc-evals tasks-path)"` for it'
            raise InputError(f"--{name} is not part of this command; {remedy}")
    listed = config.tasks.split(",") if isinstance(config.tasks, str) else config.tasks
    config.tasks = [name for one in listed for name in one.split(",") if name]
    if not config.tasks:
        raise InputError("no task is named; write --tasks inoc, or one of the names of `inoc-evals list` after inoc_")
    return config


class _WithoutKey(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        key = os.environ.get(KEY)
        text = record.getMessage()
        if key and key in text:
            record.msg, record.args = text.replace(key, "..."), None
        return True


def _hide_keys() -> None:
    """lm-eval logs the headers of a failed request, and the key is in them."""
    # asyncio names the exception of a request that nobody waited for, headers included.
    for place in (*logging.getLogger("lm_eval").handlers, logging.getLogger("asyncio")):
        if not any(isinstance(one, _WithoutKey) for one in place.filters):
            place.addFilter(_WithoutKey())


@contextmanager
def _key_in_environment(key: str) -> Iterator[None]:
    before = os.environ.get(KEY)
    os.environ[KEY] = key
    try:
        yield
    finally:
        if before is None:
            del os.environ[KEY]
        else:
            os.environ[KEY] = before


def _say(text: str) -> None:
    click.echo(text, err=not sys.stdout.isatty())
