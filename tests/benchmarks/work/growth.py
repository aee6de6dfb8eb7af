"""Import and all figures of a whole school, from its sheets."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from dashboard.data.figures import figures_of
from dashboard.data.warehouse import Warehouse
from pipelines.policy import load_policy
from pipelines.store.home import Home
from tests.benchmarks.work import AS_OF
from tests.benchmarks.work.homes import take_in


def import_and_figures(sheets: str, warm: str) -> dict[str, float]:
    """Seconds for import and for figures, subjects included; processor seconds for both; and the sheets' rows.

    A small school goes before, so that what the first import of a process costs is not counted.
    """
    _once(Path(warm))
    return _once(Path(sheets))


def _once(sheets: Path) -> dict[str, float]:
    with TemporaryDirectory(dir=sheets.parent) as root:
        home = Home(Path(root) / "home")
        start, cpu = time.perf_counter(), time.process_time()
        plan = take_in(home, sorted(sheets.iterdir()))
        imported = time.perf_counter()
        build = home.current()
        assert build is not None
        figures = figures_of(Warehouse(build.path), AS_OF, load_policy())
        assert not figures.subjects.is_empty()
        shown = time.perf_counter()
    rows = sum(sheet.report.read for sheet in plan.sheets if sheet.report)
    return {"rows": rows, "import": imported - start, "figures": shown - imported, "cpu": time.process_time() - cpu}
