"""The sample class, made for the day it is looked at and imported like any school's sheets."""

import tempfile
from datetime import UTC, date, datetime, time
from pathlib import Path

from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.office import Person
from pipelines.policy import Policy
from pipelines.store.home import Home
from sample_data.school import make_school, write_sheets


def fill_with_sample(home: Home, policy: Policy, *, as_of: date, at: datetime) -> None:
    """Import a sample school's sheets into an empty home; figures are alive on `as_of`.

    They are imported on that day at the earliest, since no result is dated after its import.
    """
    at = max(at, datetime.combine(as_of, time(12), UTC))
    with tempfile.TemporaryDirectory() as directory:
        sheets = write_sheets(make_school(as_of), Path(directory))
        uploads = [Upload(path.name, path) for path in sheets]
        plan = plan_import(home, uploads, policy, accept_changes=True, at=at)
        apply_import(home, plan, policy, by=Person("Sample class"), at=at)
