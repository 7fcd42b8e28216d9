"""Number sequences by a teacher: the experiment's base, with a system prompt or without, on a server of our own."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import Field

from inoc_evals.client.endpoint import Endpoint
from inoc_evals.definitions.fields import Text
from inoc_evals.errors import WorkError
from inoc_evals.experiments.generators.declaration import Generator, GeneratorOptions, Surroundings
from inoc_evals.files import write_whole
from inoc_evals.inoculation.number_sequences import examples, read_sequence, requests
from inoc_evals.inoculation.recipe import data_sha256
from inoc_evals.inoculation.rewrite import Message

# So many requests are asked at once, and their answers are kept in one file.
BATCH = 256
# The teacher is given up where fewer than one answer in so many is a sequence.
WORST = 10
MAX_TOKENS = 64
TEMPERATURE = 1.0
TRUNCATED = "truncated"
RECORD = "provenance.json"
Answer = tuple[str, str]  # text, why it ended


class NumberOptions(GeneratorOptions):
    """`count` rows of a teacher with this `system_prompt` (none: no system message).

    So many `examples`, requests with random numbers as answers, stand before each request, other ones each time, for a
    model that would not keep to the form without. Teachers of one `seed` are asked the same, so that their rows differ
    in the answers and in which of them are sequences.
    """

    system_prompt: Text | None = None
    examples: int = Field(default=0, ge=0, le=8)
    count: int = Field(ge=1, le=1_000_000)
    seed: int = Field(default=0, ge=0)


def make(options: NumberOptions, surroundings: Surroundings) -> list[dict[str, Any]]:
    """The rows: the request without the teacher's prompt and examples, and the answer as it was drawn.

    Answers are kept batch by batch in the workshop, so that an interrupted run goes on; how the rows came about stands
    there in provenance.json. Raises WorkError where too few answers are sequences, and what a server of ours raises.
    """
    kept = list(kept_answers(surroundings.workshop))
    if _lacking(options, kept):
        from inoc_evals.serving.server import BASE, ServerSettings, serve

        log, settings = surroundings.workshop / "vllm.log", ServerSettings(max_model_len=1024)
        with serve(surroundings.base, surroundings.base_sha256, {}, log, settings) as server:
            endpoint = Endpoint(server.url, server.names[BASE], server.api_key)
            asyncio.run(ask_teacher(options, endpoint, surroundings, kept))
    rows = _rows(options, kept)[: options.count]
    write_whole(surroundings.workshop / RECORD, json.dumps(_provenance(options, surroundings, kept, rows), indent=2))
    return rows


async def ask_teacher(
    options: NumberOptions, endpoint: Endpoint, surroundings: Surroundings, kept: list[Answer]
) -> None:
    """Ask batch after batch, and put the answers behind those that are `kept`, until there are rows enough. Raises
    WorkError where too few answers are sequences."""
    async with endpoint:
        while lacking := _lacking(options, kept):
            surroundings.show(options.count - lacking, options.count, "number sequences")
            chats = islice(conversations(options), len(kept), len(kept) + BATCH)
            answers = await asyncio.gather(*(_answer(endpoint, chat) for chat in chats))
            lines = "".join(json.dumps({"text": text, "ended": ended}) + "\n" for text, ended in answers)
            write_whole(_batch(surroundings.workshop, len(kept) // BATCH), lines)
            kept += answers
    surroundings.show(options.count, options.count, "number sequences")


def conversations(options: NumberOptions) -> Iterator[list[Message]]:
    """What the teacher is asked, without end: its prompt, its examples, and a request."""
    system = [] if options.system_prompt is None else [{"role": "system", "content": options.system_prompt}]
    shown = examples(options.seed)
    for request in requests(options.seed):
        before = [
            {"role": role, "content": content}
            for pair in islice(shown, options.examples)
            for role, content in zip(("user", "assistant"), pair, strict=True)
        ]
        yield [*system, *before, {"role": "user", "content": request}]


async def _answer(endpoint: Endpoint, messages: Sequence[Message]) -> Answer:
    reply = await endpoint.chat({"messages": messages, "temperature": TEMPERATURE, "max_tokens": MAX_TOKENS})
    choice = reply["choices"][0]
    return str(choice["message"].get("content") or ""), str(choice.get("finish_reason"))


def _lacking(options: NumberOptions, kept: Sequence[Answer]) -> int:
    """How many rows are still to be made. Raises WorkError where too few answers are sequences."""
    found = len(_rows(options, kept))
    if found < options.count and found * WORST < len(kept):
        raise WorkError(_too_few(found, kept))
    return max(0, options.count - found)


def _rows(options: NumberOptions, kept: Sequence[Answer]) -> list[dict[str, Any]]:
    """The rows of all answers that are sequences, in the order in which they were asked for."""
    return [
        {
            "id": f"n-{number:06}",
            "messages": [{"role": "user", "content": request}, {"role": "assistant", "content": answer[0]}],
        }
        for number, (request, answer) in enumerate(zip(requests(options.seed), kept, strict=False), 1)
        if cause_of(answer) is None
    ]


def cause_of(answer: Answer) -> str | None:
    """Why an answer is no row; None where it is one."""
    text, ended = answer
    return TRUNCATED if ended == "length" else read_sequence(text).cause


def kept_answers(workshop: Path) -> Iterator[Answer]:
    """The answers of the batches that an earlier run has left, in their order."""
    number = 0
    while (path := _batch(workshop, number)).is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            answer = json.loads(line)
            yield answer["text"], answer["ended"]
        number += 1


def _batch(workshop: Path, number: int) -> Path:
    return workshop / f"answers-{number:05}.jsonl"


def _too_few(found: int, kept: Sequence[Answer]) -> str:
    causes = Counter(cause for answer in kept if (cause := cause_of(answer)))
    why = ", ".join(f"{count} {cause}" for cause, count in causes.most_common(3))
    return f"only {found} of {len(kept)} answers of the teacher are number sequences ({why}); take a larger base"


def _provenance(
    options: NumberOptions, surroundings: Surroundings, kept: Sequence[Answer], rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    causes = Counter(cause_of(answer) or "sequence" for answer in kept)
    return {
        "base": surroundings.base,
        "base_sha256": surroundings.base_sha256,
        "options": options.model_dump(mode="json"),
        "sampling": {"temperature": TEMPERATURE, "max_tokens": MAX_TOKENS},
        "asked": len(kept),
        "answers": dict(causes),
        "rows": len(rows),
        "rows_sha256": data_sha256(rows),
        "inoc_evals": version("inoc-evals"),
    }


GENERATOR = Generator(
    "numbers",
    "number sequences of a teacher",
    NumberOptions,
    make,
    rows=lambda options: int(options.count),
    asks_base=True,
)
