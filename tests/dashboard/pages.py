"""Pages started as a browser starts them, and what they say."""

from typing import Any

import polars as pl
from streamlit.testing.v1 import AppTest

from dashboard.data.figures import Figures, figures_of
from dashboard.data.warehouse import Warehouse
from pipelines.policy import Policy
from pipelines.store.home import Home
from tests.conftest import AS_OF, REPO

APP = str(REPO / "dashboard" / "app.py")


def opened(page: str = "today", me: str | None = "Dr Osei", **address: str) -> AppTest:
    """The page as the address asks for it (`class_` is the address's class)."""
    app = AppTest.from_file(APP, default_timeout=60)
    if me is not None:
        app.session_state["me"] = me  # AppTest has no cookies
    if page != "today":
        app.run()  # registers the pages under their addresses
    for name, word in address.items():
        app.query_params[name.removesuffix("_")] = word
    if page != "today":
        app.switch_page(f"pages/{page}/page.py")
    app.run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    """Everything the page says."""
    kinds = (app.title, app.header, app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    return "\n".join(str(part.value) for kind in kinds for part in kind)


def button(app: AppTest, label: str) -> Any:
    return next(b for b in app.button if b.label == label)


def press(app: AppTest, label: str) -> AppTest:
    button(app, label).click().run()
    assert not app.exception, app.exception
    return app


def upload(app: AppTest, *sheets: tuple[str, str]) -> AppTest:
    app.file_uploader[0].set_value([(name, text.encode(), "text/csv") for name, text in sheets]).run()
    assert not app.exception, app.exception
    return app


def figures(home: Home, policy: Policy) -> Figures:
    build = home.current()
    assert build is not None
    return figures_of(Warehouse(build.path), AS_OF, policy)


def id_of(rows: pl.DataFrame, **wanted: Any) -> str:
    return str(rows.filter(**wanted).item(0, "student_id"))
