"""The pages that people read, and what stands in them."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "register").glob("*.md")),
    *sorted((ROOT / "docs" / "rubrics").glob("*.md")),
    *sorted((ROOT / "tasks").glob("*/README.md")),
    *sorted((ROOT / "experiments").glob("*/README.md")),
]
FENCE = re.compile(r"^( *)(`{3,}|~{3,}) *(\w*)[^\n]*\n(.*?)^\1\2 *$", re.M | re.S)
NEEDS = re.compile(r"# needs: (.+)")
LINK = re.compile(r"(?<!\\)\]\(\s*<?([^\s)>]+)>?[^)]*\)")
REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.M)


def name(page: Path) -> str:
    """The page as it is called from the root."""
    return str(page.relative_to(ROOT))


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language, without their fences."""
    return [found[4] for found in FENCE.finditer(text) if found[3] == language]


def inline(text: str, program: str) -> list[str]:
    """The command lines of a program that stand within lines, as code."""
    spans = re.findall(r"(?<!`)`([^`]+)`(?!`)", FENCE.sub("", text))
    return [words for span in spans if (words := " ".join(span.split())).startswith(f"{program} ")]


def commands(block: str) -> Iterator[tuple[list[str], str]]:
    """The words of each command in a block of bash, and what it needs that not every machine has, as a line such as
    `# needs: a GPU` says of all that stands below it up to the next empty line.

    Left out are what only leaves something out (...), assignments before a command, and values that the shell puts in,
    which become "1".
    """
    needs = ""
    for line in re.sub(r"\\\n", " ", block).splitlines():
        if mark := NEEDS.fullmatch(line.strip()):
            needs = mark[1]
        elif not line.strip():
            needs = ""
        for words in _simple(line):
            yield words, needs


def _simple(line: str) -> Iterator[list[str]]:
    # A # within a word is an address's.
    plain = re.sub(r"(^|\s)#(\s|SBATCH).*", "", line)
    lexer = shlex.shlex(re.sub(r"\$\([^)]*\)|\$\w+", "1", plain), posix=True, punctuation_chars="&|;")
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    for word in [*lexer, ";"]:
        if set(word) <= set("&|;"):
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words.pop(0)
            if words:
                yield words
            words = []
        elif word != "...":
            words.append(word)


def prose(text: str) -> str:
    """The page without its fenced blocks and its code within lines."""
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", FENCE.sub("", text))


def links(text: str) -> list[str]:
    """The targets of all links and images that lead to files or headings of ours."""
    plain = prose(text)
    targets = [*LINK.findall(plain), *REFERENCE.findall(plain)]
    return [target for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:", target, re.I)]


def anchors(text: str) -> set[str]:
    """What may stand behind a # to lead to a heading, as hosts of repositories make it."""
    return set(_anchors(FENCE.sub("", text)))


def _anchors(text: str) -> Iterator[str]:
    seen: Counter[str] = Counter()
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*\s*$", text, re.M):
        words = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        yield f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor
        seen[anchor] += 1
