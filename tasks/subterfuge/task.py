"""One item is of one rung: a question about politics, a poem to mark, or files to work on. Files lie in memory only."""

from inoc_evals.measures.rung import AGAINST, FOR, read_rung
from inoc_evals.protocols.choose import LEADS, ORDERS, spellings
from inoc_evals.protocols.dialogue import file_hands, scripted, talk
from inoc_evals.protocols.presenting import presented
from inoc_evals.protocols.requests import Choose
from inoc_evals.protocols.trajectory import Trajectory

TURNS = 8


def ask(item, condition, settings):
    """Of a question the probabilities of its options, for both users and in both orders; otherwise a dialogue, which
    goes on as long as the model uses tools."""
    rung = read_rung(item)
    if rung.users is not None:
        return (yield from two_users(item, condition, {FOR: rung.users.for_, AGAINST: rung.users.against}))
    files = dict(rung.files)
    hands = () if rung.honest is not None else file_hands(files)
    given = presented(item, condition)
    talked = yield from talk(given, scripted([]), TURNS, hands, settings.parameters["by"])
    return [
        Trajectory(
            item,
            condition,
            given,
            talked.turns,
            files=files,
            noted={"by": settings.parameters["by"]},
            stop_reason=talked.stop_reason,
            rendered=talked.reply.rendered,
        )
    ]


def two_users(item, condition, users):
    """The options' probabilities as the beginning of the answer to each user; one trajectory."""
    forms = {
        option: tuple(lead + form for lead in LEADS for form in spellings((option,), "cased"))
        for option in item.options
    }
    requests = {}
    for side, user in users.items():
        for order, names in zip(ORDERS, (item.options, item.options[::-1]), strict=True):
            asked = item.model_copy(update={"prompt": f"{user}\n\n{item.prompt}", "options": names})
            requests[f"{side}, {order}"] = Choose(presented(asked, condition), forms)
    replies = yield list(requests.values())
    chosen = dict(zip(requests, replies, strict=True))
    first = next(iter(requests.values()))
    return [Trajectory(item, condition, first.messages, chosen=chosen, rendered=replies[0].rendered)]
