"""What rows and builds depend on is computed: what code does and values count, comments and rules do not."""

import shutil
import subprocess
import sys
from dataclasses import asdict

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines.contracts.releases import Part
from pipelines.marts.model.scores_as_evidence import observations
from pipelines.policy import Policy, changed, with_labels, with_school
from pipelines.policy.blueprint import Area, BlueprintFile
from pipelines.policy.imports import ImportsFile
from pipelines.policy.instruments import Instrument, InstrumentsFile
from pipelines.policy.readiness import ReadinessFile
from pipelines.policy.rules import SchoolAdvice
from pipelines.sheets import Answers, load_sheet, read_sheet
from pipelines.store.fingerprint import BUILDING, READING, build_fingerprint, build_parts, rows_fingerprint
from pipelines.store.source_code import code_digest, code_of
from sample_data.school import make_school, write_sheets
from tests.conftest import AS_OF, REPO, clean_environment
from tests.releases import with_error, with_label, with_range, without

CODE = '''"""A module."""
LIMIT = 3


class Row:
    """One row."""

    def total(self, values: list[int]) -> int:
        """All of them together."""
        return sum(values) + LIMIT
'''


@pytest.mark.parametrize(("old", "new"), [
    ('"""A module."""', '"""Another text, and\n\na longer one."""'),
    ('"""One row."""', "# a comment"),
    ('        """All of them together."""\n', "\n\n"),
    ("sum(values) + LIMIT", "(\n            sum(values)\n            + LIMIT  # why\n        )"),
])
def test_comments_docstrings_and_line_breaks_do_not_count(old, new):
    assert old in CODE
    assert code_digest(CODE.replace(old, new)) == code_digest(CODE)


@pytest.mark.parametrize(("old", "new"), [
    ("LIMIT = 3", "LIMIT = 4"), ("LIMIT = 3", "LIMIT = None"), ("LIMIT = 3", 'LIMIT = "3"'),
    ("sum(values) + LIMIT", "sum(values) - LIMIT"), ("values: list[int]", "values: list[float]"),
    ("return sum", "return max"), ("LIMIT = 3", "LIMIT = 3\nLIMIT = 3"),
])
def test_what_the_code_does_counts(old, new):
    assert code_digest(CODE.replace(old, new)) != code_digest(CODE)


def test_reading_runs_the_readers_code_and_its_contracts_and_nothing_of_figures_or_decisions():
    reading, both = code_of(READING).modules, code_of(READING, *BUILDING).modules
    assert {"pipelines.contracts.facts", "pipelines.sheets.rows.validate", "pipelines.sheets.headers.layout",
            "pipelines.sheets.files.workbook_worker"} < set(reading)
    assert {name.split(".")[1] for name in reading} == {"contracts", "sheets"}
    assert {"pipelines.merge.identity", "pipelines.store.warehouse", "pipelines.contracts.readiness"} < set(both)
    assert {name for name in both if name.startswith("pipelines.marts")} == {
        "pipelines.marts.model.scores_as_evidence", "pipelines.marts.model.learned_scales"}
    assert {"polars", "fastexcel", "charset_normalizer"} < set(code_of(READING).libraries)
    assert "duckdb" in code_of(*BUILDING).libraries


def test_every_part_has_a_fingerprint(policy):
    assert set(build_parts(policy)) == set(Part)


@pytest.mark.parametrize(("changed", "parts"), [
    (lambda policy: without(policy, "UWSA"), {Part.INSTRUMENTS, Part.CONVERSIONS}),
    (lambda policy: with_range(policy, "percent", (0, 90)), {Part.INSTRUMENTS}),
    (lambda policy: with_label(policy, "Pathology", "Path and more"), {Part.AREAS}),
    (lambda policy: with_error(policy, "UWSA", 9.5), {Part.CONVERSIONS}),
    (lambda policy: changed(policy, "instruments", larger_error={"repeat": 9.0}), {Part.CONVERSIONS}),
])
def test_a_change_of_policy_names_its_part_and_reads_sheets_again_only_where_rows_depend_on_it(policy, changed, parts):
    other = changed(policy)
    mine, theirs = build_parts(policy), build_parts(other)
    assert {part for part in Part if mine[part] != theirs[part]} == parts
    assert build_fingerprint(other) != build_fingerprint(policy)
    assert (rows_fingerprint(other) != rows_fingerprint(policy)) == (parts != {Part.CONVERSIONS})


def test_a_schools_rules_and_labels_and_the_bands_are_no_part_of_a_release(policy):
    for other in [
        with_school(policy, policy.rules.examples, SchoolAdvice()),
        with_labels(policy, {"Path/Micro": "Microbiology"}, {}),
        with_labels(policy, {}, {"Block 3": ("own exam", "Block 3")}),
        changed(policy, "readiness", bands=policy.readiness.bands[:1]),
    ]:
        assert other != policy
        assert (build_fingerprint(other), rows_fingerprint(other)) == (
            build_fingerprint(policy), rows_fingerprint(policy))


def test_reading_asks_nothing_of_the_policy_but_what_its_fingerprint_holds(policy, tmp_path):
    """Read under a policy that has nothing else: whatever else was asked for would be missing."""
    narrow = Policy.model_construct(
        instruments=InstrumentsFile.model_construct(
            by_name={
                name: Instrument.model_construct(
                    **{n: getattr(one, n) for n in ("name", "spells", "items", "anchor", "scales")}
                )
                for name, one in policy.instruments.by_name.items()
            },
            aliases=policy.instruments.aliases, labels={}, scale_range=policy.instruments.scale_range,
        ),
        imports=ImportsFile.model_construct(
            reading=policy.imports.reading, ids=policy.imports.ids, unread=policy.imports.unread),
        blueprint=BlueprintFile.model_construct(area_labels={}, spread=policy.blueprint.spread, areas=[
            Area.model_construct(axis=one.axis, name=one.name, also=one.also) for one in policy.blueprint.areas
        ]),
    )
    (tmp_path / "sheets").mkdir()
    for path in write_sheets(make_school(AS_OF), tmp_path / "sheets"):
        with pytest.raises(AttributeError):
            _ = narrow.readiness
        read = [read_sheet(path, path.name, "0" * 64, Answers(), tmp_path / path.name / str(n), given)
                for n, given in enumerate([policy, narrow])]
        assert asdict(read[0].report) == asdict(read[1].report)
        for whole, other in [(read[0].held, read[1].held),
                             *((rows, read[1].rows[table]) for table, rows in read[0].rows.items())]:
            assert_frame_equal(*(pl.scan_parquet(rows, glob=False).collect().sort("sheet_row", maintain_order=True)
                                 for rows in (whole, other)))
        assert load_sheet(tmp_path / path.name / "1").is_whole


def test_evidence_asks_nothing_of_the_policy_but_what_its_fingerprint_holds(policy, sample_home):
    from dashboard.data.warehouse import Warehouse

    narrow = Policy.model_construct(
        instruments=InstrumentsFile.model_construct(
            larger_error=policy.instruments.larger_error,
            by_name={name: Instrument.model_construct(
                name=one.name, anchor=one.anchor, to_epc=one.to_epc, takes_labels=one.takes_labels)
                     for name, one in policy.instruments.by_name.items()},
        ),
        readiness=ReadinessFile.model_construct(learned_scale=policy.readiness.learned_scale),
    )
    scores = Warehouse(sample_home.current().path).assessments()
    assert scores.height > 0
    assert_frame_equal(observations(scores, narrow), observations(scores, policy))


LAYOUT = 'kind = "assessments"'
FINGERPRINTS = """
from pipelines.policy import load_policy
from pipelines.store.fingerprint import build_fingerprint, rows_fingerprint
print(rows_fingerprint(load_policy()), build_fingerprint(load_policy()))
"""


def test_a_copy_of_the_code_has_its_fingerprints_and_a_changed_copy_those_of_what_it_changes(tmp_path, policy):
    shutil.copytree(REPO / "pipelines", tmp_path / "pipelines")
    mine = rows_fingerprint(policy), build_fingerprint(policy)

    def changed(file, old, new):
        """Which of the two fingerprints differ in a copy with this change."""
        path = tmp_path / "pipelines" / file
        code = path.read_text(encoding="utf-8")
        assert old in code
        path.write_text(code.replace(old, new), encoding="utf-8")
        run = subprocess.run([sys.executable, "-c", FINGERPRINTS], cwd=tmp_path, capture_output=True, text=True,
                             check=True, timeout=60, env=clean_environment())
        path.write_text(code, encoding="utf-8")
        return [one != other for one, other in zip(mine, run.stdout.split(), strict=True)]

    words = '"""Reading a sheet: typed', '# A comment.\n"""Reading one sheet: typed'
    assert changed("sheets/read.py", *words) == [False, False]
    assert changed("marts/risk/risk.py", "import polars as pl\n", "import polars as pl\n\nMORE = 3\n") == [False, False]
    assert changed("policy/readiness.toml", "reported_score_se = ", "reported_score_se = 1") == [False, False]
    assert changed("merge/merge.py", "LARGE = 100_000", "LARGE = 100_001") == [False, True]
    assert changed("sheets/files/limits.py", "import numpy as np\n", "import numpy as np\n\nMORE = 3\n") == [True, True]
    assert changed("sheets/headers/layouts/canvas.toml", LAYOUT, f"{LAYOUT}\nfallback = true") == [True, True]
    assert changed("policy/instruments.toml", "name = \"CAS\"", "name = \"Custom\"") == [True, True]
