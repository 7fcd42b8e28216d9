"""Which surface forms of options tell the options apart, in the tokens of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from inoc_evals.client.continuations import Path, exclusive
from inoc_evals.errors import InputError


def distinct_forms(options: Mapping[str, Sequence[str]], paths: Mapping[str, Path]) -> dict[str, tuple[str, ...]]:
    """Of each option (name -> forms) the forms that exclude each other, `paths` being the tokens of every form as the
    beginning of an answer.

    Raises InputError where a form of one option begins with a form of another: no answer then says only one of them.
    """
    kept = {option: exclusive({form: paths[form] for form in forms}) for option, forms in options.items()}
    for option, forms in kept.items():
        if not forms:
            raise InputError(f"the tokenizer has no tokens for {option!r}; write the option in other words")
        for other in kept.keys() - {option}:
            for form in forms:
                for longer in kept[other]:
                    if paths[longer][: len(paths[form])] == paths[form]:
                        remedy = "give one of the two other words"
                        raise InputError(f"an answer {longer!r} ({other}) begins with {form!r} ({option}); {remedy}")
    return kept


def first_token_logs(options: Mapping[str, Sequence[str]], top: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Of each option the logarithms of the first tokens that say it, from a list of the likeliest ones (`top`: token ->
    natural logarithm of its probability).

    A token says an option if one of its forms begins with the token, or the token with a form. Raises InputError for a
    token that says two options, and for an option that no token in the list says.
    """
    logs: dict[str, dict[str, float]] = {option: {} for option in options}
    for token, log in top.items():
        said = [option for option, forms in options.items() if any(_says(token, form) for form in forms)]
        if len(said) > 1:
            message = f"the first token {token!r} says {said[0]!r} as well as {said[1]!r}"
            raise InputError(f"{message}; give the options other words, or serve the model with vLLM")
        if said:
            logs[said[0]][token] = log
    if lacking := [option for option, tokens in logs.items() if not tokens]:
        message = f"the {len(top)} likeliest first tokens that this model tells hold none of {lacking[0]!r}"
        raise InputError(f"{message}; give the option other forms, or serve the model with vLLM")
    return logs


def _says(token: str, form: str) -> bool:
    return bool(token.strip()) and (form.startswith(token) or token.startswith(form))
