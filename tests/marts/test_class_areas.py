"""The class by area: real differences are notable, chance ones are not, small groups are hidden."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.marts.areas.area_evidence import area_evidence, batches
from pipelines.marts.areas.class_areas import EARLIER, LAST_FORM, OTHER, REFERENCE, class_areas
from pipelines.marts.areas.subjects import estimates_from
from pipelines.marts.model.readiness import Readiness
from pipelines.policy import Policy
from tests.marts.builders import AS_OF, POLICY, assessments, attempts, day, readiness_of, students, subjects_of
from tests.marts.builders import areas as area_rows

BLUEPRINT = [a for a in POLICY.blueprint.areas if a.axis != "competency"]
NAMES = [a.name for a in BLUEPRINT]
WEIGHT = np.array([a.weight for a in BLUEPRINT])


@dataclass(frozen=True)
class Classes:
    students: pl.DataFrame
    areas: pl.DataFrame
    assessments: pl.DataFrame

    @cached_property
    def readiness(self) -> Readiness:
        return readiness_of(self.students, attempts(), self.assessments)

    def compared(self, policy: Policy = POLICY) -> pl.DataFrame:
        known = area_evidence(batches(self.areas), self.assessments, self.readiness, AS_OF, policy, self.students)
        return class_areas(self.students, known, policy)


def classes(
    off: dict[int, dict[str, float]], n: int = 60, forms: int = 2, seed: int = 0, level: float = 68.0,
    item_sd: float = 0.0, programs: dict[str, int] | None = None, gained: dict[str, float] | None = None,
) -> Classes:
    """Class years with area deviations in points; each class sits its own forms, whose items differ by item_sd;
    `gained` is what areas rise by between the forms beyond the total, and `programs` how many are of which."""
    draw = np.random.default_rng(seed)
    k, items = len(BLUEPRINT), np.maximum(np.round(200 * WEIGHT), 1).astype(int)
    people, sheets, totals = [], [], []
    for year, shifts in off.items():
        shift = np.array([shifts.get(name, 0.0) for name in NAMES])
        rise = np.array([(gained or {}).get(name, 0.0) for name in NAMES])
        hard = draw.normal(0, 1, (forms, k)) * item_sd / np.sqrt(items)
        truth = draw.normal(level, 7, n)[:, None] + shift + draw.normal(0, 4, (n, k))
        kinds = [p for p, size in (programs or {"MD": n}).items() for _ in range(size)]
        for i in range(n):
            who = f"{year}-{i:03d}"
            people.append({"student_id": who, "class_year": year, "program": kinds[i]})
            for f in range(forms):
                rate = np.clip(truth[i] + hard[f] + rise * f + 3 * f, 3, 97) / 100
                correct = draw.binomial(items, rate)
                seat = {"student_id": who, "form": f"{year}{f}", "taken_on": day(-200 + 40 * f)}
                share = WEIGHT / WEIGHT.sum()
                total = float((share * (np.clip(truth[i] + 3 * f, 3, 97) - shift)).sum() + draw.normal(0, 3))
                totals.append({**seat, "score": min(max(total, 0.0), 100.0)})
                sheets += [{**seat, "axis": a.axis, "area": a.name, "correct": int(c), "items": int(m)}
                           for a, c, m in zip(BLUEPRINT, correct, items, strict=True)]  # fmt: skip
    return Classes(students(*people), area_rows(*sheets), assessments(*totals))


def notable(found: pl.DataFrame, comparison: str, year: int, program: str = "all") -> set[str]:
    rows = found.filter(comparison=comparison, class_year=year, program=program)
    return set(rows.filter("notable")["area"])


def test_what_is_new_in_a_class_is_notable_and_the_rest_is_not() -> None:
    found = classes({2027: {}, 2028: {}, 2029: {"Biochemistry": -9.0}}, n=80).compared()
    assert "Biochemistry" in notable(found, EARLIER, 2029)
    assert len(notable(found, EARLIER, 2029)) <= 3
    row = found.filter(comparison=EARLIER, class_year=2029, program="all", area="Biochemistry").row(0, named=True)
    assert row["low"] < row["difference"] < row["high"] < 0


def test_a_stronger_class_does_not_make_every_area_look_new() -> None:
    weak, strong = classes({2028: {}}, level=60.0), classes({2029: {}}, level=75.0, seed=1)
    both = Classes(*(pl.concat([getattr(weak, f), getattr(strong, f)]) for f in ("students", "areas", "assessments")))
    assert len(notable(both.compared(), EARLIER, 2029)) <= 1


@pytest.mark.parametrize("item_sd", [0.0, 12.0])
def test_of_22_areas_the_chance_ones_do_not_shout(item_sd: float) -> None:
    """Classes that do not differ, also where each sat its own forms, whose items are not equally hard: few of ten
    pairs of classes have a notable area, where single 80 % intervals would name four areas in each."""
    shouting, named = 0, 0
    for seed in range(10):
        found = classes({2028: {}, 2029: {}}, n=40, seed=seed, item_sd=item_sd).compared()
        rows = found.filter(comparison=EARLIER, class_year=2029, program="all")
        shouting += rows["notable"].any()
        named += rows.select((pl.col("high") < 0) | (pl.col("low") > 0)).to_series().sum()
    assert shouting <= 3
    assert named / 10 <= 22 * 0.2 + 1.5


def test_an_area_below_the_reference_group_is_notable() -> None:
    found = classes({2029: {"Genetics": -20.0}}, level=63.0).compared()
    assert notable(found, REFERENCE, 2029) == {"Genetics"}
    higher = classes({2029: {}}, level=66.0)
    marked = Classes(higher.students, higher.areas.with_columns(reference=pl.lit(78.0)), higher.assessments)
    assert len(notable(marked.compared(), REFERENCE, 2029)) > 15


def test_the_change_since_the_last_form_is_beyond_the_change_of_the_total() -> None:
    found = classes({2029: {}}, n=80, gained={"Pharmacology": 16.0}).compared()
    assert "Pharmacology" in notable(found, LAST_FORM, 2029)
    assert len(notable(found, LAST_FORM, 2029)) <= 3


def test_programs_are_compared_where_neither_is_small() -> None:
    made = classes({2029: {}}, n=60, programs={"MD": 40, "DO": 20})
    rows = made.compared().filter(comparison=OTHER)
    assert set(rows["program"]) == {"MD", "DO"}
    assert rows["difference"].null_count() == 0


def test_a_small_program_cannot_be_had_by_subtraction() -> None:
    """Of 60 students 52 are MD: the eight DO are hidden, and so are the MD, since the class of 60 is shown."""
    rows = classes({2028: {}, 2029: {}}, n=60, programs={"MD": 52, "DO": 8}).compared()
    parts, whole = rows.filter(pl.col("program") != "all"), rows.filter(program="all")
    assert parts["suppressed"].all()
    for figure in ("students", "level", "relative", "difference", "low", "high"):
        assert parts[figure].null_count() == parts.height
    assert not parts["notable"].any()
    assert not whole["suppressed"].any()


def test_no_results_are_no_rows() -> None:
    empty = Classes(students({}), area_rows(), assessments())
    assert empty.compared().is_empty()


def test_a_school_gone_through_some_students_at_a_time_has_the_same_figures() -> None:
    made = classes({2027: {}, 2028: {"Genetics": -8.0}}, n=40, forms=3, programs={"MD": 25, "DO": 15})
    parts = list(batches(made.areas, rows=700))
    assert len(parts) == 8
    assert sum(part["student_id"].n_unique() for part in parts) == 80
    known = area_evidence(parts, made.assessments, made.readiness, AS_OF, POLICY, made.students)
    whole = subjects_of(made.students, made.areas, made.assessments)
    assert_frame_equal(estimates_from(made.students, known, POLICY), whole, abs_tol=1e-6)
    assert_frame_equal(class_areas(made.students, known, POLICY), made.compared(), abs_tol=1e-6)
