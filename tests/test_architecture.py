"""The map in docs/architecture.md names what is there, and the house keeps what the map promises."""

import re
import subprocess
import sys

import pytest

from tests.conftest import REPO, clean_environment

MAP = (REPO / "docs/architecture.md").read_text(encoding="utf-8")
PAGES = sorted(path.parent.name for path in (REPO / "dashboard/pages").glob("*/page.py"))


def test_every_file_that_the_map_names_is_there():
    named = {name for name in re.findall(r"`([\w/]+\.(?:py|toml|md))`", MAP) if "/" in name and "/X/" not in name}
    places = [REPO, REPO / "pipelines", REPO / "dashboard"]
    assert len(named) > 30
    assert [name for name in sorted(named) if not any((place / name).exists() for place in places)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_page_can_be_opened_from_the_app(page):
    assert f'"pages/{page}/page.py"' in (REPO / "dashboard/app.py").read_text(encoding="utf-8")


def test_every_room_says_what_may_import_it():
    rooms = {path.name for path in (REPO / "pipelines").iterdir() if (path / "__init__.py").exists()}
    assert [room for room in sorted(rooms) if f"`pipelines/{room}`" not in MAP] == []
    assert sorted(path.name for path in (REPO / "pipelines").glob("*.py")) == ["__init__.py", "errors.py"]


EXPORTS = """
import sys
from dashboard import cli
sys.argv = ["passline", "export", "risk", "--home", sys.argv[1], "-o", sys.argv[2]]
try:
    cli.main()
finally:
    print(sorted({"altair", "streamlit"} & set(sys.modules)))
"""


def test_exporting_a_list_loads_neither_charts_nor_the_web(tmp_path, sample_root):
    done = subprocess.run(
        [sys.executable, "-c", EXPORTS, str(sample_root), str(tmp_path / "risk.csv")], cwd=REPO,
        env=clean_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr
    assert (tmp_path / "risk.csv").stat().st_size > 0
