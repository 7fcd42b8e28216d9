"""The perplexities of the checkpoints of a run against those of their bases, as they are shown and stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from inoc_evals.checkpoints.acting import changes_output
from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.checkpoints.sizes import is_alike
from inoc_evals.errors import WorkError
from inoc_evals.results.settings import Perplexity
from inoc_evals.serving.perplexity import SHA256, Read, read_passages
from inoc_evals.serving.server import BASE, VLLM, Server

_SHOWN = 8


@dataclass
class Bases:
    """What the full models of a run made of the passages so far, by their references: a merged or quantised model is
    compared with the first that is like it."""

    read: dict[str, tuple[Path, Read]] = field(default_factory=dict)

    def perplexities(
        self, group: Served, members: Sequence[Member], server: Server, say: Callable[[str], None]
    ) -> dict[str, Perplexity]:
        """Of `members`, by label, whom this server serves; `say` is told of those whose it does not tell."""
        reference, folder = group.base.reference, Path(group.base.base)
        adapters = {label: group.adapters[label] for one in members if (label := group.members[one.label]) is not None}
        found = perplexities(server, adapters, reference, say)
        if (own := found.get(BASE)) is None:
            return {}
        like = next((name for name, (other, _) in self.read.items() if is_alike(folder, other)), None)
        if like is not None:
            found[BASE] = own.model_copy(update={"against": like, "against_nats": self.read[like][1].nats})
        self.read[reference] = folder, Read(own.nats, own.tokens)
        by_member = {one.label: found.get(group.members[one.label] or BASE) for one in members}
        return {label: one for label, one in by_member.items() if one is not None}


def perplexities(
    server: Server, adapters: Mapping[str, Path], reference: str, say: Callable[[str], None]
) -> dict[str, Perplexity]:
    """Those of `BASE`, which the user calls `reference`, and of `adapters` (label -> folder) that this server serves,
    by label. What is not told is left out, and `say` is told of it: no run ends for it."""
    base = _read(server, BASE, say)
    if base is None:
        return {}
    found = {BASE: _stored(base)}
    left = [label for label, folder in adapters.items() if server.engine == VLLM and changes_output(folder)]
    if left:
        say(f"note: no perplexity of {', '.join(left)}: vLLM leaves a change of the output layer out of it")
    for label in (label for label in adapters if label not in left):
        if (one := _read(server, label, say)) is not None:
            found[label] = _stored(one).model_copy(update={"against": reference, "against_nats": base.nats})
    return found


def _stored(read: Read) -> Perplexity:
    return Perplexity(nats=read.nats, tokens=read.tokens, sha256=SHA256)


def _read(server: Server, label: str, say: Callable[[str], None]) -> Read | None:
    try:
        return read_passages(server.url, server.api_key, server.names[label])
    except WorkError as error:
        say(f"note: {error}")
        return None


def told(found: Mapping[str, Perplexity]) -> Iterator[str]:
    """What was found, in a line for the screen."""
    ratios = {label: one.ratio for label, one in found.items() if one.ratio is not None}
    if ratios:
        order = sorted(ratios, key=ratios.__getitem__)
        shown = order if len(order) <= _SHOWN else [order[0], order[-1]]
        between = ", " if len(order) <= _SHOWN else " to "
        times = between.join(f"{label} {ratios[label]:.3g}" for label in shown)
        yield f"perplexity on plain text, as a multiple of the base's: {times}"
