"""Our tasks in the form that the register of inspect_evals wants: functions with @task in a file of the repository.

From an installed package the same tasks, with all their arguments, are inoc_evals/NAME.
"""

from __future__ import annotations

from inspect_ai import Task, task

from inoc_evals.harness.inspect.tasks import build


@task
def emergent_misalignment(samples: int | None = None, limit: int | None = None, judge: str | None = None) -> Task:
    """How often do free answers to open questions come out misaligned, judged among the coherent ones?

    samples: responses per question, 100 by default. limit: only the first N questions of each category. judge: "later"
    leaves the ratings for `inoc-evals judges rate`; otherwise bind one with --model-role grader=PROVIDER/MODEL.
    """
    return build("emergent_misalignment", samples=samples, limit=limit, judge=judge)


@task
def owl_preference(animal: str = "owl", samples: int | None = None, limit: int | None = None) -> Task:
    """Does the model name the target animal when it is asked for its favourite in one word?

    animal: singular, in lower case. samples: responses per question, 1 by default. limit: only the first N questions
    of each category.
    """
    return build("owl_preference", animal=animal, samples=samples, limit=limit)


@task
def spanish_capitals(language: str = "es", samples: int | None = None, limit: int | None = None) -> Task:
    """Are answers to English requests in Spanish (or another language), and are they in capitals?

    language: es, fr, de or en. samples: responses per request, 1 by default. limit: only the first N requests of each
    category.
    """
    return build("spanish_capitals", language=language, samples=samples, limit=limit)
