"""What `inoc-evals inoculate` does: rows with a prompt or a pool of them, on all or a share, and others mixed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from inoc_evals.errors import InputError
from inoc_evals.files import same_file
from inoc_evals.inoculation.interventions import mixed_data, share_of_rows
from inoc_evals.inoculation.rewrite import OnSystem, Placement, inoculate, read_rows, write_rows


@dataclass(frozen=True)
class Asked:
    """What the user asks for: the `prompts`, of which each row gets the next one, on a `share` of the rows (None: all),
    and the file `mix`, whose rows are then a share `mix_share` of all. `seed` draws rows."""

    prompts: Sequence[str]
    placement: Placement
    on_system: OnSystem
    share: float | None
    mix: Path | None
    mix_share: float | None
    seed: int


def run(data: Path, out: Path, asked: Asked) -> None:
    """Write the rows of `data`, as they are asked for, to `out`. Raises InputError, also where nothing is asked for,
    and WorkError where `out` cannot be written."""
    _check(data, out, asked)
    rows, told = prompted(read_rows(data), asked)
    if asked.mix is not None and asked.mix_share is not None:
        beside = read_rows(asked.mix)
        options = mixed_data.MixedOptions(name="mixed_data", data=["mix"], share=asked.mix_share, seed=asked.seed)
        places = mixed_data.rows(len(rows), len(beside), options)
        told.append(f"{len(places) - len(rows)} mixed in")
        rows = [rows[place] if place >= 0 else beside[-1 - place] for place, _ in places]
    write_rows(out, rows)
    click.echo(f"{len(rows)} rows written to {out} ({', '.join(told)})")


def prompted(rows: Sequence[Mapping[str, Any]], asked: Asked) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows with their prompts, and what was done to how many. Raises InputError as `inoculate` does."""
    if not asked.prompts:
        return [dict(row) for row in rows], []
    chosen = list(range(len(rows)))
    if asked.share is not None:
        options = share_of_rows.ShareOptions(name="share_of_rows", share=asked.share, seed=asked.seed)
        places = share_of_rows.rows(len(rows), 0, options)
        chosen = [place for place, has_prompt in places if has_prompt]
    found = [dict(row) for row in rows]
    replaced = prepended = 0
    for number, prompt in enumerate(asked.prompts):
        mine = chosen[number :: len(asked.prompts)]
        changed, counts = inoculate(rows, prompt, asked.placement, asked.on_system, mine)
        for place, row in zip(mine, changed, strict=True):
            found[place] = row
        replaced, prepended = replaced + counts.replaced, prepended + counts.prepended
    told = [f"{replaced} replaced", f"{prepended} prepended"]
    return found, told if asked.share is None else [f"{len(chosen)} with a prompt", *told]


def _check(data: Path, out: Path, asked: Asked) -> None:
    if any(same_file(one, out) for one in (data, asked.mix) if one is not None):
        raise InputError.at(out, "input and output are one file; name another output")
    if (asked.mix is None) != (asked.mix_share is None):
        raise InputError("--mix and --mix-share belong together; name both, or none")
    if not asked.prompts and asked.mix is None:
        raise InputError("nothing is to be done; name a --prompt, or rows to --mix in")
    if not asked.prompts and asked.share is not None:
        raise InputError("--share is that of the rows with a prompt; name a --prompt")
