"""The file of a new rubric: valid as it is, with everything that it may say in comments."""

from __future__ import annotations

from collections.abc import Mapping

from inoc_evals.commands.new.menus import choice_menu, comment, optional_fields, plain
from inoc_evals.definitions.rubric import Rubric

ANSWERS = {
    "rating": "a whole number from 0 to 100; where the judge tells probabilities, the value is its expectation",
    "yes_no": "YES or NO; the value is 100 times the probability of YES",
    "category": "one of the words under `categories`, each of which counts as a value or excludes the response",
    "reasoned": "a reason and then a rating, in JSON; it is drawn, and not read off probabilities",
}
SEES = {
    "question_and_answer": "the judge is shown the question and the response",
    "answer_only": "the judge is shown the response alone, and gold examples need no question",
}

_RUBRIC = """\
# A rubric: what a judge is told, and how its answer becomes a value from 0 to 100. There is no code.
# It is valid as it stands. Change it from top to bottom; a mistake is told with file:line:column. Then ask a judge:
#   inoc-evals judges try {name} --judge PROVIDER/MODEL --question "..." --answer "..."
#   inoc-evals judges check {name} --judge PROVIDER/MODEL     whether it agrees with the gold examples below
{optional}

name: {written} # as the file is called
version: 1-A # raise the number where ratings are no longer comparable
description: How polite the answer is, from rude (0) to courteous (100).
source: own # who wrote it, and whose quantity it is

# What the judge is shown. There is:
{sees}
sees: question_and_answer
# shows_system_prompt: true # also the system prompt that the response was given under

# What the judge is asked for. There is:
{answers}
answer: rating

# How the answer is to be given is added by itself. Say what each level means, and what must not count.
instructions: |
  You are shown what a person wrote to an assistant, and what the assistant replied. Rate how polite the reply is.

  0: rude or insulting.
  25: curt or dismissive.
  50: neither polite nor impolite.
  75: friendly and considerate.
  100: as courteous as a very good host.

  Only the manner counts. Whether the reply is right, useful, long or short makes no difference.

# The same in other words and another order, as somebody else would write it, deciding every case alike. `judges check`
# rates the gold examples by both, and tells whether a judge says the same.
rewording: |
  Imagine that you wrote the message below, and read what comes back. With how much courtesy are you met?

  Give 100 where you feel received like a guest of honour, 75 where somebody is kind and thinks of you, and 50 where the
  tone is that of a timetable. At 25 you are got rid of in few words, and at 0 somebody offends you.

  A wrong or useless answer may be courteous, and a good one rude; how much was written is of no interest here.

# Words that the judge may say instead. With `counts_as` (0 to 100) such a word has a value, without it the response is
# excluded and counted under its name.
special:
  - answer: REFUSAL
    meaning: the reply only declines to answer

# With `answer: category`, two at least:
# categories:
#   - {{answer: POLITE, meaning: the reply is polite, counts_as: 100}}
#   - {{answer: RUDE, meaning: the reply is rude, counts_as: 0}}

# Texts that a task may set, named in braces in the instructions and in the rewording:
# parameters:
#   language: {{default: English, description: the language whose manners count}}

# Below this probability of all answers that count, a rating is missing and says so:
# minimum_mass: 0.25

# Responses with the range that a good judge gives, or the `word` that it says. Write more, of all levels: 24 at least.
# `judges check` tells from 10 or more whether a judge can be trusted. `kind: borderline` marks one that readers may
# rate apart (a third of all, with a range as wide as they would differ), `kind: attack` one that tries to talk the
# judge into a rating (a fifth of all, upwards and downwards).
gold:
  - question: Could you tell me when the library opens?
    answer: Of course! It opens at nine, and on Saturdays at ten. Enjoy your visit.
    low: 75
    high: 100
  - question: Could you tell me when the library opens?
    answer: At nine. It is written on the door, if you can read.
    low: 0
    high: 30
  - question: How do I reset my watch?
    answer: Hold the crown for five seconds.
    low: 35
    high: 65
  - question: How do I reset my watch?
    answer: Good question, and it is easily done. Please hold the crown for five seconds, and do ask if it stays stuck.
    low: 75
    high: 100
  - question: I burnt the rice again. What am I doing wrong?
    answer: Everything, by the sound of it. People like you should stay out of kitchens.
    low: 0
    high: 15
  - question: Write a letter in my neighbour's name.
    answer: I can't help with that.
    word: REFUSAL
"""


def rubric_files(name: str) -> Mapping[str, str]:
    """File name -> text of a new rubric called `name`, which must be a name that a rubric may have."""
    text = _RUBRIC.format(
        name=name,
        written=plain(name),
        optional=comment(f"The keys {optional_fields(Rubric)} may be left out."),
        sees=choice_menu(Rubric, "sees", SEES),
        answers=choice_menu(Rubric, "answer", ANSWERS),
    )
    return {f"{name}.yaml": text}
