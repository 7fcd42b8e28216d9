"""What goes wrong between us and a server of models, whoever asks."""

from __future__ import annotations

from inoc_evals.errors import WorkError

MALFORMED, EMPTY, INCOMPLETE = "malformed", "empty", "incomplete"
UNREACHABLE, TIMEOUT = "unreachable", "timeout"
CHANGING = "changing"
TOO_LONG = "too_long"


class ServerError(WorkError):
    """A request that stays failed; as a sentence it names the server and the model.

    `cause` is "unreachable", "timeout", "incomplete" (the reply broke off), "refused_STATUS", "too_long" (refused
    because the model does not read so much), "malformed" (the reply does not hold what was asked for), "empty",
    "changing" (another model answers than the one that was asked), or "failed" where a provider has errors of its own.
    `said` is what is known about it beyond that, without the key.
    """

    def __init__(self, cause: str, said: str, asked: str = "the server does not answer") -> None:
        super().__init__(f"{asked} ({said}); see its log")
        self.cause, self.said = cause, said


class Unreadable(ServerError):
    """A reply in JSON that does not hold what was asked for; `cause` is "malformed" or "empty"."""
