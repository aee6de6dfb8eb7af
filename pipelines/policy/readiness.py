"""readiness.toml: from scores to readiness, chance, band and reasons, and the backtest on past attempts."""

from datetime import date

from pydantic import Field

from pipelines.policy.strict import Fact, Strict


class Curve(Strict):
    c: float
    s: float


class ExamCurve(Fact):
    """An exam's own working and cautious curve; CBSSA and CBSE were made for another exam."""

    working: Curve
    cautious: Curve


class Refit(Strict):
    """How printed probabilities move the curve: the range used, their noise in EPC, and the prior sd of s."""

    exam: str
    lowest: float
    highest: float
    noise_sd: float
    s_sd: float
    least_s: float


class Curves(Fact):
    """The working and the cautious curve, P(pass | EPC) = Phi((EPC - c) / s), for one reported score."""

    working: Curve
    cautious: Curve
    reported_score_se: float
    refit: Refit
    exam: dict[str, ExamCurve]


class LowPass(Fact):
    low: float
    high: float
    middle: float


class Band(Strict):
    """A band: readiness, rounded to whole EPC, below `below` and in no earlier band. `id` is one of contracts' Band."""

    id: str
    name: str
    below: float


class State(Strict):
    """The name of a state that replaces a band. `id` is one of contracts' Band."""

    id: str
    name: str


class Bands(Fact):
    """The source of the bands, who decided on them, and when."""

    decided_by: str
    decided_on: date


class WhatIf(Strict):
    instrument: str
    score_se: float
    weakest: list[int]
    delay_days: int
    date_days: int
    moved_since_days: int


class Today(Strict):
    """When Today shows a student, and how far ahead it looks, in days."""

    sits_soon_days: int
    evidence_wanted_days: int
    ahead_days: int


class ModelPriors(Strict):
    level_mean: float
    level_sd: float
    growth_mean: float
    growth_sd: float
    student_level_sd: float
    student_growth_sd: float
    prior_students: float
    class_offset_sd: float
    flattening_days: list[float]
    spurt: list[float]
    spurt_log_odds: float
    spurt_days: float
    drift_per_day: float
    mistyped: float
    mistyped_sd: float
    agree_sd: float
    error_least: float
    error_most: float
    form_worth: float
    form_fewest: int
    form_days: int
    form_others: float
    form_most: int
    overlap_fewest: int
    retake_gain_spread: float
    retake_gain_doubt: float
    retake_gain_days: float
    retake_gain_most: float
    retake_gain_again: float
    retake_usual_days: int


class LearnedScale(Strict):
    """When an exam without a published scale becomes evidence: so many students with an equated score so many days
    around it, a correlation so many of its sds from 0, and an error between these (EPC)."""

    fewest_students: int
    near_days: int
    least_sds: float
    least_error: float
    most_error: float


class MissingForms(Fact):
    """Forms that a class has and a student lacks: prior sds of what they tell in log odds, of lacking all and of one
    `late_days` later, and the prior log odds that they tell anything; and when a form is one of the class."""

    log_odds: float
    lacking_sd: float
    late_sd: float
    late_days: float
    most_late: float
    class_share: float
    settled_days: int


class RecalibrationPriors(Fact):
    """Prior sds of the recalibration, and the least outcomes of a class year for a verdict."""

    intercept_sd: float
    slope_sd: float
    drift_sd: float
    least_slope: float
    most_slope: float
    drift_sds: float
    surprise_sds: float
    surprise_least: float
    fewest_expected: float
    fewest_sat: int
    missing_forms: MissingForms


class Order(Strict):
    """How expected loss grows with what presses, as shares; and what is taken of students without evidence."""

    near: float
    near_days: float
    attempts: float
    broken: float
    unseen_failing: float
    unseen_worth: float


class UsualTest(Strict):
    window_share: float
    month: int
    day: int
    years_before: int


class Backtest(Fact):
    """How past attempts are predicted again, and how forecasts are compared with outcomes."""

    days_before: list[int]
    refit_days: int
    every_days: int
    most_students: int
    fewest_for_rate: int
    folds: int
    edges: list[float]
    flag_share: float


class Reasons(Strict):
    trend_days: int
    soon_days: int
    more_time_days: int
    disagree_sd: float
    smallest_effect: float


class Evidence(Strict):
    """The age up to which a score is recent, and how far ahead of the newest score an exam is predicted, in days."""

    recent_days: int
    horizon_days: int


class ReadinessFile(Fact):
    """All of readiness.toml: the passing curve, the bands, the model's priors, and limits that pages use."""

    curves: Curves = Field(alias="curve")
    low_pass: LowPass
    bands: list[Band] = Field(alias="band")
    states: list[State] = Field(alias="state")
    bands_decided: Bands = Field(alias="bands")
    evidence: Evidence
    what_if: WhatIf
    today: Today
    model: ModelPriors
    learned_scale: LearnedScale
    recalibration: RecalibrationPriors
    order: Order
    usual_test: UsualTest
    backtest: Backtest
    reasons: Reasons

    @property
    def band_names(self) -> dict[str, str]:
        """The name of each band and state by its id, in policy's order."""
        return {band.id: band.name for band in self.bands} | {state.id: state.name for state in self.states}
