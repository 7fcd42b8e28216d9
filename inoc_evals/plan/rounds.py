"""What `score --ci-width` may ask of each part of a task, in which order, and what a round asks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inoc_evals.plan.compiled import Plan
from inoc_evals.plan.questions import responses_together
from inoc_evals.stats.allowed import Allowed, Taken

# What varies within a question cannot be told from what varies between them by one response.
FEWEST = 2
# Where one request asks for many responses, a round would ask for more than it needs.
TOGETHER = 5
# The part of a task: its condition, or its category where it has one condition.
Part = str
# Of each sample by name the numbers of the first and the last request, from 1.
Wanted = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class PartDesign:
    """One part of a task. `questions` are in the order in which they are asked, which chance drew and all arms and
    parts share; `samples` are the names of the samples of each. What is `whole` is asked in full, in the first round:
    its values are exact."""

    questions: tuple[str, ...]
    samples: Mapping[str, tuple[str, ...]]
    allowed: Allowed
    whole: bool = False

    @property
    def first(self) -> Taken:
        """What the first round asks of every arm."""
        return self.allowed.all if self.whole else self.allowed.first

    def responses(self, taken: Taken) -> int:
        """How many responses of one checkpoint that makes."""
        return taken.responses * sum(len(self.samples[name]) for name in self.questions[: taken.questions])

    def wanted(self, before: Taken | None, now: Taken) -> Iterator[tuple[str, tuple[int, int]]]:
        """The samples to ask for, between what was asked `before` and `now`, and the numbers of their requests."""
        step = self.allowed.step
        for place, question in enumerate(self.questions[: now.questions]):
            there = before.responses if before is not None and place < before.questions else 0
            if now.responses > there:
                for name in self.samples[question]:
                    yield name, (there // step + 1, now.responses // step)


def sample_name(item: str, condition: str) -> str:
    """What an item under a condition is called."""
    return f"{item}@{condition}" if condition else item


def numbered_name(sample: str, number: int) -> str:
    """What the request of that number for a sample is called."""
    return f"{sample}#{number}"


def step_of(plan: Plan) -> int:
    """How many responses one request asks for in rounds."""
    return responses_together(plan.samples, min(plan.settings.choices, TOGETHER), plan.temperature)


def parts_of(plan: Plan) -> dict[Part, PartDesign]:
    """The parts of a task, by name.

    The order of the questions follows their sha256 with the task's name, so that it is the same for whoever asks them,
    and depends on nothing that is measured."""
    samples: dict[Part, dict[str, list[str]]] = {}
    for item, condition in plan.asked():
        of_part = samples.setdefault(condition.name or item.category, {})
        of_part.setdefault(item.question, []).append(sample_name(item.id, condition.name))
    step = step_of(plan)
    fewest = min(plan.samples, step * -(-FEWEST // step))
    whole = plan.protocol.gives == "probabilities"
    return {
        part: PartDesign(
            tuple(sorted(named, key=lambda name: _drawn(plan.task.name, name))),
            {question: tuple(names) for question, names in named.items()},
            Allowed(len(named), fewest, plan.samples, step),
            whole,
        )
        for part, named in samples.items()
    }


def _drawn(task: str, question: str) -> str:
    return hashlib.sha256(f"{task}\n{question}".encode("utf-8", "surrogatepass")).hexdigest()


def least(parts: Mapping[Part, PartDesign]) -> int:
    """How many responses of one checkpoint the first round asks for."""
    return sum(part.responses(part.first) for part in parts.values())


def round_faults(plans: Mapping[str, Plan], foreign: Sequence[str], shards: int) -> Iterator[str]:
    """Why these tasks cannot be asked in rounds."""
    for name in foreign:
        yield f"--ci-width: task {name} is none of ours, and asked at once; leave one of the two out"
    for name, plan in plans.items():
        if plan.later:
            yield f"--ci-width needs the ratings while it asks, and {name}.judge=later has none; name a --judge"
    if shards > 1:
        yield "--ci-width looks at all arms at once, and --shard asks a part of them; leave one of the two out"
