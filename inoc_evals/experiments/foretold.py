"""An experiment that tests a forecast: its reference arm, and an arm for each chosen candidate, with the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from inoc_evals.checkpoints.resolve import Checkpoint
from inoc_evals.definitions.experiment import PROMPTS, is_at
from inoc_evals.definitions.faults import Faults
from inoc_evals.errors import InputError
from inoc_evals.experiments.design import Choices, Design, designed
from inoc_evals.experiments.loaded import Loaded
from inoc_evals.experiments.trainings import ArmData
from inoc_evals.forecasts.document import Forecast, Forecasted, messages_sha256
from inoc_evals.forecasts.rules import evenly
from inoc_evals.results.forecast import Foretold, Prediction, Road

_FEWEST = 3
_REMEDY = "make another forecast with `inoc-evals elicit`"


def foretold_design(loaded: Loaded, choices: Choices, forecast: Forecast, count: int | None) -> Design:
    """The design of the reference arm and of `count` (None: all) candidates of the forecast, which are chosen evenly
    over its order (`evenly`). What the source found is left out: it speaks of other arms.

    Raises InputError as `designed` does, and where the forecast is of something else.
    """
    plain = designed(loaded, replace(choices, arms=()))
    faults = Faults()
    _check_task(plain, forecast, faults)
    reference = loaded.experiment.reference
    arm = loaded.experiment.arms[reference]
    changed = any(getattr(arm, key) is not None for key in (*PROMPTS, "intervention"))
    if not is_at(arm.at, plain.scale) or arm.untrained or changed:
        message = f"the reference arm {reference} has a prompt or intervention, or no training, at scale {plain.scale}"
        faults.add(f"{message}; a forecast is tested against an arm that is trained without one")
    if choices.arms:
        faults.add("--arms and --forecast both say which arms there are; leave --arms out, see --candidates")
    if count is not None and count < _FEWEST:
        faults.add(f"--candidates {count}: an order needs {_FEWEST} or more; name more, or leave it out for all")
    chosen = evenly(forecast.candidates, count or len(forecast.candidates))
    if any(one.name == reference for one in chosen):
        faults.add(f"a candidate is called {reference}, as the reference arm is; {_REMEDY} and another name")
    faults.refuse()
    arms = {reference: arm} | {
        one.name: arm.model_copy(
            update={
                "role": "treatment",
                "prompt": one.prompt,
                "placement": forecast.placement,
                "asks_for": [forecast.task.value],
            }
        )
        for one in chosen
    }
    foretold = replace(
        loaded,
        experiment=loaded.experiment.model_copy(update={"arms": arms, "found": []}),
        prompts={reference: (), **{one.name: (one.prompt,) for one in chosen}},
        statements=(),
    )
    return designed(foretold, choices)


def _check_task(design: Design, forecast: Forecast, faults: Faults) -> None:
    asked, plans = forecast.task, design.plans
    if (plan := plans.get(asked.name)) is None:
        message = f"the forecast is of the task {asked.name}, which is not asked at scale {design.scale}"
        faults.add(f"{message} (there are: {', '.join(plans)}); {_REMEDY}")
    elif plan.task.version != asked.version:
        message = f"the forecast was made with version {asked.version} of {asked.name}, and this is {plan.task.version}"
        faults.add(f"{message}; {_REMEDY}")
    elif asked.value not in plan.task.headline:
        faults.add(f"the forecast is of {asked.value}, which {asked.name} does not tell; {_REMEDY}")


def check_base(forecast: Forecast, base: Checkpoint) -> None:
    """Raise InputError unless the forecast was made with the weights of `base`."""
    if forecast.base.sha256 != base.content_hash:
        told = f"the forecast was made with {forecast.base.reference} ({forecast.base.sha256[:12]})"
        raise InputError(f"{told}, and this is {base.reference} ({base.content_hash[:12]}); {_REMEDY} or name --model")


def check_data(forecast: Forecast, reference: str, data: Mapping[str, ArmData]) -> None:
    """Raise InputError unless the rows of the forecast, if it has some, are those of the reference arm."""
    if forecast.data is None:
        return
    rows = data[reference].rows
    if messages_sha256(rows) != forecast.data.sha256:
        told = f"the forecast was made for {forecast.data.rows} other rows than the {len(rows)} of the arm {reference}"
        raise InputError(f"{told}, which lie in {data[reference].file}; {_REMEDY} and --data")


def prediction(forecast: Forecast, arms: Sequence[str], roads: Mapping[str, Road]) -> Prediction:
    """What findings are told of the forecast of `arms`; `roads` are what the experiment took."""
    asked = forecast.task
    foretold = [_foretold(one, place, forecast) for place, one in enumerate(forecast.candidates, 1) if one.name in arms]
    spent = {
        name: Road(len(forecast.candidates), cost.seconds, cost.tokens, cost.responses)
        for name, cost in forecast.cost.items()
    }
    return Prediction(
        made=forecast.made,
        sha256=forecast.sha256,
        task=asked.name,
        part=asked.part,
        value=asked.value,
        ranked_by=forecast.ranked_by,
        candidates=len(forecast.candidates),
        arms=foretold,
        rules=forecast.rules,
        roads={**spent, **roads},
    )


def _foretold(one: Forecasted, place: int, forecast: Forecast) -> Foretold:
    predictors = {str(name): one.predictor(name) for name in forecast.predictors}
    return Foretold(
        one.name, one.prompt, place, predictors, {str(name): share for name, share in one.predicted.items()}
    )
