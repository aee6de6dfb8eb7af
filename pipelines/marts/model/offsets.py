"""Offsets from the EPC scale: of each instrument and scale, and of each form that students took beside other forms.

A score's offset is its instrument's (an anchor has none) plus its form's own. One column of the shared part holds the
sum for one form, so the columns of an instrument are correlated before any score is seen.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.marts.model.chance import Floats
from pipelines.policy import Policy

Ints = npt.NDArray[Any]
KEY = ["instrument", "of", "form"]


@dataclass(frozen=True, eq=False)
class Offsets:
    """The columns: instrument, of (the scale; of a school's own exam, its name and scale), form (null: all other
    forms, which have no offset of their own), common_sd and form_sd (prior sds, EPC), `students` who took it, and
    `overlap`: those of them with a score on an anchor."""

    columns: pl.DataFrame

    def covariance(self, form_share: float) -> Floats:
        """The prior covariance of the columns; `form_share` is how much wider the forms' variance is than policy's."""
        group = self.columns.select(pl.struct("instrument", "of").rank("dense")).to_series().to_numpy()
        sd, own = (self.columns[name].to_numpy() for name in ("common_sd", "form_sd"))
        common = np.where(group[:, None] == group[None, :], np.outer(sd, sd), 0.0)
        return np.asarray(common + np.diag(form_share * own**2 + 1e-9))

    def own_of_forms(self, theta: Floats, cov: Floats, form_share: float) -> Floats:
        """Each form's own squared offset as a share of policy's variance, expected under the columns' posterior."""
        sd = self.columns["form_sd"].to_numpy()
        with_form = (self.columns["form"].is_not_null().to_numpy()) & (sd > 0)
        prior = self.covariance(form_share)
        pull = (form_share * sd**2)[:, None] * np.linalg.inv(prior) if len(prior) else prior
        own = pull @ theta
        variance = form_share * sd**2 - ((pull @ (prior - cov)) * pull).sum(1)
        return np.asarray((own**2 + variance)[with_form] / sd[with_form] ** 2)

    def known(self, theta: Floats, cov: Floats, form_share: float) -> pl.DataFrame:
        """instrument, scale, bias, sd, students, overlap: what is known of each instrument's own offset, from the
        columns' posterior."""
        groups = self.columns.filter(pl.col("common_sd") > 0).group_by("instrument", "of", maintain_order=True).agg(
            pl.col("common_sd").first(), pl.col("students", "overlap").max())
        prior = self.covariance(form_share)
        at = self.columns.select("instrument", "of").with_row_index("at")
        nth = groups.with_row_index("nth").join(at, on=["instrument", "of"], maintain_order="left")
        to_columns = np.zeros((len(groups), len(self.columns)))
        to_columns[nth["nth"].to_numpy(), nth["at"].to_numpy()] = nth["common_sd"].to_numpy() ** 2
        pull = to_columns @ np.linalg.inv(prior) if len(prior) else to_columns
        variance = groups["common_sd"].to_numpy() ** 2 - ((pull @ (prior - cov)) * pull).sum(1)
        return groups.select(
            "instrument", scale="of", bias=pl.Series(pull @ theta, dtype=pl.Float64),
            sd=pl.Series(np.sqrt(variance), dtype=pl.Float64), students="students", overlap="overlap")


def conversions(policy: Policy) -> pl.DataFrame:
    """instrument, scale, common_sd, form_sd, error_worth: of every instrument and scale that policy converts to EPC."""
    names = ["instrument", "scale", "common_sd", "form_sd", "error_worth"]
    return pl.DataFrame(
        [(i.name, scale, to.bias_sd, to.form_sd, to.error_worth) for i in policy.instruments.by_name.values()
         for scale, to in i.to_epc.items()],
        schema=dict(zip(names, [pl.String, pl.String, *[pl.Float64] * 3], strict=True)), orient="row",
    )


def offsets_of(
    score_rows: pl.DataFrame, group: Ints, policy: Policy, fitted: Offsets | None = None
) -> tuple[Offsets, pl.Series]:
    """The columns of these scores, and each score's place among them (-1: an anchor's form without one of its own).

    `group` is each student's class. With `fitted` no form gets a column of its own that has none there.
    """
    own = [i.name for i in policy.instruments.by_name.values() if i.takes_labels == "own"]
    each = pl.when(pl.col("instrument").is_in(own))
    rows = score_rows.select(
        "row", "instrument", "scale", "day",
        of=each.then(pl.concat_str(pl.col("form").replace("", None), "scale", separator=", ", ignore_nulls=True))
        .otherwise("scale"),
        form=each.then(None).otherwise(pl.col("form").replace("", None)),
    ).join(conversions(policy), on=["instrument", "scale"], how="left", maintain_order="left")
    anchored = rows.filter(common_sd=0)["row"].unique()
    rows = rows.with_columns(has_anchor=pl.col("row").is_in(anchored.implode()))
    taken = fitted.columns if fitted else _forms(rows.with_columns(group=pl.Series(group[rows["row"]])), policy)
    named = taken.filter(pl.col("form").is_not_null()).select(*KEY, named=True)
    rows = rows.join(named, on=KEY, how="left", maintain_order="left").with_columns(
        form=pl.when("named").then("form"))
    columns = rows.filter(pl.col("form").is_not_null() | (pl.col("common_sd") > 0)).group_by(KEY).agg(
        pl.col("common_sd").first(), pl.when(pl.col("form").is_not_null()).then("form_sd").otherwise(0.0).first(),
        students=pl.col("row").n_unique(),
        overlap=pl.col("row").filter("has_anchor").n_unique()).sort(KEY)
    if fitted:
        added = columns.join(fitted.columns, on=KEY, how="anti", nulls_equal=True, maintain_order="left")
        columns = pl.concat([fitted.columns, added])
    place = rows.join(columns.with_row_index("at").select(*KEY, "at"), on=KEY, how="left", nulls_equal=True,
                      maintain_order="left")["at"]
    return Offsets(columns), place.cast(pl.Int64).fill_null(-1)


def _forms(rows: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """The forms that enough students took while enough classmates took others, the most taken of them.

    Of a form that a whole class takes together nobody can tell how hard it is from how much the class has grown.
    """
    model = policy.readiness.model
    together = ["instrument", "of", "group", "period"]
    form = rows.filter(pl.col("form").is_not_null(), pl.col("form_sd") > 0).with_columns(
        period=pl.col("day") // model.form_days)
    others = 1 - pl.len().over(*together, "form") / pl.len().over(*together)
    return form.with_columns(others=others).group_by(KEY).agg(
        pl.col("others").mean(), students=pl.col("row").n_unique()
    ).filter(pl.col("students") >= model.form_fewest, pl.col("others") >= model.form_others).sort(
        pl.col("students"), *KEY, descending=[True, False, False, False]).head(model.form_most)


def extended(
    offsets: Offsets, columns: int, theta: Floats, cov: Floats, form_share: float
) -> tuple[Floats, Floats]:
    """Mean and covariance of the shared part with the columns after the first `columns` added, as those known make
    them likely. The known columns are the last of `theta`."""
    prior = offsets.covariance(form_share)
    at = len(theta) - columns
    pull = np.zeros((len(prior) - columns, len(theta)))
    if columns:
        pull[:, at:] = prior[columns:, :columns] @ np.linalg.inv(prior[:columns, :columns])
    left = prior[columns:, columns:] - pull[:, at:] @ prior[:columns, columns:]
    across = pull @ cov
    return np.append(theta, pull @ theta), np.block([[cov, across.T], [across, left + across @ pull.T]])

