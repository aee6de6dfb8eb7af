"""No student's name, note or score reaches a log or an error's text, whatever breaks."""

import logging
import sqlite3

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from dashboard.logs import keep_values_out, without_values
from pipelines.office.engine import open_engine

MARKER = "Quillfeather"
ROSTER = f"student_id,last_name,class_year,advisor\n00123,{MARKER},2028,Dr {MARKER}\n"


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


def test_every_librarys_log_names_no_values_of_an_exception(caplog, monkeypatch):
    before = logging.getLogRecordFactory()
    monkeypatch.delenv("PASSLINE_DEBUG", raising=False)
    for hook in ["sys.excepthook", "sys.unraisablehook", "threading.excepthook"]:
        monkeypatch.setattr(hook, lambda *_: None)
    try:
        keep_values_out()
        error = failed(MARKER)
        logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)
        logging.getLogger("streamlit").warning("could not do it: %s", error)
    finally:
        logging.setLogRecordFactory(before)
    assert MARKER not in caplog.text
    assert "Exception in ASGI application" in caplog.text
    assert "could not do it: KeyError" in caplog.text


def test_an_error_of_the_office_store_hides_what_was_to_be_written(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'office.db'}")
    with pytest.raises(SQLAlchemyError) as failed_write, engine.connect() as connection:
        connection.execute(text("INSERT INTO no_such_table VALUES (:note)"), {"note": MARKER})
    assert MARKER not in str(failed_write.value)


@pytest.mark.parametrize("table", ["sheet_import", "decision", "flag"])
@pytest.mark.parametrize("command", [["imports"], ["decisions"], ["export", "flags"], ["import", "SHEET", "--yes"]])
def test_a_command_on_a_broken_office_store_prints_no_values(cli, sheet, tmp_path, table, command):
    roster, home = sheet("roster.csv", ROSTER), tmp_path / "home"
    cli("import", roster, "--yes", home=home)
    with sqlite3.connect(home / "office.db") as store:
        store.execute("PRAGMA foreign_keys=OFF")
        store.execute(f"ALTER TABLE {table} RENAME TO gone")
    store.close()
    done = cli(*[roster if word == "SHEET" else word for word in command], home=home)
    assert MARKER not in done.out + done.err
    assert "Traceback" not in done.err
