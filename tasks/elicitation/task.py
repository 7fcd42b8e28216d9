"""A model asks a user what they want, and guesses before and after what they would say to cases kept aside."""

from dataclasses import replace
from functools import partial

from inoc_evals.protocols.answering import UNKNOWN, answer, user_of
from inoc_evals.protocols.dialogue import played
from inoc_evals.protocols.guessing import guesses, told
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.requests import Generate, Message
from inoc_evals.protocols.trajectory import Trajectory, prefill_of


def ask(item, condition, settings):
    """`turns` questions, each answered by the user; guesses before the first and after the last, or after each."""
    user, given = user_of(item), presented(item, condition)
    count, always = int(settings.parameters["turns"]), settings.parameters["guess"] == "after_each_turn"
    # The question stands first, so that the first prompt of a run is the item's own.
    asked, *guessed = yield [Generate(given), *guesses(user, partial(_before, item, condition, user))]
    rendered, chosen, turns, understood = asked.rendered, told(0, guessed), [], []
    for turn in range(1, count + 1):
        question = asked.completions[0]
        turns.append(question.turn())
        # There is nothing that a user could answer.
        if question.unfinished:
            break
        heard = _heard(given, turns)
        said, known = answer(user, heard[-1].content, turn - 1)
        understood.append(known)
        if settings.parameters["user"] == "model":
            said = (yield from played("user", user.persona, given)(turns)) or UNKNOWN
        guessing = guesses(user, partial(_after, heard, said)) if always or turn == count else []
        if turn == count:
            chosen |= told(turn, (yield guessing))
            turns.append(Message("user", said))
            break
        turns.append(Message("user", f"{said} {user.again}"))
        asked, *guessed = yield [Generate(_heard(given, turns)), *guessing]
        chosen |= told(turn, guessed)
    noted = {"understood": sum(understood) / count}
    return [
        Trajectory(
            item,
            condition,
            given,
            tuple(turns),
            chosen,
            noted=noted,
            stop_reason=question.stop_reason,
            rendered=rendered,
        )
    ]


def _before(item, condition, user, text):
    """The guess as the first message, with the condition's prompts and without the beginning of an answer."""
    opening = item.model_copy(update={"prompt": f"{user.intro} {text}"})
    return presented(opening, replace(condition, prefill=None))


def _after(heard, said, text):
    return (*heard, Message("user", f"{said} {text}"))


def _heard(given, turns):
    """The conversation so far, the first answer with the beginning that it was given."""
    prefill = prefill_of(given)
    if not prefill or not turns:
        return (*given, *turns)
    first = replace(turns[0], content=prefill + turns[0].content)
    return (*given[:-1], first, *turns[1:])
