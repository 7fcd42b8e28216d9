"""`inoc-evals lm-eval`: lm-eval's own `run` with our tasks on its path, and one server for a base and its arms."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from inoc_evals.commands.lm_eval.checks import (
    Asked,
    check_foreign,
    check_model,
    check_places,
    check_tasks,
    check_variations,
)
from inoc_evals.commands.lm_eval.keys import key_in_environment
from inoc_evals.commands.lm_eval.options import parse, read_config
from inoc_evals.definitions.arms import PLAIN, Variation
from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import WorkError
from inoc_evals.files import check_writable
from inoc_evals.harness.lm_eval.compat import written_by
from inoc_evals.harness.lm_eval.entries import own_tasks, read_entries, resolve_names, task_folders

if TYPE_CHECKING:
    from inoc_evals.commands.lm_eval.arms import Arm, ServedArms


def run(arguments: Sequence[str]) -> None:
    """Run lm-eval with its own options and ours. Results go to --output_path as lm-eval writes them, each arm's into
    the folder of its served name. Raises InputError, before a model is loaded or a server started, with everything that
    is wrong; and WorkError."""
    options = parse(arguments)
    config = read_config(options)
    entries = read_entries(task_folders(), config.tasks)
    faults = Faults()
    names: list[str] = []
    foreign = False
    for task in config.tasks:
        with faults.collected():
            some, other = resolve_names([task], entries)
            names += [name for name in some if name not in names]
            foreign = foreign or other
    on_server = options.arms is not None or options.url is not None
    check_places(options, config, on_server and options.url is None, faults)
    asked = Asked(own_tasks(names, entries), foreign)
    check_tasks(options, config, asked, faults)
    if on_server and (config.model_args or options.model):
        faults.add("with --arms or --url the models are the arms; leave --model and --model_args out")
    from inoc_evals.commands.lm_eval.arms import Found, find_arms, served_arms

    found = Found()
    if on_server:
        found = find_arms(options.base, options.arms or [], options.url, options.key_env, faults, _say)
        check_variations(found.variations(), config, asked, faults)
    else:
        check_model(config, bool(options.model or options.model_args or options.config), faults)
    manager = None
    if foreign and (not config.include_path or Path(config.include_path).is_dir()):
        manager = _manager(config, True)
        check_foreign([name for name in names if name not in entries], manager, faults)
    faults.refuse()
    if config.output_path:
        output = Path(config.output_path)
        check_writable(output if output.suffix == ".json" else output / "results.json")
    if not on_server:
        # Without a conversation our tasks mean nothing, and there is nothing else that the user could want.
        config.apply_chat_template = config.apply_chat_template or bool(asked.ours)
        model = {"model": config.model, "model_args": config.model_args}
        _evaluate(config, names, model, manager or _manager(config, foreign))
        return
    with served_arms(found, options.log, options.max_model_len, _say) as served, key_in_environment(served.key):
        _run_arms(config, names, manager or _manager(config, foreign), served, options.num_concurrent)


def _run_arms(config: Any, names: Sequence[str], manager: Any, served: ServedArms, concurrent: int) -> None:
    from inoc_evals.harness.lm_eval.served import NAME

    config.apply_chat_template = True
    config.fewshot_as_multiturn = True
    for arm in served.arms:
        _say(f"arm {arm.label}: {arm.served}")
        model = {"model": arm.served, "base_url": f"{served.url}/chat/completions", "num_concurrent": concurrent}
        # Only our tasks are varied, and the manager of all arms may have lm-eval's own ones, which are not.
        asked = _manager(config, False, arm.variation) if arm.variation.given() else manager
        _evaluate(config, names, {"model": NAME, "model_args": {**model, "timeout": 600}}, asked, arm)


def _evaluate(
    config: Any, names: Sequence[str], model: Mapping[str, Any], manager: Any, arm: Arm | None = None
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
        task_manager=manager,
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
        results["config"]["inoc_arm"] = arm.record()
    samples = results.pop("samples", None)
    _save(tracker, results, samples if config.log_samples else None)
    click.echo(make_table(results))
    if "groups" in results:
        click.echo(make_table(results, "groups"))


def _save(tracker: Any, results: Any, samples: Mapping[str, Any] | None) -> None:
    """Write as lm-eval does, which only warns if it cannot, and leaves half-written files."""
    tracker.save_results_aggregated(results=results, samples=samples)
    counts: dict[str, int] = {}
    for name in results["configs"] if samples is not None else ():
        tracker.save_results_samples(task_name=name, samples=samples[name])  # type: ignore[index]
        counts[name] = len(samples[name])  # type: ignore[index]
    if tracker.output_path:
        path = Path(tracker.output_path)
        name, date = written_by(tracker)
        folder = path.parent if path.suffix == ".json" else path / name
        written = list(folder.glob(f"*{date}*"))
        damaged = [file for file in written if not _is_whole(file, counts, date)]
        for file in damaged:
            file.unlink()
        if damaged or len(written) != 1 + len(counts):
            raise WorkError(f"lm-eval could not write into {folder}, see its warning above; free some space there")
        _say(f"results in {folder}")


def _is_whole(file: Path, counts: Mapping[str, int], date: str) -> bool:
    """Is this file of results, or of as many samples as `counts` says for its task, written to its end?"""
    content = file.read_bytes()
    if file.suffix == ".jsonl":
        task = file.stem.removeprefix("samples_").removesuffix(f"_{date}")
        return content.count(b"\n") == counts.get(task)
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def _manager(config: Any, defaults: bool, variation: Variation = PLAIN) -> Any:
    from lm_eval.tasks import TaskManager

    folders = [*task_folders(), *([Path(config.include_path)] if config.include_path else [])]
    given = variation.given()
    metadata = {**(config.metadata or {}), **given} if given else config.metadata
    return TaskManager(include_path=list(folders), include_defaults=defaults, metadata=metadata)


def _say(text: str) -> None:
    click.echo(text, err=not sys.stdout.isatty())
