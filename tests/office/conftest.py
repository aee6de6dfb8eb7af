"""An office store, on SQLite and on PostgreSQL alike."""

import pytest
from sqlalchemy import text

from pipelines.office import Office
from tests.servers import postgres


@pytest.fixture(scope="session")
def postgres_url():
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request, tmp_path):
    if request.param == "sqlite":
        opened = Office(f"sqlite:///{tmp_path / 'office.db'}")
    else:
        opened = Office(request.getfixturevalue("postgres_url"))
    yield opened
    if request.param == "postgresql":
        with opened.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    opened.engine.dispose()


@pytest.fixture
def sqlite(tmp_path):
    opened = Office(f"sqlite:///{tmp_path / 'office.db'}")
    yield opened
    opened.engine.dispose()
