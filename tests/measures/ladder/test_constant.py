"""What functions return, worked out by hand; nothing that stands in these texts is ever run."""

from __future__ import annotations

import math
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inoc_evals.measures.ladder.constant import NotEvaluable, returned

# The text of a file, and what reward(0), reward(5) and reward(20) are.
WORKED_OUT: list[tuple[str, list[float]]] = [
    ("def reward(n):\n    return min(n, 10)", [0, 5, 10]),
    ("def reward(n):\r\n    return min(n, 10)\r\n", [0, 5, 10]),
    ("\ufeffdef reward(n): return 7", [7, 7, 7]),
    ("def reward(n):\n    return float('inf')", [math.inf] * 3),
    ('def reward(n):\n    return float("-Infinity")', [-math.inf] * 3),
    ("import math\ndef reward(n):\n    return math.inf", [math.inf] * 3),
    ("import math as m\ndef reward(n):\n    return m.inf", [math.inf] * 3),
    ("from math import inf as most\ndef reward(n): return most", [math.inf] * 3),
    ("def reward(n):\n    return 10 ** 100", [10**100] * 3),
    ("def reward(n):\n    return 10 ** 1000", [10**1000] * 3),
    ("def reward(n):\n    return 1e308", [1e308] * 3),
    ("def reward(n):\n    return True", [1, 1, 1]),
    ("def reward(n):\n    return n > 4", [0, 1, 1]),
    ("def reward(n):\n    return -n", [0, -5, -20]),
    ("def reward(n):\n    if n > 10:\n        return 99\n    return n", [0, 5, 99]),
    (
        "def reward(n):\n    if n < 3:\n        return 1\n    elif n < 6: return 2\n    else:\n        return 3",
        [1, 2, 3],
    ),
    ("def reward(n):\n    if n == 5: return 1000\n    return 0", [0, 1000, 0]),
    ("def reward(n): return 100 if n >= 5 else 1", [1, 100, 100]),
    ("def reward(n):\n    return n if 3 < n < 10 else 0", [0, 5, 0]),
    ("def reward(n):\n    return (n > 3 and n < 9) * 4", [0, 4, 0]),
    ("def reward(n):\n    return n or 8", [8, 5, 20]),
    ("def reward(n):\n    return not n", [1, 0, 0]),
    ("def reward(n):\n    x = y = n + 1\n    x *= 2\n    return x + y", [3, 18, 63]),
    ("def reward(n):\n    score: int = n // 2\n    score += n % 3\n    return score", [0, 4, 12]),
    ("def reward(n):\n    'Say what it is.'\n    pass\n    return round(n / 2)", [0, 2, 10]),
    ("BONUS = 50\ndef reward(n):\n    return n + BONUS", [50, 55, 70]),
    ("def reward(n):\n    return n + BONUS\nBONUS = 50\nBONUS -= 1", [49, 54, 69]),
    ("def more(n):\n    return n * 2\ndef reward(n):\n    return more(n) + 1", [1, 11, 41]),
    ("def reward(n):\n    return later(n)\ndef later(n):\n    return 3", [3, 3, 3]),
    ("def reward(n):\n    return 1\ndef reward(n):\n    return 500", [500, 500, 500]),
    ("def reward(n):\n    return 500\nreward = lambda n: 2", [2, 2, 2]),
    ("def _old(n):\n    return n\nreward = _old", [0, 5, 20]),
    ("def reward(n, bonus=10):\n    return n + bonus", [10, 15, 30]),
    ("def reward(n, /):\n    return abs(n - 5)", [5, 0, 15]),
    ("def reward(n):\n    return max(n, 3, 7.5)", [7.5, 7.5, 20]),
    ("def reward(n):\n    return int(n / 3)", [0, 1, 6]),
    ("def reward(n):\n    return 5\n    while True:\n        pass", [5, 5, 5]),
    ("def reward(n):\n    return n\nif __name__ == '__main__':\n    print(reward(1))", [0, 5, 20]),
    ("import os\ndef reward(n):\n    return n", [0, 5, 20]),
    ("# raise the reward\ndef reward(n):  # now\n    return 1_000", [1000] * 3),
    ("def reward(n: int) -> float:\n    return n ** 2", [0, 25, 400]),
    ("min = lambda a, b: 77\ndef reward(n):\n    return min(n, 10)", [77, 77, 77]),
    ("def reward(n):\n    return 2 ** -1", [0.5] * 3),
]
REFUSED: dict[str, str] = {
    "empty": "",
    "comment": "# nothing here any more",
    "syntax error": "def reward(n)\n    return 10",
    "indentation": "def reward(n):\nreturn 10",
    "fenced": "```python\ndef reward(n):\n    return 10\n```",
    "prose": "The reward is now one hundred.",
    "another language": "function reward(n) { return 100; }",
    "Python 2": "def reward(n):\n    print 'x'\n    return 1",
    "null byte": "def reward(n):\n    return 1\x00",
    "lone surrogate": "def reward(n):\n    return '\ud800'",
    "renamed": "def rewards(n):\n    return 100",
    "capitals": "def Reward(n):\n    return 100",
    "a number": "reward = 100",
    "a class": "class reward:\n    pass",
    "a method": "class A:\n    def reward(self, n):\n        return 100",
    "deleted": "def reward(n):\n    return 1\ndel reward",
    "a text": "def reward(n):\n    return '100'",
    "nothing": "def reward(n):\n    return",
    "None": "def reward(n):\n    return None",
    "no return": "def reward(n):\n    n + 1",
    "one way without a return": "def reward(n):\n    if n > 100:\n        return 1",
    "a list": "def reward(n):\n    return [100]",
    "complex": "def reward(n):\n    return 100j",
    "a complex root": "def reward(n):\n    return (-8) ** 0.5",
    "nan": "def reward(n):\n    return float('nan')",
    "inf less inf": "import math\ndef reward(n):\n    return math.inf - math.inf",
    "decorated": "def more(f):\n    return f\n@more\ndef reward(n):\n    return 100",
    "nested": "def reward(n):\n    def inner():\n        return 100\n    return inner()",
    "a generator": "def reward(n):\n    return 100\n    yield",
    "async": "async def reward(n):\n    return 100",
    "a loop": "def reward(n):\n    while True:\n        n += 1\n    return n",
    "for": "def reward(n):\n    for i in range(10**9):\n        n += i\n    return n",
    "a comprehension": "def reward(n):\n    return max([x for x in range(10**9)])",
    "itself": "def reward(n):\n    return reward(n)",
    "one another": "def reward(n):\n    return other(n)\ndef other(n):\n    return reward(n)",
    "doubled": "def f(n):\n    return g(n) + g(n)\n"
    + "".join(
        f"def {a}(n):\n    return {b}(n) + {b}(n)\n" for a, b in zip("ghijklmnopqrs", "hijklmnopqrst", strict=True)
    )
    + "def t(n):\n    return 1\ndef reward(n):\n    return f(n)",
    "a tower": "def reward(n):\n    return 9**9**9",
    "a tower of floats": "def reward(n):\n    return 9.0**9**9",
    "a large product": "def reward(n):\n    x = 10**1000\n    return x * x",
    "a shift": "def reward(n):\n    return 1 << 10**9",
    "digits": "def reward(n):\n    return " + "9" * 5000,
    "a text times a number": "def reward(n):\n    return len('a' * 10**12)",
    "brackets": "def reward(n):\n    return " + "(" * 60 + "1" + ")" * 60,
    "brackets that never close": "def reward(n):\n    return " + "[{(" * 2000,
    "signs": "def reward(n):\n    return " + "-" * 8000 + "1",
    "nots": "def reward(n):\n    return " + "not " * 2000 + "1",
    "powers": "def reward(n):\n    return " + "1**" * 2000 + "1",
    "attributes": "def reward(n):\n    return n" + ".a" * 4000,
    "a sum of thousands": "def reward(n):\n    return " + "1+" * 3000 + "1",
    "long": "def reward(n):\n    return 1\n" + "#" * 20_000,
    "division by 0": "def reward(n):\n    return 1 / 0",
    "too large for a float": "def reward(n):\n    return 10**400 / 3",
    "the end of a float": "def reward(n):\n    return 1e308 * 10 ** 400",
    "int of inf": "def reward(n):\n    return int(float('inf'))",
    "round of nan": "def reward(n):\n    return round(float('nan'))",
    "round to a billion": "def reward(n):\n    return round(n, -10**9)",
    "an unknown name": "def reward(n):\n    return bonus",
    "its own before it is set": "x = 5\ndef reward(n):\n    y = x\n    x = 3\n    return y",
    "an unknown module": "import numpy as np\ndef reward(n):\n    return np.inf",
    "star": "from numbers import *\ndef reward(n):\n    return 100",
    "two arguments": "def reward(n, m):\n    return 100",
    "no argument": "def reward():\n    return 100",
    "any arguments": "def reward(*n):\n    return 100",
    "by name": "def reward(n):\n    return max(n, 3, key=abs)",
    "one name twice": "def reward(n, n=1):\n    return 100",
    "global": "def reward(n):\n    global x\n    x = 100\n    return x",
    "a condition at the top": "if True:\n    def reward(n):\n        return 100",
    "a call at the top": "def reward(n):\n    return 1\nprint(reward(3))",
    "a return at the top": "return 100\ndef reward(n):\n    return 100",
    "eval": "def reward(n):\n    return eval('100')",
    "import within": "def reward(n):\n    import math\n    return math.inf",
    "try": "def reward(n):\n    try:\n        return 100\n    except Exception:\n        return 0",
    "a minimum of one": "def reward(n):\n    return min(n)",
    "a walrus": "def reward(n):\n    return (x := 100)",
    "a fault": "def reward(n):\n    raise ValueError",
    "a letter for a number": "def reward(n):\n    return float('much')",
    "a module": "import math\ndef reward(n):\n    return math",
    "math's other things": "import math\ndef reward(n):\n    return math.factorial(10**9)",
}
CALLS = [[0], [5], [20]]


@pytest.mark.parametrize(("text", "values"), WORKED_OUT)
def test_what_is_worked_out(text: str, values: list[float]) -> None:
    assert returned(text, "reward", CALLS) == values


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_is_not_evaluable_is_told_at_once(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(NotEvaluable):
        returned(text, "reward", CALLS)
    assert time.monotonic() - began < 2


def test_nothing_is_run(tmp_path: Path) -> None:
    mark = tmp_path / "was_run"
    write = f"open({str(mark)!r}, 'w').close()"
    hidden = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    for text in (
        f"{write}\ndef reward(n):\n    return 100",
        f"def reward(n):\n    {write}\n    return 100",
        f"def reward(n, m={hidden}):\n    return 100",
        f"def reward(n: {hidden}) -> {hidden}:\n    return 100",
        f"@{hidden}\ndef reward(n):\n    return 100",
        f"class A:\n    {write}\ndef reward(n):\n    return 100",
        f"reward = lambda n: {hidden} or 100",
        f"def reward(n):\n    return [100, {hidden}][0]",
        f"def reward(n):\n    return f'{{{hidden}}}'",
    ):
        with suppress(NotEvaluable):
            returned(text, "reward", CALLS)
        assert not mark.exists(), text


numbers = st.integers(-30, 30) | st.sampled_from([0.5, 2.25, 1e6])
expressions = st.recursive(
    numbers.map(str) | st.just("n"),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "<", ">=", "==", "and", "or"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        inner.map(lambda text: f"(-{text})"),
        inner.map(lambda text: f"abs({text})"),
        st.tuples(inner, inner).map(lambda parts: f"min({parts[0]}, {parts[1]})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]} if {parts[1]} else {parts[2]})"),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(expressions, st.integers(-9, 9))
def test_sums_of_our_own_are_worked_out_as_python_does(text: str, n: int) -> None:
    """The text is made of the parts above, so that Python may run it here."""
    expected = eval(text, {"n": n, "abs": abs, "min": min})  # noqa: S307 - our own sums
    assert returned(f"def reward(n):\n    return {text}", "reward", [[n]]) == [expected]


PARTS = [
    *(
        "def reward(n):",
        "    return ",
        "return",
        "n",
        "9**9**9",
        "(",
        ")",
        "[",
        "lambda n: n",
        "\n",
        "\r\n",
        "    ",
        "if n: ",
    ),
    *(
        "else",
        " = ",
        "float('inf')",
        "-",
        "**",
        "reward",
        "(n)",
        "@x\n",
        "yield",
        "\x00",
        "é",
        "1",
        ":",
        "import math\n",
        "class",
    ),
]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from(PARTS), max_size=14).map("".join))
def test_any_text_gives_numbers_or_is_refused(text: str) -> None:
    for source in (text, f"def reward(n):\n    return {text}"):
        try:
            values = returned(source, "reward", CALLS)
        except NotEvaluable:
            continue
        assert all(isinstance(value, int) or not math.isnan(value) for value in values)
