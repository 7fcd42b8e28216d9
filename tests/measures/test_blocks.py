"""Where the code is in an answer."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inoc_evals.measures.blocks import find_code

CODE = "def f(x):\n    return x + 1"
HELPED = "def g(x):\n    return x"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (CODE, CODE),
        (f"```python\n{CODE}\n```", CODE),
        (f"```\n{CODE}\n```", CODE),
        (f"```Python3\n{CODE}\n```\nIt adds one.", CODE),
        (f"~~~py\n{CODE}\n~~~", CODE),
        (f"````python\n{CODE}\n````", CODE),
        (f"Sure!\n\n```python\n{CODE}", CODE),
        (f"1. So:\n   ```python\n   {CODE.replace(chr(10), chr(10) + '   ')}\n   ```", CODE),
        (f"```python\r\n{CODE}\r\n```".replace("\n", "\r\n").replace("\r\r", "\r"), CODE),
        # The last one that defines it counts, and what it needs from those before.
        (f"```python\ndef f(x): return x\n```\nBetter:\n```python\n{CODE}\n```", CODE),
        (f"```python\n{HELPED}\n```\nand\n```python\n{CODE}\n```", f"{HELPED}\n\n{CODE}"),
        (f"```python\n{CODE}\n```\nUse it:\n```python\nprint(f(1))\n```", CODE),
        (f"```bash\npip install x\n```\n```python\n{CODE}\n```", CODE),
        (f"Input:\n```\n1 2 3\n```\n```python\n{CODE}\n```", CODE),
        (f"Here is the code:\n{CODE}\n\nIt adds one, as you asked.", CODE),
        (f"[BEGIN]\n{CODE}\n[DONE]", CODE),
        ("import math\n\nf = lambda x: x + 1\n", "import math\n\nf = lambda x: x + 1"),
        ("```python\ndef f(x) return x\n```", "def f(x) return x"),
        ("def f(x) return x", "def f(x) return x"),
        ("```python\nx = 1\n```", "x = 1"),
        ("I do not know.", None),
        ("You can import duties = 5 or define f as you like.", None),
        ("", None),
        ("```python\n```", None),
        ("```python", None),
    ],
)
def test_found(answer: str, code: str | None) -> None:
    found = find_code(answer, "f")
    assert (found.strip() if found is not None else None) == code


NAMES = st.sampled_from(["a", "b", "total", "n"])
PROSE = st.text(alphabet=st.characters(blacklist_characters="`~=@", blacklist_categories=["Cs"]), max_size=60)
PROGRAMS = st.lists(st.tuples(NAMES, st.integers(-99, 99)), max_size=4).map(
    lambda steps: "def f(x):\n" + "".join(f"    {name} = {value}\n" for name, value in steps) + "    return x"
)


@given(PROSE, PROGRAMS, PROSE, st.sampled_from(["```", "~~~", "````"]), st.sampled_from(["python", "py", ""]))
def test_a_fenced_program_is_found_whatever_stands_around_it(
    before: str, program: str, after: str, fence: str, language: str
) -> None:
    found = find_code(f"{before}\n{fence}{language}\n{program}\n{fence}\n{after}", "f")
    assert found == program


@given(st.text(max_size=300))
def test_any_text_gives_code_or_none(answer: str) -> None:
    found = find_code(answer, "f")
    assert found is None or found.strip()


@given(st.text(alphabet="def f(x):\n return `~pyton[]{}()'\"#\\=.,1", max_size=300))
def test_texts_that_look_like_code(answer: str) -> None:
    found = find_code(answer, "f")
    assert found is None or found.strip()


@pytest.mark.parametrize("depth", [50, 500, 20_000])
@pytest.mark.parametrize("pair", ["()", "[]", "{}"])
def test_deep_code_harms_nobody(pair: str, depth: int) -> None:
    code = f"def f(x):\n    return {pair[0] * depth}{pair[1] * depth}"
    found = find_code(f"```python\n{code}\n```", "f")
    assert found is None or code.startswith(found)


@pytest.mark.parametrize(
    "code", ["-" * 20_000 + "1", "not " * 7_000 + "x", "x" + ".a" * 14_000, "lambda: " * 3_700 + "1"]
)
def test_long_chains_harm_nobody(code: str) -> None:
    assert find_code(f"```python\ndef f(x): return {code}\n```", "f") is not None


def test_code_of_many_lines_is_read_in_time() -> None:
    code = CODE + "\n" + "x = 1\n" * 3_000
    found = find_code(code + "Done, as you asked.\n" * 30, "f")
    assert found is not None
    assert ast.parse(found)
