"""No student's name, note or score reaches a log or an error's text, whatever breaks."""

import logging
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dashboard.logs import keep_values_out, without_values
from pipelines.store.home import Home
from tests.attack.faults import FAULTS
from tests.attack.hostile_home import Texts, fill
from tests.conftest import AS_OF
from tests.dashboard.pages import opened, words
from tests.test_damage import disk, in_this_process, needs_root

MARKER = "Quillfeather"


def failed(message):
    try:
        try:
            raise ValueError(message)
        except ValueError as error:
            raise KeyError(message) from error
    except KeyError as error:
        return error


def test_an_error_is_told_by_type_file_and_line_and_never_by_its_message():
    told = without_values(failed(MARKER))
    assert "builtins.KeyError" in told
    assert "caused by builtins.ValueError" in told
    assert f"{__file__}:" in told
    assert MARKER not in told


def test_every_librarys_log_names_no_values_of_an_exception(caplog, restored):
    keep_values_out()
    error = failed(MARKER)
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
    logging.getLogger("streamlit").warning("could not do it: %s", error)
    assert MARKER not in caplog.text
    assert "Exception in ASGI application" in caplog.text
    assert "could not do it: KeyError" in caplog.text


def test_an_error_of_the_office_store_hides_what_was_to_be_written(home):
    with pytest.raises(SQLAlchemyError) as failed_write, home.office.engine.connect() as connection:
        connection.execute(text("INSERT INTO note_version (text) VALUES (:note)"), {"note": MARKER})
    assert "hide_parameters" in str(failed_write.value)
    assert MARKER not in str(failed_write.value)


@pytest.fixture
def restored(monkeypatch):
    """Python's and logging's hooks as they were, after a command of this process has set its own."""
    factory = logging.getLogRecordFactory()
    monkeypatch.delenv("PASSLINE_DEBUG", raising=False)
    for hook in ["sys.excepthook", "sys.unraisablehook", "threading.excepthook"]:
        monkeypatch.setattr(hook, lambda *_: None)
    yield
    logging.setLogRecordFactory(factory)


class Marked(Texts):
    """The marker in every field; a file's name may be told."""

    def of(self, student, field):
        return "roster" if field == "roster file" else super().of(student, field)


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    """A home whose every field holds the marker, and a sheet to import into it."""
    folder = tmp_path_factory.mktemp("marked")
    fill(Home(folder / "home"), Marked([MARKER]), folder)
    sheet = "student_id,instrument,form,taken_on,score\n{0} studentid00,CBSSA,{0},2026-10-05,61\n{0},CBSSA,1,x,\n"
    (folder / "new.csv").write_text(sheet.format(MARKER))
    return folder


@pytest.fixture
def marked_copy(marked, tmp_path):
    return Path(shutil.copytree(marked / "home", tmp_path / "home"))


def run_all(marked, root):
    """Commands that read, refuse and store, on this home; how each ended."""
    commands = [["export", "risk"], ["import", str(marked / "new.csv"), "--yes"], ["decisions"], ["imports", "--json"]]
    return [in_this_process(*command, "--home", str(root)) for command in commands]


@pytest.mark.parametrize("fault", [pytest.param(fault, id=fault.name) for fault in FAULTS[::5]])
def test_no_log_names_a_value_under_any_fault_of_a_homes_files(marked, marked_copy, fault, caplog, restored):
    fault.make(marked_copy)
    for done in run_all(marked, marked_copy):
        assert MARKER not in done.err, done.command
        assert "Traceback" not in done.err
    assert MARKER not in caplog.text


@needs_root
def test_no_log_names_a_value_when_the_disk_is_full(marked, tmp_path, caplog, restored):
    with disk(tmp_path):
        root = Path(shutil.copytree(marked / "home", tmp_path / "home"))
        (tmp_path / "filler").write_bytes(bytes(shutil.disk_usage(tmp_path).free))
        done = run_all(marked, root)
    assert 2 in [one.status for one in done]
    assert MARKER not in "".join(one.err for one in done) + caplog.text


@pytest.mark.parametrize("table", ["sheet_import", "decision", "flag", "note", "student_correction", "assignment"])
def test_a_command_on_an_office_store_without_a_table_prints_no_values(marked, marked_copy, table, caplog, restored):
    with closing(sqlite3.connect(marked_copy / "office.db")) as store:
        store.execute("PRAGMA foreign_keys=OFF")
        store.execute(f'DROP TABLE IF EXISTS "{table}"')
    done = [*run_all(marked, marked_copy), in_this_process("export", "flags", "--home", str(marked_copy))]
    assert MARKER not in "".join(one.err for one in done) + caplog.text


def unreadable(root, *columns):
    """Puts the marker where a time is stored: reading it fails with a message that quotes it."""
    with closing(sqlite3.connect(root / "office.db")) as store, store:
        for column in columns:
            table, _, name = column.partition(".")
            store.execute(f"UPDATE {table} SET {name} = ?", [MARKER])


def test_a_process_that_meets_a_bug_says_where_and_names_no_values(cli, marked_copy):
    unreadable(marked_copy, "flag.flagged_at")
    done = cli("export", "flags", home=marked_copy)
    assert done.status == 70
    assert "pipelines/office/flags.py" in done.err
    assert MARKER not in done.out + done.err


@pytest.mark.parametrize("page", ["today", "student", "upload", "rules", "tutoring"])
def test_a_page_that_fails_logs_its_reference_and_names_no_values(marked_copy, monkeypatch, caplog, restored, page):
    unreadable(marked_copy, "flag.flagged_at", "rule_version.made_at", "decision.decided_at")
    monkeypatch.setenv("PASSLINE_HOME", str(marked_copy))
    monkeypatch.setenv("PASSLINE_AS_OF", AS_OF.isoformat())
    keep_values_out()
    said = words(opened(page, student=f"{MARKER} studentid00"))
    reference = re.search(r"this reference: \*\*(\w+)\*\*", said)
    assert reference is not None
    assert f"page failed, reference {reference[1]}" in caplog.text
    assert "ValueError" in caplog.text
    assert MARKER not in caplog.text
