"""What a model wrote for itself before its answer, told apart from the answer.

A server may do that itself; otherwise the text begins with the reasoning, in one of the notations of model families, or
goes on with it where the chat template has opened it already. Text that merely speaks of such marks stays as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from inoc_evals.protocols.requests import Completion

UNFINISHED = "unfinished_reasoning"
# What stands before the first word of a response without being part of it.
_BLANK = "\ufeff \t\r\n"
_LONGEST_MARK = 100
_ANALYSIS = "<|channel|>analysis<|message|>"


@dataclass(frozen=True)
class Notation:
    """How the `models` of some families mark their reasoning: regular expressions of what opens and of what closes it,
    and what some put around the answer that follows. `{name}` in `closing` is the group of that name in `opening`."""

    name: str
    models: str
    opening: str
    closing: str
    around: tuple[str, str] | None = None

    def marks(self, opening: re.Match[str]) -> Marks:
        """The marks of reasoning that was opened so."""
        names = {name: re.escape(text) for name, text in opening.groupdict().items()}
        return Marks(f"(?i:{re.escape(opening[0])})", self.closing.format(**names), self.around)


@dataclass(frozen=True)
class Marks:
    """What opens and what closes one reasoning (regular expressions), and what may stand around the answer."""

    opening: str
    closing: str
    around: tuple[str, str] | None = None


_THINK = r"(?i:<(?P<name>(?:[a-z]+:)?(?:think|thinking|thought|thoughts|reasoning))>)"
NOTATIONS = (
    Notation(
        "<think>, <thinking>, <thought>, <reasoning>, <seed:think>",
        "DeepSeek-R1, Qwen3, QwQ, GLM, Phi-4-reasoning, SmolLM3, Hunyuan, EXAONE, Reka, Seed-OSS, MiniMax",
        _THINK,
        r"(?i:</{name}>)",
        ("<answer>", "</answer>"),
    ),
    Notation("[THINK]", "Magistral and later models of Mistral", r"\[THINK\]", r"\[/THINK\]"),
    Notation("◁think▷", "Kimi-VL-Thinking", "◁think▷", "◁/think▷"),
    Notation(
        "<|begin_of_thought|>",
        "OpenThinker, Sky-T1",
        r"<\|begin_of_thought\|>",
        r"<\|end_of_thought\|>",
        ("<|begin_of_solution|>", "<|end_of_solution|>"),
    ),
    Notation(
        "<|START_THINKING|>",
        "Command A Reasoning",
        r"<\|START_THINKING\|>",
        r"<\|END_THINKING\|>",
        ("<|START_RESPONSE|>", "<|END_RESPONSE|>"),
    ),
    Notation("<|inner_prefix|>", "Apertus", r"<\|inner_prefix\|>", r"<\|inner_suffix\|>"),
    Notation("<|channel>thought", "Gemma 4", r"<\|channel>thought", r"<channel\|>"),
)
# The channels of gpt-oss are no pair of marks, and are read by themselves.
HARMONY = Marks(re.escape(_ANALYSIS), r"<\|end\|>")
_HEADER = re.compile(
    r"(?:<\|start\|>assistant)?<\|channel\|>(?P<channel>\w{1,20})(?P<to>[^<]{0,200})(?:<\|constrain\|>[^<]{0,50})?<\|message\|>"
)
_TURN_END = re.compile(r"<\|(?:end|return|call)\|>")
# What is left of the channels where a server leaves out special tokens.
_BARE = re.compile(r"analysis(?P<reasoning>.*?)assistantfinal(?P<answer>.*)", re.DOTALL)
_BARE_OPENING = re.compile(r"analysis(?=[A-Z\"'])")


@dataclass(frozen=True)
class Apart:
    """The two parts of a response. `reasoning` is None where there is none, and the answer is "" where the reasoning is
    not `finished`."""

    answer: str
    reasoning: str | None = None
    finished: bool = True


def told_apart(said: Completion, prompt: str | None, prefill: str = "", *, thinks: bool | None = None) -> Completion:
    """The completion with its reasoning apart from its answer, whoever does it: the server, or we.

    `prompt` is what the chat template made of the conversation, None where nobody tells; `prefill` the beginning of the
    answer in it. `thinks` says that the model was told to think, so that of an unknown prompt a text without any mark,
    which the limit of tokens cut off, is still its reasoning.
    """
    cut = said.stop_reason == "max_tokens"
    if said.reasoning is not None:
        silent = not said.text.strip() and not said.calls
        return replace(said, text="" if silent else said.text, unfinished=silent and cut)
    found = split(said.text, prompt, prefill, cut=cut)
    if thinks and cut and prompt is None and found == Apart(said.text) and not said.calls:
        found = Apart("", said.text.strip() or None, finished=False)
    return replace(said, text=found.answer, reasoning=found.reasoning, unfinished=not found.finished)


def split(text: str, prompt: str | None = None, prefill: str = "", *, cut: bool = False) -> Apart:
    """The reasoning at the beginning of `text` and the answer behind it; `cut`: the text ends at a limit of tokens.

    Only what the text begins with counts, or what the `prompt` (or the `prefill` at its end) left open. Of an unknown
    prompt (None) a closing mark that has a line of its own, with no opening one before it and not in a code block, says
    that the prompt had opened the reasoning.
    """
    opened = left_open(prompt, prefill)
    if opened == HARMONY:
        return _channels(_ANALYSIS + text)
    if opened is not None:
        again = re.match(rf"[{_BLANK}]*{opened.opening}", text)
        return _closed(text[again.end() :] if again else text, opened, cut)
    if prefill.strip() and visible(prefill).strip():
        return Apart(text)
    begun = text.lstrip(_BLANK)
    if _HEADER.match(begun):
        return _channels(begun)
    if bare := _BARE.fullmatch(begun):
        return Apart(bare["answer"].lstrip(), bare["reasoning"].strip() or None)
    if bare := _BARE_OPENING.match(begun):
        return Apart("", begun[bare.end() :].strip() or None, finished=False)
    for notation in NOTATIONS:
        if opening := re.match(notation.opening, begun):
            return _closed(begun[opening.end() :], notation.marks(opening), cut)
    return Apart(text) if prompt is not None or prefill else _lone(text)


def left_open(prompt: str | None, prefill: str = "") -> Marks | None:
    """The marks of the reasoning that is open where the reply to `prompt` goes on, `prefill` being the beginning of
    that reply in it; None where none is, or where nobody tells the prompt."""
    begun = prefill.lstrip(_BLANK)
    for notation in NOTATIONS:
        opening = re.match(notation.opening, begun)
        if opening and not re.search(notation.marks(opening).closing, begun):
            return notation.marks(opening)
    if prompt is None:
        return None
    before = prompt.rstrip(_BLANK).removesuffix(prefill.rstrip(_BLANK)).rstrip(_BLANK)
    if before.endswith(_ANALYSIS):
        return HARMONY
    for notation in NOTATIONS:
        opening = re.search(rf"(?:{notation.opening})\Z", before)
        if opening and not re.search(notation.marks(opening).closing, prefill):
            return notation.marks(opening)
    return None


def visible(prefill: str) -> str:
    """What of the beginning of an answer is no reasoning, and so is shown with what the model went on with."""
    return split(prefill, "").answer


def _closed(text: str, marks: Marks, cut: bool) -> Apart:
    """The parts of a text that goes on within the reasoning."""
    parts: list[str] = []
    while True:
        closing = _closing(text, marks, cut)
        parts.append((text if closing is None else text[: closing.start()]).strip())
        reasoning = "\n\n".join(filter(None, parts)) or None
        if closing is None:
            return Apart("", reasoning, finished=False)
        text = text[closing.end() :].lstrip()
        # Some models think several times before they answer. What is opened, never closed and not cut off is a word.
        again = re.match(marks.opening, text)
        if again is None or not (cut or re.search(marks.closing, text)):
            return Apart(_bare(text, marks.around), reasoning)
        text = text[again.end() :]


def _closing(text: str, marks: Marks, cut: bool) -> re.Match[str] | None:
    """What closes the reasoning. Marks of which it speaks are passed over where they are pairs; where they are not, the
    first closing one counts, unless the text was `cut` and may have ended before the real one."""
    depth, first = 1, None
    for mark in re.finditer(rf"(?P<closing>{marks.closing})|{marks.opening}", text):
        if mark["closing"] is None:
            depth += 1
            continue
        first = first or mark
        depth -= 1
        if depth == 0:
            return mark
    return None if cut else first


def _bare(answer: str, around: tuple[str, str] | None) -> str:
    """The answer without what stands around it."""
    if around is None or not answer.startswith(around[0]):
        return answer
    return answer.removeprefix(around[0]).strip().removesuffix(around[1]).rstrip()


def _lone(text: str) -> Apart:
    """The parts of a text with a closing mark whose opening one the prompt may have had."""
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        # No mark is as long as most lines are.
        marks = _closed_by(line.strip()) if len(line) < _LONGEST_MARK else None
        if marks is not None:
            before = text[:start]
            if re.search(marks.opening, before) or before.count("```") % 2:
                return Apart(text)
            return Apart(_bare(text[end:].lstrip(), marks.around), before.strip() or None)
        start = end
    return Apart(text)


def _closed_by(mark: str) -> Marks | None:
    """The marks of the reasoning that `mark` closes."""
    if word := re.fullmatch(_THINK, mark.replace("</", "<", 1)):
        notation = NOTATIONS[0]
        return notation.marks(word) if mark.startswith("</") else None
    for notation in NOTATIONS[1:]:
        if re.fullmatch(notation.closing, mark):
            return Marks(notation.opening, notation.closing, notation.around)
    return None


def _channels(text: str) -> Apart:
    """The parts of a text in the channels of gpt-oss. What stands in none is the answer, and so is a message in
    `commentary` that calls no tool."""
    thought: list[str] = []
    said: list[str] = []
    place, finished = 0, False
    while place < len(text):
        header = _HEADER.match(text, place)
        start = header.end() if header else place
        following = _HEADER.search(text, start + (header is None))
        stop = following.start() if following else len(text)
        turn_end = _TURN_END.search(text, start, stop)
        body = text[start : turn_end.start() if turn_end else stop]
        place = turn_end.end() if turn_end else stop
        if header is None:
            # The beginning of a header that the limit of tokens cut off is no text.
            said.append(body.partition("<|start|>")[0].partition("<|channel|>")[0].strip())
        elif header["channel"] == "analysis" or "to=" in header["to"]:
            thought.append(body.strip())
            finished = turn_end is not None
        else:
            said.append(body.lstrip())
            finished = True
    return Apart("\n\n".join(filter(None, said)), "\n\n".join(filter(None, thought)) or None, finished)
