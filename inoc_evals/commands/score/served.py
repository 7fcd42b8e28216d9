"""Scoring checkpoints that are served here: one server for each base with its adapters."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inoc_evals.checkpoints.arms import Member, Served
from inoc_evals.commands.perplexities import told as told_perplexities
from inoc_evals.commands.plan_screen import run_kind
from inoc_evals.commands.progress import Pace
from inoc_evals.commands.proven import told
from inoc_evals.commands.score.asking import evaluate
from inoc_evals.commands.score.folder import log_folders
from inoc_evals.commands.score.scoring import Scoring
from inoc_evals.commands.turns import TOGETHER, called, turns
from inoc_evals.plan.duration import remember
from inoc_evals.results.settings import note_perplexity, note_proven

if TYPE_CHECKING:
    from inspect_ai.model import Model

    from inoc_evals.harness.inspect.asked import Asked
    from inoc_evals.serving.server import Server

    # What gives a server for these members, and the seconds that its start took.
    Serving = Callable[[Scoring, Served, Sequence[Member]], AbstractContextManager[tuple[Server, float]]]


def score_group(scoring: Scoring, group: Served, judges: Sequence[Model], serving: Serving) -> None:
    """Ask the members of the group that are not scored yet, on a server that `serving` gives."""
    members = [member for member in scoring.asked_members if member.label in group.members]
    name = group.base.content_hash[:12]
    scored = _scored(scoring, scoring.place(name))
    left = [member for member in members if member.label not in scored]
    if len(left) < len(members):
        there = called([member.label for member in members if member.label in scored])
        scoring.console.print(f"{there}: scored already" + ("" if left else ", no server is started"))
    if not left:
        return
    with serving(scoring, group, left) as (server, start_s):
        pace = _evaluate_served(scoring, group, scored, server, judges)
    remember(run_kind(scoring.request, scoring.checked, name), start_s, pace.made, pace.seconds)


def _scored(scoring: Scoring, folder: Path) -> set[str]:
    """The labels of those with logs in `folder`, or in folders beside it, of whom nothing is left to ask or to rate. Of
    tasks of others nobody here can tell."""
    from inoc_evals.harness.inspect.kept import complete, finished_responses

    if scoring.checked.foreign:
        return set()
    folders = [path for path in log_folders(scoring.request.out) if path.name.startswith(folder.name)]
    if scoring.asking is not None:
        made_of = {name: plan.record["task_sha256"] for name, plan in scoring.checked.plans.items()}
        there, asked = finished_responses(folders, made_of), scoring.asking.responses
        return {
            member.label
            for member in scoring.asked_members
            if all(there.get(member.label, {}).get(task, 0) >= count for task, count in asked[member.arm].items())
        }
    wanted = {name: (plan.record["task_sha256"], plan.responses) for name, plan in scoring.checked.plans.items()}
    return complete(folders, wanted)


@contextmanager
def own_server(scoring: Scoring, group: Served, members: Sequence[Member]) -> Iterator[tuple[Server, float]]:
    """A server for these members of the group, proven to be what it should, and the seconds that its start took."""
    from inoc_evals.harness.inspect.compat import import_ahead
    from inoc_evals.serving.server import VLLM, ServerSettings, engine_of, room_for, serve

    wanted = {group.members[member.label] for member in members}
    adapters = {label: folder for label, folder in group.adapters.items() if label in wanted}
    room = room_for(group.base.base, adapters, scoring.request.server_arguments)
    engine = engine_of(group.base.base)
    what = "a server" if engine == VLLM else f"a server of {engine}"
    scoring.console.print(f"starting {what} for {group.base.reference} with {len(adapters)} adapters", soft_wrap=True)
    if room is not None:
        scoring.console.print(room.told(len(adapters)), soft_wrap=True)
    import_ahead()
    begun = time.monotonic()
    with serve(
        group.base.base,
        group.base.content_hash,
        adapters,
        scoring.request.out / f"{engine.lower()}-{group.base.content_hash[:12]}.log",
        ServerSettings(
            max_model_len=scoring.request.max_model_len, extra_args=tuple(scoring.request.server_arguments), room=room
        ),
        controls=group.controls(scoring.checked.members),
    ) as server:
        start_s = time.monotonic() - begun
        _note_proven(scoring, group, members, server)
        _note_perplexity(scoring, group, members, server)
        yield server, start_s


def _evaluate_served(
    scoring: Scoring, group: Served, scored: Collection[str], server: Server, judges: Sequence[Model]
) -> Pace:
    """Ask what this server serves, but for the turns in which all are `scored`. Adapters that do not fit into memory
    all at once are proven again before each turn."""
    from inoc_evals.serving.proof import prove_again
    from inoc_evals.serving.server import BASE

    controls = group.controls(scoring.checked.members)

    def prove_turn(labels: Sequence[str]) -> None:
        if server.reloads:
            served = {BASE, *(group.members[label] or BASE for label in labels if label not in scored)}
            named = {label: name for label, name in server.names.items() if label in served}
            prove_again(server.url, server.api_key, named, BASE, server.proof, controls)

    at_once = server.room.cpu_loras if server.room is not None else TOGETHER
    in_turns = turns(group.members, scoring.place(group.base.content_hash[:12]), at_once)
    return evaluate(scoring, _asked(scoring, group, server), in_turns, judges, scored, prove_turn)


def _asked(scoring: Scoring, group: Served, server: Server) -> list[Asked]:
    """The members that this server serves. What is scored has a place in its turn's logs too, and is not asked for."""
    from inoc_evals.harness.inspect.asked import Asked
    from inoc_evals.harness.inspect.run import served_model
    from inoc_evals.serving.server import BASE, served_names

    names = {**served_names(group.base.content_hash, group.adapters), **server.names}
    asked = []
    for member in scoring.asked_members:
        if member.label in group.members:
            # The first member of a name has it alone in the logs, whichever shard this is.
            shared = group.first(member.label) != member.label
            name = names[group.members[member.label] or BASE]
            model = served_model(server.url, server.api_key, name, member.label if shared else None)
            wanted = scoring.wanted(member.arm)
            asked.append(Asked(member.label, member.arm, model, member.variation, member.at, wanted))
    return asked


def _note_proven(scoring: Scoring, group: Served, members: Sequence[Member], server: Server) -> None:
    others = sum(None in other.members.values() for other in scoring.checked.groups) > 1
    proven = scoring.known.proven(group, members, server, others)
    note_proven(scoring.request.out, proven)
    for line in told(proven):
        scoring.console.print(line, soft_wrap=True)


def _note_perplexity(scoring: Scoring, group: Served, members: Sequence[Member], server: Server) -> None:
    perplexities = scoring.bases.perplexities(group, members, server, scoring.console.print)
    note_perplexity(scoring.request.out, perplexities)
    for line in told_perplexities(perplexities):
        scoring.console.print(line, soft_wrap=True)
