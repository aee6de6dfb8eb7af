"""The server's time for every page, warm: a whole run of its script, through Streamlit's own test runner."""

import os
import time

from streamlit.testing.v1 import AppTest

from tests.benchmarks.children import REPO
from tests.benchmarks.work import AS_OF

APP = REPO / "dashboard" / "app.py"
EMPTY = "import streamlit as st\n\nst.title('Empty')\n"


def page_names() -> list[str]:
    """Every page of the dashboard, by its file's name."""
    return sorted(path.parent.name for path in (APP.parent / "pages").glob("*/page.py"))


def times(root: str, student_id: str, repeats: int) -> dict[str, list[float]]:
    """Seconds of each of `repeats` runs, by page; "" is an empty page. One run before them warms."""
    os.environ |= {"PASSLINE_HOME": root, "PASSLINE_AS_OF": AS_OF.isoformat(), "PASSLINE_DEBUG": "1"}
    empty = AppTest.from_string(EMPTY, default_timeout=300)
    app = AppTest.from_file(str(APP), default_timeout=300).run()
    took = {"": _runs(empty, repeats)}
    for page in page_names():
        app.switch_page(f"pages/{page}/page.py")
        if page in ("student", "exam_plan"):
            app.query_params["student"] = student_id
        took[page] = _runs(app, repeats)
    return took


def _runs(app: AppTest, repeats: int) -> list[float]:
    took = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        app.run()
        took.append(time.perf_counter() - start)
        assert app.title
        assert not app.exception, app.exception
    return took[1:]


