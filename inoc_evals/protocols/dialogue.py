"""Conversations in several turns, for `converse` and for the task.py of a task's own: partners, tools, and the talk."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from inoc_evals.protocols.requests import (
    Generate,
    Generated,
    Message,
    Reply,
    Request,
    Tool,
    ToolCall,
)

# How a model is told of tools and asks for one: by the calls of its server, or by tags in its text.
By = Literal["calls", "tags"]
Talking = Generator[Sequence[Request], Sequence[Reply], "Talk"]
# Gets the conversation so far and returns the next message; None ends the conversation.
Partner = Callable[[Sequence[Message]], Generator[Sequence[Request], Sequence[Reply], str | None]]
_TAG = re.compile(r"<tool name=\"([a-z][a-z0-9_]*)\">(.*?)</tool>", re.DOTALL)


@dataclass(frozen=True)
class Talk:
    """What was said after the given messages, and how the last answer ended."""

    turns: tuple[Message, ...]
    stop_reason: str
    reply: Generated


@dataclass(frozen=True)
class Hand:
    """A tool with the code behind it: `use` gets the arguments by name and returns what the model is told. It raises
    ValueError, whose text the model is told, for arguments that it cannot use."""

    tool: Tool
    use: Callable[[Mapping[str, Any]], str]


def scripted(lines: Sequence[str]) -> Partner:
    """A partner who says these lines, one after each answer, whatever the model says."""

    def say(turns: Sequence[Message]) -> Generator[Sequence[Request], Sequence[Reply], str | None]:
        said = sum(turn.role == "user" for turn in turns)
        return lines[said] if said < len(lines) else None
        yield  # a generator that asks nobody

    return say


def played(role: str, instructions: str | None, given: Sequence[Message]) -> Partner:
    """A partner who is the model that the user bound to `role`: it sees the conversation from the other side, after
    `instructions` as its system prompt."""

    def say(turns: Sequence[Message]) -> Generator[Sequence[Request], Sequence[Reply], str | None]:
        other = {"user": "assistant", "assistant": "user"}
        heard = [
            Message("assistant" if other[message.role] == "assistant" else "user", message.content)
            for message in (*given, *turns)
            if message.role in other and message.content
        ]
        system = [] if instructions is None else [Message("system", instructions)]
        (reply,) = yield [Generate((*system, *heard), role=role)]
        return _generated(reply).completions[0].text

    return say


def talk(
    given: Sequence[Message],
    partner: Partner,
    turns: int,
    hands: Sequence[Hand] = (),
    by: By = "calls",
    stop: str | None = None,
) -> Talking:
    """The conversation that begins with `given`: at most `turns` answers of the evaluated model, `partner` speaking
    after each that uses no tool. A text `stop` in an answer or in the partner's message ends it, and so does reasoning
    that has no end."""
    opening = with_tools(given, hands) if by == "tags" and hands else tuple(given)
    tools = tuple(hand.tool for hand in hands) if by == "calls" else ()
    said: list[Message] = []
    first: Generated | None = None
    for left in range(turns - 1, -1, -1):
        (reply,) = yield [Generate((*opening, *said), tools=tools)]
        generated = _generated(reply)
        first = first or generated
        answer = generated.completions[0]
        calls = answer.calls if by == "calls" else tagged_calls(answer.text)
        said.append(answer.turn())
        # There is nothing that a partner could answer.
        if answer.unfinished or not left:
            break
        if stop is not None and stop in answer.text:
            break
        if calls and hands:
            said += answers_to(calls, hands, by)
            continue
        heard = yield from partner(said)
        if heard is None:
            break
        said.append(Message("user", heard))
        if stop is not None and stop in heard:
            break
    if first is None:
        raise ValueError("a conversation has at least one answer")
    return Talk(tuple(said), answer.stop_reason, first)


def with_tools(given: Sequence[Message], hands: Sequence[Hand]) -> tuple[Message, ...]:
    """The messages with a description of the tools in the system prompt, for models without tool calls."""
    listed = "\n".join(
        f"- {hand.tool.name}: {hand.tool.description} Arguments: {json.dumps(dict(hand.tool.parameters))}"
        for hand in hands
    )
    text = (
        "You can use these tools. To use one, write its arguments as JSON between tags, for example "
        f'<tool name="{hands[0].tool.name}">{{...}}</tool>, and wait for the result.\n{listed}'
    )
    if given and given[0].role == "system":
        return (replace(given[0], content=f"{given[0].content}\n\n{text}".strip()), *given[1:])
    return (Message("system", text), *given)


def tagged_calls(text: str) -> tuple[ToolCall, ...]:
    """The tools that a text asks for by tags; arguments that are no JSON object stand under "malformed"."""
    calls = []
    for number, match in enumerate(_TAG.finditer(text)):
        try:
            arguments = json.loads(match[2])
        except (ValueError, RecursionError):
            arguments = None
        known = arguments if isinstance(arguments, dict) else {"malformed": match[2]}
        calls.append(ToolCall(str(number), match[1], known))
    return tuple(calls)


def answers_to(calls: Sequence[ToolCall], hands: Sequence[Hand], by: By) -> list[Message]:
    """What the tools say, in the order of the calls: a message each, or one with tags where tags asked."""
    by_name = {hand.tool.name: hand for hand in hands}
    results = [(call, _used(call, by_name)) for call in calls]
    if by == "calls":
        return [Message("tool", result, call_id=call.id) for call, result in results]
    return [Message("user", "\n".join(f'<result name="{call.name}">{result}</result>' for call, result in results))]


def _used(call: ToolCall, hands: Mapping[str, Hand]) -> str:
    hand = hands.get(call.name)
    if hand is None:
        return f"error: there is no tool {call.name}; there are: {', '.join(hands)}"
    wanted = set(hand.tool.parameters)
    if set(call.arguments) != wanted:
        return f"error: {call.name} takes a JSON object with the keys {', '.join(sorted(wanted)) or '(none)'}"
    try:
        return hand.use(call.arguments)
    except ValueError as error:
        return f"error: {error}"


def file_hands(files: dict[str, str]) -> tuple[Hand, ...]:
    """Tools for virtual files (name -> text) that lie in memory: list_files, read_file and write_file, which changes
    `files`."""
    name = {"name": {"type": "string", "description": "the file's name"}}
    text = {"text": {"type": "string", "description": "the whole new text"}}

    def read(arguments: Mapping[str, Any]) -> str:
        if arguments["name"] not in files:
            raise ValueError(f"there is no file {arguments['name']}")
        return files[arguments["name"]]

    def write(arguments: Mapping[str, Any]) -> str:
        if not isinstance(arguments["name"], str) or not isinstance(arguments["text"], str):
            raise ValueError("name and text must be texts")
        files[arguments["name"]] = arguments["text"]
        return "written"

    return (
        Hand(Tool("list_files", "List the names of all files."), lambda _: "\n".join(sorted(files)) or "(no files)"),
        Hand(Tool("read_file", "Read a file.", name), read),
        Hand(Tool("write_file", "Write a file anew.", {**name, **text}), write),
    )


def _generated(reply: Reply) -> Generated:
    if not isinstance(reply, Generated):
        raise TypeError(f"a request for text was answered with {type(reply).__name__}")
    return reply
