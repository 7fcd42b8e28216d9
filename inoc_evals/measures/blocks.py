"""The Python code in an answer: in fenced blocks, or between sentences."""

from __future__ import annotations

import ast
import re
import textwrap

LONGEST = 30_000  # characters of code that is looked at
_MOST_LINES = 400
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*([\w+.#-]*)[^\n`]*$", re.M)
_PYTHON = ("", "python", "python3", "py", "py3", "py2", "python2", "pycon", "code")
_BEGINS = re.compile(r"(?:def|class|import|from|async def|@\w)\b|@\w|[A-Za-z_]\w*\s*(?::[^=\n]+)?=[^=]")
_TAGS = re.compile(r"(?m)^\s*(?:\[/?(?:BEGIN|DONE|CODE|PYTHON)\]|</?code>)\s*$", re.I)


def find_code(answer: str, function: str) -> str | None:
    """The code that defines `function` in `answer`; None where there is no code at all.

    Of fenced blocks it is the last that defines it, the blocks before it that parse included where that one needs what
    they import or define; without such a block all Python blocks together. A block that nobody closed goes to the end.
    Without blocks it is the lines from the first that begins code to the last with which they can be parsed; where none
    can, all of them, so that their fault is a fault of the code. Only the first `LONGEST` characters of code count.
    """
    text = _TAGS.sub("", answer.replace("\r\n", "\n"))
    blocks = _fenced(text)
    if blocks:
        code = _joined(blocks, function)
        return code[:LONGEST] if code.strip() else None
    return _bare(text[:LONGEST], function)


def _fenced(text: str) -> list[str]:
    """The contents of the fenced blocks that may be Python."""
    blocks = []
    opened: re.Match[str] | None = None
    for mark in _FENCE.finditer(text):
        if opened is None:
            opened = mark
        elif mark[1][0] == opened[1][0] and len(mark[1]) >= len(opened[1]) and not mark[2]:
            blocks.append((opened[2], text[opened.end() : mark.start()]))
            opened = None
    if opened is not None:
        blocks.append((opened[2], text[opened.end() :]))
    return [textwrap.dedent(block).strip("\n") for language, block in blocks if language.lower() in _PYTHON]


def _joined(blocks: list[str], function: str) -> str:
    last = next((place for place in reversed(range(len(blocks))) if _defines(blocks[place], function)), None)
    if last is None:
        return "\n\n".join(blocks)
    before = [block for block in blocks[:last] if _parses(block) and not _defines(block, function)]
    return "\n\n".join([*(block for block in before if _only_defines(block)), blocks[last]])


def _bare(text: str, function: str) -> str | None:
    lines = text.split("\n")
    first = next((place for place, line in enumerate(lines) if _BEGINS.match(line)), None)
    if first is None:
        return None
    code = lines[first:]
    for end in range(len(code), max(0, len(code) - _MOST_LINES), -1):
        part = "\n".join(code[:end])
        if _defines(part, function):
            return part
    # A sentence such as "import duties = 5" begins like code; only what defines something is taken for some.
    rest = "\n".join(code)
    return rest if re.search(r"(?m)^\s*(?:async\s+)?(?:def|class)\s+\w+\s*[(:]|^\w+\s*=\s*lambda\b", rest) else None


def _tree(code: str) -> ast.Module | None:
    if len(code) > LONGEST:
        return None
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _parses(code: str) -> bool:
    return _tree(code) is not None


def _defines(code: str, function: str) -> bool:
    """Does `code`, which can be parsed, define `function` at its top?"""
    tree = _tree(code) if function in code else None
    return tree is not None and any(function in _names(statement) for statement in tree.body)


def _names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    if isinstance(statement, ast.If | ast.Try):
        return [name for inner in statement.body for name in _names(inner)]
    return []


def _only_defines(code: str) -> bool:
    """Is there nothing in `code` but imports and definitions, and no example that would be run?"""
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    tree = _tree(code)
    return tree is not None and all(isinstance(statement, kinds) for statement in tree.body)
