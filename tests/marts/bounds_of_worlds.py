"""What docs/model.md promises of the thirty worlds: a sentence for each promise that rows of the table break."""

from collections.abc import Iterable

import numpy as np

from tests.marts.beside_simpler import Judged, Row

AUC_BELOW, BRIER_SES = 0.01, 2.0
APART = {"ordinary": 0.06, "1 % mistyped scores": 0.06}  # by group, or by name
COVERED = 0.72, 0.90
ORDINARY_BANNERS, HARDER_TOLD = 0.10, 0.75
TO_95 = 1.959964 / 1.281552  # from an 80 % range to a 95 % range


def broken_bounds(rows: Iterable[Row]) -> list[str]:
    rows = list(rows)
    return [sentence for row in rows for sentence in _of_world(row)] + _of_banners(rows)


def _of_world(row: Row) -> list[str]:
    name, above, error = row.case.name, *row.brier_above("last")
    ours, last = row.auc("p_pass", "last"), row.auc("last")
    most_apart = APART.get(name, APART.get(row.case.group, np.inf))
    found = []
    if ours < last - AUC_BELOW:
        found.append(f"{name}: AUC {ours:.3f}, the last score's {last:.3f}")
    if row.case.group != "no outcomes" and above > BRIER_SES * error:
        found.append(f"{name}: Brier {above:.4f} above the last score's, standard error {error:.4f}")
    if row.apart > most_apart:
        found.append(f"{name}: {row.apart:.3f} from the exact chances, at most {most_apart:.2f}")
    for column in ("covered", "covered_later"):
        if not COVERED[0] <= row.column(column).mean() <= COVERED[1]:
            found.append(f"{name}: 80 % readiness intervals hold {row.column(column).mean():.0%} ({column})")
    return found


def _of_banners(rows: list[Row]) -> list[str]:
    ordinary = [school for row in rows if row.case.group == "ordinary" for school in row.schools]
    with_banner = sum(school.has_banner for school in ordinary)
    found = [
        f"{row.case.name}: a class failed beyond the range shown, the exact count too, and no banner says so"
        for row in rows for school in row.schools
        if school.is_outside and results_say_so(school) and not school.has_banner_after
    ]
    if with_banner > ORDINARY_BANNERS * len(ordinary):
        found.append(f"{with_banner} of {len(ordinary)} ordinary schools carry a banner")
    harder = [school for row in rows for school in row.schools if school.exact_failures > school.failures_shown[1]]
    told = sum(school.has_banner_after for school in harder)
    if told < HARDER_TOLD * len(harder):
        found.append(f"of {len(harder)} schools with more failures than shown {told} carry a banner after the results")
    return found


def results_say_so(school: Judged) -> bool:
    """Whether the class failed beyond the range shown, widened from 80 to 95 %, on the side of the exact count."""
    low, high = school.failures_shown
    middle = float((1 - school.chances["p_pass"]).sum())
    failed = int((~school.chances["passed"]).sum())
    if school.exact_failures > high:
        return failed > middle + TO_95 * (high - middle)
    return failed < middle - TO_95 * (middle - low)
