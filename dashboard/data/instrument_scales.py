"""Each instrument's offset, error and forms as this school's scores show them, in words."""

import numpy as np
import polars as pl

from dashboard.data.figures import Figures
from dashboard.words.formats import count
from pipelines.marts.model.learned_scales import learned_scales
from pipelines.marts.model.offsets import conversions
from pipelines.policy import Policy

BOTH = ("student has an equated score too", "students have an equated score too")


def instrument_lines(figures: Figures) -> list[tuple[str, str]]:
    """(name, text) of every instrument and scale that students here have scores on, and of the exams whose scale is
    learned here."""
    return [*_published(figures), *_learned(figures)]


def _published(figures: Figures) -> list[tuple[str, str]]:
    fit, scores, policy = figures.readiness.fit, figures.readiness.scores, figures.policy
    biases = {(row["instrument"], row["scale"]): row for row in figures.readiness.biases.to_dicts()}
    lines = []
    kinds = conversions(policy).select("instrument", "scale").rows()
    for kind in np.unique(scores.kind[scores.kind < len(kinds)]):
        instrument, scale = kinds[kind]
        se = policy.instruments.by_name[instrument].to_epc[scale].se
        error = f"error {se:.1f} EPC as stated, {se * fit.error_share[kind] ** 0.5:.1f} here"
        of = [key for key in biases if key[0] == instrument and (key[1] == scale or key[1].endswith(f", {scale}"))]
        if not of:
            text = f"the scale itself; {error}{_forms(figures, instrument, scale)}"
            lines.append((f"Scale, {instrument} ({scale})", text))
        for key in of:
            lines.append((f"Offset, {instrument} ({key[1]})",
                          _offset(biases[key], error, policy) + _forms(figures, instrument, key[1])))
    return lines


def _offset(row: dict[str, object], error: str, policy: Policy) -> str:
    both, few = count(row["overlap"], *BOTH), policy.readiness.model.overlap_fewest  # type: ignore[arg-type]
    if row["overlap"] < few:  # type: ignore[operator]
        return f"too few to say: {both}, {few} are needed"
    bias = f"{row['bias']:+.1f}".replace("-", "−")
    return f"{bias} EPC, give or take {row['sd']:.1f}; {error}; {both}"


def _forms(figures: Figures, instrument: str, scale: str) -> str:
    """`; 8 forms, the hardest (29) 1.2 EPC below the easiest (33)`, of forms with an offset of their own."""
    fit, scores = figures.readiness.fit, figures.readiness.scores
    columns = scores.offsets.columns.with_columns(offset=pl.Series(fit.theta[2 + scores.groups :]))
    forms = columns.filter(pl.col("form").is_not_null(), instrument=instrument, of=scale).sort("offset")
    if forms.height < 2:
        return ""
    hardest, *_, easiest = forms.select("form", "offset").rows()
    return (f"; {forms.height} forms, the hardest ({hardest[0]}) reads {easiest[1] - hardest[1]:.1f} EPC below the "
            f"easiest ({easiest[0]})")


def _learned(figures: Figures) -> list[tuple[str, str]]:
    fewest, equated = figures.policy.readiness.learned_scale.fewest_students, figures.observations.filter("anchor")
    lines = []
    for row in learned_scales(figures.read_areas().assessments, equated, figures.policy).iter_rows(named=True):
        both = count(row["students"], *BOTH)
        if row["students"] < fewest:
            text = f"too few to say: {both}, {fewest} are needed"
        elif row["slope"] is None:
            text = f"agrees too little with equated scores to be evidence; {both}"
        else:
            text = (f"{row['at_score']:.0f} reads as {row['at_epc']:.1f} EPC, each point more as {row['slope']:.2f}; "
                    f"error {row['base_se']:.1f} EPC; {both}")
        lines.append((f"Scale, {row['form']}", text))
    return lines
