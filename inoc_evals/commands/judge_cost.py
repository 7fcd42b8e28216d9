"""What judges take, on the screen: expected before a run, and counted after it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inoc_evals.judging.account import FILE, Account, Begins
from inoc_evals.judging.accounting import accounted, read_account
from inoc_evals.judging.budget import CALLS, TOKENS, Budget, money, said
from inoc_evals.judging.costs import Costs
from inoc_evals.judging.expected import FOUND_OUT, SHORT_RESPONSE, Expected, Span
from inoc_evals.judging.usage import Judging, spent_of
from inoc_evals.judging.usage_text import left_out, lines
from inoc_evals.results.claim import results_folder
from inoc_evals.results.settings import SETTINGS

if TYPE_CHECKING:
    from inoc_evals.commands.raters import Raters

_ALWAYS = (
    "estimated, not counted: the tokens of prompts, by script, as tokenizers differ (4 letters of English a token, a "
    "Chinese character 1 to 2, a digit 1/3 to 1); assumed: each call made once, and beside them a few that find out "
    "how a judge answers"
)
ASSUMED = (
    f"{_ALWAYS}; responses of {SHORT_RESPONSE} tokens at least, and at most as long as their task allows; nothing is "
    "taken off for ratings that are there already"
)
UNKNOWN = f"{_ALWAYS}; nothing is taken off for what was asked before"
KNOWN = f"{_ALWAYS}; the least is for what has no rating yet, the most for all, which another judge is asked for"


@contextmanager
def judging_told(
    path: Path | None,
    costs: Costs,
    say: Callable[[str], None],
    going_on: str,
    *,
    asks: bool = True,
    begins: Begins = "at once",
) -> Iterator[Account | None]:
    """Keep the account of the judges that are asked within, and say at its end what they took and, where a budget left
    ratings out, the command that is `going_on` with them. Without `asks` there is no judge, and nothing is done."""
    if not asks:
        yield None
        return
    with accounted(path, costs, begins) as account:
        try:
            yield account
        finally:
            if not account.is_untouched and (judging := account.judging()).spent:
                for line in (*lines(judging), *left_out(judging, going_on)):
                    say(line)


def account_of(logs: Sequence[Path]) -> Path | None:
    """The account of the run of `score` that all of `logs` (files, or folders of them) are of; None where they are of
    none, or of several."""
    files = [file for path in logs for file in (path.rglob("[!.]*.eval") if path.is_dir() else [path])]
    folders = {results_folder(file) for file in files}
    if len(folders) != 1 or not (settings := folders.pop() / SETTINGS).is_file():
        return None
    return settings.parent / FILE


def rate_command(paths: Sequence[Path], raters: Raters) -> str:
    """The command by which `raters` rate what is missing in `paths`."""
    return shlex.join(["inoc-evals", "judges", "rate", *map(str, paths), *raters.options])


def expected_lines(found: Sequence[Expected], costs: Costs, assumed: str, account: Path | None = None) -> Iterator[str]:
    """A line for each judge, one for all judges of several, whether the budget is enough beside what the `account` (a
    file, or a folder with one) says was spent, and what is assumed. Raises InputError for what is no account."""
    for one in found:
        yield f"judge {one.judge}: {_words(one, costs)}"
    if len(found) > 1:
        yield f"all judges: {_words(_sum(found), costs)}"
    if found:
        if costs.budget is not None:
            yield _budget(costs, costs.budget, found, None if account is None else read_account(account))
        yield assumed


def expected_document(found: Sequence[Expected], costs: Costs) -> list[dict[str, Any]]:
    """The same as plain JSON: each with the least and the most."""
    currency = None if costs.prices is None else costs.prices.currency
    return [{**vars(one), "currency": currency} for one in found]


def _words(one: Expected, costs: Costs) -> str:
    spans = (one.ratings, one.calls, one.prompt_tokens, one.completion_tokens)
    ratings, calls, prompt, completion = map(_span, spans)
    told = f"{ratings} ratings, {calls} calls, {prompt} prompt and {completion} completion tokens"
    if costs.prices is not None and one.cost is None:
        told += ", no price"
    elif costs.prices is not None and one.cost is not None:
        low, high = map(money, one.cost)
        told += f", {low if low == high else f'{low} to {high}'} {costs.prices.currency}"
    if one.thoughts:
        told += f"; where a judge thinks before it answers, up to {one.thoughts:,} completion tokens more"
        if costs.prices is not None and one.thoughts_cost is not None:
            told += f", {money(one.thoughts_cost)} {costs.prices.currency}"
    return told


def _span(span: Span) -> str:
    low, high = span
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _sum(found: Sequence[Expected]) -> Expected:
    def ends(name: str) -> Span:
        return sum(getattr(one, name)[0] for one in found), sum(getattr(one, name)[1] for one in found)

    costs = [one.cost for one in found if one.cost is not None]
    cost = (sum(low for low, _ in costs), sum(high for _, high in costs)) if len(costs) == len(found) else None
    thoughts_cost = sum(one.thoughts_cost or 0.0 for one in found) if cost is not None else None
    spans = (ends("ratings"), ends("calls"), ends("prompt_tokens"), ends("completion_tokens"))
    return Expected("", *spans, cost, sum(one.thoughts for one in found), thoughts_cost)


def _budget(costs: Costs, budget: Budget, found: Sequence[Expected], before: Judging | None) -> str:
    """Whether the budget is enough."""
    all_judges = _sum(found)
    if budget.unit == CALLS:
        low, high = map(float, all_judges.calls)
        high += len(found) * FOUND_OUT.calls
    elif budget.unit == TOKENS:
        low, high = (float(a + b) for a, b in zip(all_judges.prompt_tokens, all_judges.completion_tokens, strict=True))
        high += all_judges.thoughts + len(found) * FOUND_OUT.tokens
    else:
        low, high = all_judges.cost or (0.0, 0.0)
        high += all_judges.thoughts_cost or 0.0
    spent = 0.0 if before is None else spent_of(budget, before.spent, costs.prices)
    left = max(0.0, budget.amount - spent)
    if high <= left:
        enough = "is enough"
    elif low > left:
        enough = f"is enough for {100 * left / high:.0f} to {100 * left / low:.0f}% of it"
    else:
        enough = "may not be enough"
    already = f", of which {said(spent, budget.unit)} are spent here already" if spent else ""
    return f"the budget of {budget.words}, of all judges together{already}, {enough}"
