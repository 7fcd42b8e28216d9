"""What protocols and measures may ask for. They yield lists of these requests and are sent lists of replies; they never
call anything themselves, so that every harness can fulfil them in its own way, and a test with plain lists."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from inoc_evals.judging.prompt import Instrument, Material

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class ToolCall:
    """A tool that a model wants to use, with arguments by name. The answer to it carries the same `id`."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Tokens:
    """How many tokens a response took in all, its reasoning included, and the reasoning alone; None where the server
    does not tell. Of several responses to one request it is their mean. `limit` is how many it could take at most."""

    output: float | None = None
    reasoning: float | None = None
    limit: int | None = None


def mean_tokens(output: int, reasoning: int | None, count: int) -> Tokens:
    """The tokens of each of `count` responses that took so many together."""
    return Tokens(output / count, None if reasoning is None else reasoning / count)


@dataclass(frozen=True)
class Message:
    """One turn of a conversation. `calls` are an assistant's; `call_id` names the call that a tool's message answers.

    `reasoning` is what a model wrote for itself before the answer, None where it wrote nothing or does not tell. Where
    it is `unfinished` there is no answer, and `content` is empty.
    """

    role: Role
    content: str
    reasoning: str | None = None
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None
    unfinished: bool = False
    tokens: Tokens | None = None


@dataclass(frozen=True)
class Tool:
    """A tool that a model may use. `parameters` are the properties of its JSON schema by name; all are required."""

    name: str
    description: str
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Rendered:
    """What the chat template made of a conversation: the text, and the sha256 of its tokens; None where unknown."""

    text: str | None = None
    token_sha256: str | None = None


UNKNOWN = Rendered()


@dataclass(frozen=True)
class Decoding:
    """How one request draws; None keeps the run's own setting. `max_tokens` counts generated tokens."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None


@dataclass(frozen=True)
class Generate:
    """`n` continuations of `messages`, by the evaluated model or by the model that the user bound to `role`.

    A last message of the assistant is the beginning of the answer, which the model goes on with.
    """

    messages: tuple[Message, ...]
    n: int = 1
    decoding: Decoding = Decoding()
    role: str | None = None
    tools: tuple[Tool, ...] = ()


@dataclass(frozen=True)
class Completion:
    """One continuation. `stop_reason` is "stop", "max_tokens", "tool_calls", or what else the model's server says.

    `reasoning` stands apart from the answer in `text`, which is "" where the reasoning is `unfinished`.
    """

    text: str
    stop_reason: str = "stop"
    reasoning: str | None = None
    calls: tuple[ToolCall, ...] = ()
    unfinished: bool = False
    tokens: Tokens | None = None

    def turn(self) -> Message:
        """The answer as a turn of the conversation."""
        return Message("assistant", self.text, self.reasoning, self.calls, None, self.unfinished, self.tokens)


@dataclass(frozen=True)
class Generated:
    """The reply to `Generate`: `n` completions."""

    completions: tuple[Completion, ...]
    rendered: Rendered = UNKNOWN


@dataclass(frozen=True)
class Cost:
    """What exact probabilities took: prompts whose next token was worked out (`passes`), and the tokens of all these
    prompts, those included that a server has in its cache."""

    passes: int = 0
    prompt_tokens: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.passes + other.passes, self.prompt_tokens + other.prompt_tokens)


@dataclass(frozen=True)
class Choose:
    """The probabilities of `options` (name -> its surface forms) as the beginning of the answer to `messages`."""

    messages: tuple[Message, ...]
    options: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Chosen:
    """The reply to `Choose`: the natural logarithm of each form's probability, by option and form.

    Forms exclude each other: one that another's tokens begin with is in that one already, and left out. `seen` is the
    mass (0..1) of all that the reply could tell apart: all forms together where it is `exact`, and the whole of a
    hosted API's top list otherwise. `cost` is None where nobody counts.
    """

    logs: Mapping[str, Mapping[str, float]]
    seen: float
    exact: bool = True
    rendered: Rendered = UNKNOWN
    cost: Cost | None = None

    def shares(self) -> dict[str, float]:
        """The probability (0..1) of each option: that of all its forms together."""
        return {option: math.fsum(map(math.exp, forms.values())) for option, forms in self.logs.items()}


@dataclass(frozen=True)
class NextTokens:
    """The likeliest next tokens of the answer to `messages` after each of `prefixes`, the tokens that it begins with
    (the empty one: its very beginning). Nothing is drawn."""

    messages: tuple[Message, ...]
    prefixes: tuple[tuple[int, ...], ...]


class NextToken(NamedTuple):
    """A token that may come next, and the natural logarithm of its probability at temperature 1. `text` is the whole
    answer so far with it; where it `ends` the answer, without it."""

    token: int
    text: str
    log: float
    ends: bool = False


@dataclass(frozen=True)
class Followed:
    """The reply to `NextTokens`: for each prefix what may come next, as many as the server lists. What it does not list
    has the mass that is missing to 1. With `only_first` it can tell nothing after the first token."""

    after: tuple[tuple[NextToken, ...], ...]
    only_first: bool = False
    rendered: Rendered = UNKNOWN
    cost: Cost = Cost()


@dataclass(frozen=True)
class Rate:
    """A judge's value for `material` by `instrument`; `rubric` is the name under which the task asks for it."""

    rubric: str
    instrument: Instrument
    material: Material


@dataclass(frozen=True)
class Judged:
    """The reply to `Rate`: a value (0..100) or None with its cause, and what is stored of the judge's answer.

    Nobody having been asked is the cause "not_rated".
    """

    value: float | None
    cause: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Limits:
    """What a program may use: seconds of wall time and of each process's processor time, megabytes of memory of each
    process, processes and threads at a time, bytes of output, and megabytes of each file where it may write any."""

    seconds: float = 10.0
    memory_mb: int = 256
    processes: int = 8
    output_bytes: int = 262_144
    file_mb: int = 16


@dataclass(frozen=True)
class Execute:
    """Run `program` (a command and its arguments; python3 is there) in a sandbox, in a folder that holds `files` (name
    -> text). It can write nothing but its output, and reach nothing else."""

    program: tuple[str, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = Limits()


@dataclass(frozen=True)
class Executed:
    """The reply to `Execute`: exit status (128 and a signal's number where one ended it) and output.

    Where it was not run to its end `exit` is None and there is a cause, "timeout" or "output" (too much of it); the
    output is what there was until then. A sandbox that cannot be made is no reply: it ends the run.
    """

    exit: int | None
    output: str = ""
    cause: str | None = None


Request = Generate | Choose | NextTokens | Rate | Execute
Reply = Generated | Chosen | Followed | Judged | Executed
