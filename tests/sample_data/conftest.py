from datetime import date

import pytest

from sample_data.school import School, make_school

AS_OF = date(2026, 11, 22)


@pytest.fixture(scope="session")
def school() -> School:
    return make_school(AS_OF)


@pytest.fixture(scope="session")
def large_school() -> School:
    return make_school(AS_OF, seed=7, students_per_class=4_000)
