"""What the warehouse gives keeps the contracts that its methods name: marts take its frames without checking again."""

from pathlib import Path

import dataframely as dy
import polars as pl
import pytest

from dashboard.data.warehouse import Warehouse
from pipelines.contracts.facts import AreaScore, Assessment, Attempt, Student, Topic
from pipelines.contracts.kinds import KINDS
from pipelines.contracts.readiness import Observation
from pipelines.store.home import Home
from tests.conftest import AS_OF


@pytest.fixture(scope="module")
def warehouse(sample_root: Path) -> Warehouse:
    build = Home(sample_root).current()
    assert build is not None
    return Warehouse(build.path)


@pytest.mark.parametrize("kind", KINDS.values(), ids=str)
def test_each_kind_of_fact_keeps_its_contract(warehouse: Warehouse, kind) -> None:
    rows = warehouse.table(kind.name)
    assert rows.height > 0
    kind.row.validate(rows)


@pytest.mark.parametrize(("question", "contract"), [
    (Warehouse.students, Student), (Warehouse.attempts, Attempt), (Warehouse.observations, Observation),
    (Warehouse.assessments, Assessment), (Warehouse.topics, Topic),
])
def test_each_typed_answer_keeps_its_contract(warehouse: Warehouse, question, contract: type[dy.Schema]) -> None:
    contract.validate(question(warehouse))


def test_area_rows_in_batches_keep_their_contract_and_are_all_there(warehouse: Warehouse) -> None:
    batches = list(warehouse.area_batches())
    for batch in batches:
        AreaScore.validate(batch)
    assert pl.concat(batches).height == warehouse.table("content_areas").height


def test_one_students_rows_keep_the_contract_with_the_sheet_beside_them(warehouse: Warehouse) -> None:
    student_id = warehouse.assessments().row(0, named=True)["student_id"]
    for rows, contract in (
        (warehouse.student_scores(student_id, AS_OF), Assessment),
        (warehouse.student_attempts(student_id, AS_OF), Attempt),
        (warehouse.student_area_scores(student_id, AS_OF), AreaScore),
        (warehouse.student_topics(student_id), Topic),
    ):
        contract.validate(rows.select(contract.column_names()))
