"""Any sequence of imports, undos, redos, corrections and identity decisions equals a build from scratch."""

import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from polars.testing import assert_frame_equal

from dashboard.data.warehouse import Warehouse
from pipelines.errors import DecisionRefused
from pipelines.imports.corrections import correct, undo_correction
from pipelines.imports.identity_queue import decide_identity
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.imports.undo import redo_import, undo_import
from pipelines.policy import load_policy
from pipelines.store.builds import rebuild
from pipelines.store.home import Home
from tests.conftest import AT, DR_OSEI

ROSTERS = [
    "student_id,last_name,first_name,email\n01,Abbott,Anna,a@s.example\n02,Sato,Kenji,\n",
    "student_id,last_name,first_name,email\n02,Sato,Kenji,k@s.example\n03,Ruiz,Eva,\n",
]
SCORES = [
    "student_id,email,last_name,first_name,instrument,form,taken_on,score\n" + "".join(rows) for rows in [
        ["01,,,,CBSSA,30,2026-10-01,61\n", "02,,,,CBSSA,30,2026-10-01,70\n", ",,Sato,K,CBSSA,31,2026-10-08,71\n"],
        ["01,,,,CBSSA,30,2026-10-01,66\n", ",k@s.example,,,CBSSA,32,2026-10-09,72\n", "03,,,,CBSSA,30,2026-10-01,\n"],
        ["01,,Young,Mary,CBSSA,33,2026-10-09,50\n", "01,,,,CBSSA,30,2026-10-01,61\n", "01,,,,CBSSA,30,2026-10-01,62\n"],
    ]
]
TABLES = ["roster", "assessments"]
LINEAGE = ["import_id", "sheet_row", "correction_id"]


class Histories(RuleBasedStateMachine):
    """An office at work: whatever it does, what it has is what its sheets and decisions in force make."""

    numbers = Bundle("numbers")

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.home, self.policy = Home(self.root / "home"), load_policy()

    def teardown(self) -> None:
        self.home.office.engine.dispose()
        shutil.rmtree(self.root, ignore_errors=True)

    def facts(self):
        build = self.home.current()
        warehouse = Warehouse(build.path)
        tables = [warehouse.table(t).drop(LINEAGE) for t in TABLES]
        held = warehouse.held_rows().sort("import_id", "sheet_row")
        return [t.sort(t.columns) for t in tables] + [held, warehouse.accounts().sort("import_id")]

    @rule(text=st.sampled_from(ROSTERS + SCORES), accept=st.booleans())
    def take_in(self, text, accept):
        path = self.root / "sheet.csv"
        path.write_text(text, encoding="utf-8")
        plan = plan_import(self.home, [Upload("sheet.csv", path)], self.policy, accept_changes=accept, at=AT)
        (sheet,) = plan.sheets
        assert sheet.report.read == sheet.stored + sheet.unchanged + sheet.rejected + sheet.waiting
        apply_import(self.home, plan, self.policy, by=DR_OSEI, at=AT)

    @rule(pick=st.integers(0, 20))
    def turn_an_import(self, pick):
        made = self.home.office.ledger.imports()
        if made.height:
            row = made.row(pick % made.height, named=True)
            turn = undo_import if row["undone_at"] is None else redo_import
            turn(self.home, row["import_id"], self.policy, by=DR_OSEI, at=AT)

    @rule(score=st.integers(40, 90))
    def correct_a_score(self, score):
        key = {"student_id": "01", "instrument": "CBSSA", "form": "30", "taken_on": "2026-10-01"}
        correct(self.home, self.policy, fact="assessment", student_id="01", key=key,
                values={"score": float(score), "scale": "EPC"}, reason="misread", by=DR_OSEI, at=AT)

    @rule(identity=st.sampled_from([{"last_name": "Sato", "first_name": "K"},
                                    {"student_id": "01", "last_name": "Young", "first_name": "Mary"}]),
          student=st.sampled_from(["02", "03"]))
    def match_identity(self, identity, student):
        try:
            decide_identity(self.home, self.policy, identity=identity, student_id=student, by=DR_OSEI, at=AT)
        except DecisionRefused:
            assert student not in (Warehouse(self.home.current().path).students()["student_id"].to_list()
                                   if self.home.current() else [])

    @rule(pick=st.integers(0, 20))
    def take_a_decision_back(self, pick):
        made = self.home.office.ledger.corrections()
        standing = made.filter(made["undone_at"].is_null())
        if standing.height:
            number = standing["correction_id"][pick % standing.height]
            undo_correction(self.home, self.policy, number, by=DR_OSEI, at=AT)

    @invariant()
    def equals_a_build_from_scratch(self):
        if self.home.current() is None:
            return
        before = self.facts()
        shutil.rmtree(self.home.rows)
        self.home.rows.mkdir()
        rebuild(self.home, self.policy, AT)
        for now, then in zip(self.facts(), before, strict=True):
            assert_frame_equal(now, then)


def test_a_short_history_equals_a_build_from_scratch():
    run(Histories, max_examples=2, stateful_step_count=5)


@pytest.mark.slow
def test_long_histories_equal_builds_from_scratch():
    run(Histories, max_examples=12, stateful_step_count=12)


def run(machine, **how):
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(machine, settings=settings(deadline=None, **how))
