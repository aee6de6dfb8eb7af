"""Readiness: where each student stands on the EPC scale, on any day, with how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from pipelines.marts.chance import Z50, Z80, Floats, Lens
from pipelines.marts.coefficients import Coefficients, odd_scores, posterior, with_outcomes
from pipelines.marts.growth import Fit, Ints, Scores, fit_growth, priors_of_theta, shared_part, sums
from pipelines.marts.reading import Reading, read_outcomes
from pipelines.marts.wander import less_regained, regained, wandered
from pipelines.policy import ModelPriors, Policy

NEVER = 10**7  # a day number out of reach
Days = pl.Series | Sequence[date]


@dataclass(frozen=True, eq=False)
class Readiness:
    """Every student's readiness as known on `as_of`.

    `now` uses scores and exam outcomes, `before_outcomes` scores only. `odd` has the score of each student that
    disagrees most with the others (docs/model.md). `reading` is what a readiness means for passing. Days are counted
    from 1970-01-01 inside.
    """

    as_of: date
    students: pl.DataFrame  # student_id, row, class_year
    fit: Fit
    biases: pl.DataFrame  # instrument, scale, bias, sd: what the school's scores say of each instrument
    classes: pl.DataFrame  # class_year, offset, sd
    now: Coefficients
    before_outcomes: Coefficients
    start: Ints  # each class's first evidence
    exam: Ints  # the day each student's last weeks lead to; out of reach where none is known
    failed_on: Ints  # students x failures, far in the future where there is none
    first: Ints  # each student's first evidence (as_of where there is none)
    newest: Ints
    count: Ints
    odd: pl.DataFrame  # row, instrument, form, taken_on, gap, gap_sd, level, growth: the shift without it
    priors: ModelPriors
    reading: Reading
    furthest: int  # days since the class's start that the school's scores reach

    def rows(self, student_ids: pl.Series | Sequence[str]) -> Ints:
        """The students' rows; a student who is not in the roster is a bug."""
        asked = pl.DataFrame({"student_id": student_ids}, schema={"student_id": pl.String})
        found = asked.join(self.students, on="student_id", how="left", maintain_order="left")["row"]
        if found.null_count():
            raise KeyError(f"{found.null_count()} students are not in the readiness asked")
        return found.to_numpy()

    def grown(self, rows: Ints, day: Ints, exam: Ints | None = None) -> Floats:
        """The part of the whole growth that is made by a day; `exam` where another day than the student's is meant."""
        start, ahead = self.start[rows], self.exam[rows] if exam is None else exam
        if day.ndim == 2:
            start, ahead = start[:, None], ahead[:, None] if ahead.ndim == 1 else ahead
        return self.fit.time.x(day - start, ahead - day)

    def project(
        self, rows: Ints, day: Ints, coefficients: Coefficients | None = None, *, sits: bool = False
    ) -> tuple[Floats, Floats, Floats]:
        """Mean, variance and its shared part on these days; `day` is one a row, or rows x days.

        `sits`: the student sits on that day, so the last weeks before an exam lead there.
        """
        wide, newest = day.ndim == 2, self.newest[rows]
        x = self.grown(rows, day, day if sits else None)
        mean, variance, shared = (coefficients or self.now).at(rows, x)
        risen = regained(self.failed_on[rows], day, self.priors)
        before = regained(self.failed_on[rows], newest, self.priors)
        if wide:
            newest, before = newest[:, None], before[:, None]
        wander = wandered(day - newest, risen - before, self.priors)
        return mean + self.priors.retake_gain_mean * risen, variance + wander, shared

    def lens(self, rows: Ints, exams: pl.Series) -> Lens:
        """How each row's readiness is read for the exam beside it: by first attempts, or retakes after a failure."""
        asked = pl.DataFrame({"row": pl.Series(rows, dtype=pl.Int64), "exam": exams})
        retakes = asked.join(self.reading.failed.with_columns(again=True), on=["row", "exam"], how="left",
                             maintain_order="left")["again"].fill_null(False)
        return self.reading.lens(exams, ~retakes.to_numpy(), self.students["group"].to_numpy()[rows])

    def on(self, student_ids: pl.Series | Sequence[str], days: Days) -> tuple[Floats, Floats]:
        """Mean and sd for each student on the day beside it."""
        mean, variance, _ = self.project(self.rows(student_ids), day_numbers(days))
        return mean, np.sqrt(variance)

    def trajectory(self, student_id: str, days: Days) -> pl.DataFrame:
        """One student's day, mean, low_50, high_50, low_80, high_80, for the fan chart."""
        mean, sd = self.on([student_id] * len(days), days)
        ends = {f"{side}_{name}": mean + sign * z * sd
                for name, z in (("50", Z50), ("80", Z80)) for side, sign in (("low", -1), ("high", 1))}
        figures = pl.DataFrame({"mean": mean, **ends}).select(pl.all().clip(0, 100))
        return pl.DataFrame({"day": pl.Series(days, dtype=pl.Date)}).hstack(figures)


def day_numbers(days: Days) -> Ints:
    return pl.Series(days, dtype=pl.Date).to_physical().to_numpy().astype(np.int64)


def day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def fit_readiness(
    students: pl.DataFrame, attempts: pl.DataFrame, observations: pl.DataFrame, as_of: date, policy: Policy,
    *, left_out: int | None = None,
) -> Readiness:
    """Readiness of all students from what is dated on or before `as_of`.

    `left_out` is a class year whose outcomes teach the recalibration nothing: the backtest predicts it.
    Somebody without a score has the class's curve and its whole spread: pages say *no evidence* instead.
    """
    people = students.select("student_id", "class_year", "planned_on").unique("student_id", maintain_order=True).sort("student_id")
    classes = people.select("class_year").unique().sort("class_year", nulls_last=True).with_row_index("group")
    people = people.with_row_index("row").join(
        classes, on="class_year", how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(pl.col("row").cast(pl.Int64), pl.col("group").cast(pl.Int64))
    seen = _seen(people, observations, as_of)
    group, today = people["group"].to_numpy(), day_number(as_of)
    start = _class_starts(seen, len(classes), today)[group]
    exam = _exam_days(people, attempts, as_of)
    names, raw, newest, first, count = _scores(seen, start, exam, group, len(classes), today, policy)
    failed_on = _failures(people, attempts, as_of)
    scores = less_regained(raw, seen["day"].to_numpy(), newest, failed_on, policy.model)
    fit = fit_growth(scores, policy.model)
    s = sums(scores, fit.time)
    fit = shared_part(s, fit.omega, priors_of_theta(scores, policy.model), fit.time)
    scored = posterior(s, fit, group)
    biases = _shared_frame("key", names, fit, 2 + len(classes), "bias")
    readiness = Readiness(
        as_of=as_of, students=people.select("student_id", "row", "class_year", "group"), fit=fit,
        biases=biases.select(
            instrument=pl.col("key").list.get(0), scale=pl.col("key").list.get(1), bias="bias", sd="sd"),
        classes=_shared_frame("class_year", classes["class_year"], fit, 2, "offset"),
        now=scored, before_outcomes=scored,
        start=start, exam=exam, failed_on=failed_on, first=first, newest=newest, count=count,
        odd=odd_scores(seen, scores, s, fit), priors=policy.model,
        reading=Reading.of_policy(people, attempts, observations, as_of, policy), furthest=_furthest(raw),
    )
    before = hindsight(readiness, seen, raw, attempts, policy)
    if left_out is not None:
        before = before.filter(pl.col("class_year").ne_missing(left_out))
    reading = read_outcomes(readiness.reading, before, policy)
    return _with_outcomes(replace(readiness, reading=reading), attempts)


def _seen(people: pl.DataFrame, observations: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Observations of these students up to as_of, with the student's row and class, sorted."""
    return (
        observations.lazy().filter(pl.col("taken_on") <= as_of)
        .join(people.lazy().select("student_id", "row", "group"), on="student_id")
        .with_columns(day=pl.col("taken_on").to_physical().cast(pl.Int64))
        .sort("row", "day", "instrument", "form").collect()
    )


def _class_starts(seen: pl.DataFrame, classes: int, today: int) -> Ints:
    """The day each class's evidence starts. A 2 % quantile, so that one mistyped year moves nobody's clock;
    with fewer than 50 scores that is the first day."""
    start = np.full(classes, today)
    found = seen.group_by("group").agg(pl.col("day").quantile(0.02, "lower").cast(pl.Int64))
    start[found["group"].to_numpy()] = found["day"].to_numpy()
    return start


def _exam_days(people: pl.DataFrame, attempts: pl.DataFrame, as_of: date) -> Ints:
    """The day of each student's first attempt; else the planned one; else the class's median; else out of reach."""
    first = attempts.lazy().filter(pl.col("taken_on") <= as_of).group_by("student_id").agg(
        first_on=pl.col("taken_on").min()
    ).collect()
    known = people.join(first, on="student_id", how="left", maintain_order="left").select(
        day=pl.coalesce("first_on", "planned_on").to_physical().cast(pl.Int64), group="group"
    )
    usual = pl.col("day").median().over("group").round().cast(pl.Int64)
    return known.select(pl.coalesce("day", usual).fill_null(NEVER)).to_series().to_numpy()


def _furthest(scores: Scores) -> int:
    return int(np.quantile(scores.days, 0.98)) if len(scores.days) else 0


def _scores(
    seen: pl.DataFrame, start: Ints, exam: Ints, group: Ints, groups: int, today: int, policy: Policy
) -> tuple[pl.Series, Scores, Ints, Ints, Ints]:
    """The instruments and scales that have a bias, the scores as arrays, and each student's newest and first day and count."""
    row, day = seen["row"].to_numpy(), seen["day"].to_numpy()
    newest, first = np.full(len(group), today), np.full(len(group), today)
    newest[row] = day  # sorted by day, so the last one stays
    first[row[::-1]] = day[::-1]
    known = pl.DataFrame(
        [(i.name, scale, to.bias_sd) for i in policy.instruments.values() if not i.anchor
         for scale, to in i.to_epc.items() if to.bias_sd > 0],
        schema={"instrument": pl.String, "scale": pl.String, "bias_sd": pl.Float64}, orient="row",
    )
    biased = known.join(seen, on=["instrument", "scale"], how="semi").sort("instrument", "scale").with_row_index("nth")
    nth = seen.join(biased, on=["instrument", "scale"], how="left", maintain_order="left")["nth"]
    scores = Scores(
        student=row, days=(day - start[row]).astype(float), until=(exam[row] - day).astype(float), value=seen["epc"].to_numpy(),
        variance=seen["se"].to_numpy() ** 2 + policy.model.drift_per_day * (newest[row] - day),
        instrument=nth.cast(pl.Int64).fill_null(-1).to_numpy(),
        group=group, groups=groups, bias_sd=biased["bias_sd"].to_numpy(),
    )
    names = biased.select(pl.concat_list("instrument", "scale")).to_series()
    return names, scores, newest, first, np.bincount(row, minlength=len(group))


def _failures(people: pl.DataFrame, attempts: pl.DataFrame, as_of: date) -> Ints:
    """Students x failures, oldest first; a day out of reach fills the rest."""
    failed = (
        attempts.lazy().filter(pl.col("taken_on") <= as_of, pl.col("outcome") == "fail")
        .join(people.lazy().select("student_id", "row"), on="student_id").sort("row", "taken_on")
        .select("row", day=pl.col("taken_on").to_physical().cast(pl.Int64), nth=pl.int_range(pl.len()).over("row"))
        .collect()
    )
    nth = failed["nth"].to_numpy()
    days = np.full((len(people), nth.max() + 1 if len(nth) else 0), NEVER)
    days[failed["row"].to_numpy(), nth] = failed["day"].to_numpy()
    return days


def _shared_frame(name: str, of: pl.Series, fit: Fit, at: int, figure: str) -> pl.DataFrame:
    end = at + len(of)
    return pl.DataFrame({
        name: of, figure: fit.theta[at:end], "sd": np.sqrt(np.diag(fit.theta_cov)[at:end])
    })


def decided(attempts: pl.DataFrame, people: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Passes and fails up to as_of in order: row, exam, day, passed, `round` (of the student) and `first` of the exam."""
    failed_before = (pl.col("outcome") == "fail").cast(pl.Int32).cum_sum().shift(1, fill_value=0).over("row", "exam")
    return (
        attempts.lazy().filter(pl.col("taken_on") <= as_of, pl.col("outcome").is_in(["pass", "fail"]))
        .join(people.lazy().select("student_id", "row", "class_year", "group"), on="student_id")
        .sort("row", "taken_on", "exam")
        .select(
            "student_id", "row", "class_year", "group", "exam", "taken_on", first=failed_before == 0,
            day=pl.col("taken_on").to_physical().cast(pl.Int64), round=pl.int_range(pl.len()).over("row"),
            passed=pl.col("outcome") == "pass",
        ).collect()
    )


def _with_outcomes(readiness: Readiness, attempts: pl.DataFrame) -> Readiness:
    """Readiness after what passes and fails say: one probit moment-matching update a decided attempt, in order."""
    now = readiness.now
    for _, at in sorted(decided(attempts, readiness.students, readiness.as_of).partition_by("round", as_dict=True).items()):
        now = _after(replace(readiness, now=now), at["row"].to_numpy(), at)
    return replace(readiness, now=now)


def _after(readiness: Readiness, row: Ints, at: pl.DataFrame) -> Coefficients:
    """The curves of these rows after the outcomes `at`."""
    day, sign = at["day"].to_numpy(), np.where(at["passed"].to_numpy(), 1.0, -1.0)
    mean, variance, _ = readiness.project(row, day, sits=True)
    curve = [readiness.reading.curves[exam][0] for exam in at["exam"]] if len(at) else []
    c, s = np.array([x.c for x in curve]), np.array([x.s**2 for x in curve]) - readiness.reading.score_variance
    return with_outcomes(readiness.now, row, readiness.grown(row, day, day), (mean, variance), sign, c, s)


def hindsight(
    readiness: Readiness, seen: pl.DataFrame, scores: Scores, attempts: pl.DataFrame, policy: Policy
) -> pl.DataFrame:
    """Each decided attempt of a student with an earlier score: exam, first, class_year, group, passed, and `raw`, the
    curve's chance from that student's own scores and outcomes before the day."""
    rounds = decided(attempts, readiness.students, readiness.as_of).partition_by("round", as_dict=True)
    found, day = [], seen["day"].to_numpy()
    for nth in range(len(rounds)):
        at = rounds[(nth,)]
        rows, cut = at["row"].to_numpy(), np.full(len(readiness.start), -1)
        cut[rows] = at["day"].to_numpy()
        keep = day < cut[scores.student]
        newest = np.full(len(cut), -1)
        newest[scores.student[keep]] = day[keep]
        at, rows = at.filter(pl.Series(newest[rows] >= 0)), rows[newest[rows] >= 0]
        known = replace(readiness, failed_on=np.where(readiness.failed_on < cut[:, None], readiness.failed_on, NEVER),
                        newest=newest)
        part = replace(
            scores, student=scores.student[keep], days=scores.days[keep], until=scores.until[keep],
            value=scores.value[keep], instrument=scores.instrument[keep],
            variance=scores.variance[keep] + policy.model.drift_per_day
            * (newest - readiness.newest)[scores.student[keep]],
        )
        part = less_regained(part, day[keep], newest, known.failed_on, policy.model).of(rows)
        known = replace(
            known, now=posterior(sums(part, readiness.fit.time), readiness.fit, part.group), start=known.start[rows],
            exam=known.exam[rows], failed_on=known.failed_on[rows], newest=known.newest[rows],
        )
        for before in range(nth):
            earlier = at.select("row").with_row_index("place").join(rounds[(before,)], on="row", maintain_order="left")
            known = replace(known, now=_after(known, earlier["place"].cast(pl.Int64).to_numpy(), earlier))
        mean, variance, _ = known.project(np.arange(len(rows)), at["day"].to_numpy(), sits=True)
        lens = readiness.reading.lens(at["exam"], at["first"].to_numpy(), at["group"].to_numpy())
        found.append(at.with_columns(raw=pl.Series(lens.raw(mean, variance), dtype=pl.Float64)))
    empty = decided(attempts.clear(), readiness.students, readiness.as_of).with_columns(raw=pl.lit(0.5))
    return pl.concat([empty, *found]).drop("round")
