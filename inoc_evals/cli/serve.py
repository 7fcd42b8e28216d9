"""The commands `inoc-evals serve`, `lm-eval` and `tasks-path`. They only read options and call."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("serve")
@click.argument("base")
@click.argument("adapters", nargs=-1)
@click.option("--arms", type=click.Path(path_type=Path), default=None, help="YAML: the adapters of these arms too")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="any free one by default")
@click.option("--max-model-len", type=int, default=1024, show_default=True)
@click.option("--log", type=click.Path(path_type=Path, dir_okay=False), default=Path("vllm.log"), show_default=True)
@click.option(
    "--key-file", type=click.Path(path_type=Path, dir_okay=False), default=Path("vllm.key"), show_default=True
)
def serve_(
    base: str,
    adapters: tuple[str, ...],
    arms: Path | None,
    port: int | None,
    max_model_len: int,
    log: Path,
    key_file: Path,
) -> None:
    """One vLLM server for BASE and its LoRA adapters ([ARM=]FOLDER ...), until Ctrl-C."""
    from inoc_evals.commands.serve import run

    run(base, adapters, arms, port, max_model_len, log, key_file)


@click.command("tasks-path")
def tasks_path() -> None:
    """The folder of tasks, for lm-eval's --include_path."""
    from inoc_evals.harness.lm_eval.entries import task_folders

    folders = task_folders()
    click.echo("\n".join(str(folder) for folder in folders))
    if len(folders) > 1:
        click.echo("note: lm-eval's --include_path takes one folder; `inoc-evals lm-eval` takes them all", err=True)


@click.command("lm-eval", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def lm_eval_(arguments: tuple[str, ...]) -> None:
    """lm-eval with our tasks on its path; --arms for a base and its adapters on one server. See -h."""
    from inoc_evals.commands.lm_eval.run import run

    run(arguments)
