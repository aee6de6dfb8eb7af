"""The Upload page: changes are applied with the preview, the unusual is ticked first, missing dates are questions."""

import json
from datetime import date
from typing import Any

from sqlalchemy import text

from dashboard.data.warehouse import Warehouse
from pipelines.sheets import Answers
from pipelines.store.home import Home
from tests.conftest import REPO
from tests.dashboard.pages import button, opened, press, upload, words

FILES = REPO / "tests/sheets/cases/files"
ROSTER = "student_id,last_name,program,class_year\n" + "".join(f"{n:05},Name{n},MD,2028\n" for n in range(30))
SCORES = "student_id,instrument,form,taken_on,score\n00001,CBSSA,30,2026-10-01,61\n"


def stored(home: Home) -> list[Any]:
    build = home.current()
    assert build is not None
    return Warehouse(build.path).assessments().select("student_id", "score").rows()


def test_a_changed_score_is_shown_old_and_new_and_applied_with_the_preview(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER), sheet("scores.csv", SCORES))
    serve_env(home.root)
    app = upload(opened("upload"), ("later.csv", SCORES.replace(",61", ",66")))
    changes = next(t.value for t in app.dataframe if "Old" in t.value.columns)
    assert changes[["Old", "New"]].to_numpy().tolist() == [["61.0", "66.0"]]
    press(app, "Apply")
    assert stored(home) == [("00001", 66.0)]


def test_an_unusual_import_waits_for_a_tick(home: Home, serve_env: Any, take_in: Any, sheet: Any) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("roster.csv", ROSTER.replace("Name", "Mane")))
    assert button(app, "Apply").disabled
    app.checkbox[0].check().run()
    assert not button(app, "Apply").disabled


def test_a_columns_missing_date_is_a_question_answered_in_place(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("typed.csv", "Student ID,UWSA 1\n00001,221\n"))
    assert "date not given 1" in words(app)
    next(d for d in app.date_input if "When was" in d.label).set_value(date(2026, 10, 1)).run()
    press(app, "Apply")
    assert stored(home) == [("00001", 221.0)]


def test_what_an_examsoft_export_leaves_out_is_a_question_and_holds_for_all_rows(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("week 3.csv", "StudentID,Last Name,First Name,Email,Pts,Letter,%,Raw\n"
                                                  "00001,Name1,,,46,D,61,46\n"))
    assert "exam not given 1" in words(app)
    next(s for s in app.selectbox if "Which exam is this?" in s.label).select("CAS").run()
    next(d for d in app.date_input if "When was this taken?" in d.label).set_value(date(2026, 10, 1)).run()
    next(d for d in app.date_input if "When was this taken?" in d.label).set_value(date(2026, 10, 2)).run()  # no, later
    press(app, "Apply")
    build = home.current()
    assert build is not None
    scores = Warehouse(build.path).assessments().select("student_id", "instrument", "taken_on", "score").rows()
    assert scores == [("00001", "CAS", date(2026, 10, 2), 61.0)]


def test_a_sheet_that_cannot_be_read_or_has_no_row_is_in_the_headline(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    header = SCORES.splitlines()[0] + "\n"
    app = upload(opened("upload"), ("header only.csv", header), ("broken.csv", "no known header\n1\n"))
    assert "There is nothing to store; 1 sheet cannot be read" in words(app)
    assert next(b for b in app.button if b.label == "Apply").disabled
    app = upload(opened("upload"), ("scores.csv", SCORES), ("broken.csv", "no known header\n1\n"))
    assert "1 of 1 row in 1 sheet will be stored; 1 sheet cannot be read" in words(app)


def test_of_a_roster_with_outcomes_a_person_may_answer_that_it_is_a_roster(home: Home, serve_env: Any) -> None:
    serve_env(home.root)
    app = upload(opened("upload"), ("tracker.csv", "Student ID,Last Name,Result\n00001,Name1,Fail\n"))
    assert "names students like a roster" in words(app)
    assert any(s.label == "Result" for s in app.selectbox)  # its columns can be mapped
    assert button(app, "Apply").disabled
    next(s for s in app.selectbox if s.label == "What kind of sheet is it?").select("roster").run()
    assert "Columns not used\\: Result" in words(app)  # markdown, escaped
    press(app, "Apply")
    build = home.current()
    assert build is not None
    assert Warehouse(build.path).students()["student_id"].to_list() == ["00001"]


def test_how_a_column_is_read_is_chosen_in_place_and_can_be_changed(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("free.csv", "student_id,assessment,date,score\n00001,Free 120,2026-10-01,104\n"))
    chosen = "number correct of 120"
    next(s for s in app.selectbox if "How are they read?" in s.label).set_value("as they are").run()
    next(s for s in app.selectbox if "How are they read?" in s.label).set_value(chosen).run()
    press(app, "Apply")
    assert stored(home) == [("00001", 86.6667)]


def test_a_column_that_is_always_left_out_is_asked_about_no_more_until_a_person_says_so(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("more.csv", "student_id,last_name,Badge code\n00031,Abbott,17\n00032,Sato,18\n"))
    next(g for g in app.segmented_control if "Badge code" in g.label).set_value("always").run()
    press(app, "Apply")
    assert home.office.ignored_columns.current() == ["Badge code"]
    app = upload(opened("upload"), ("later.csv", "student_id,last_name,badge code\n00033,Diaz,19\n"))
    assert not [g for g in app.segmented_control if "badge code" in g.label]
    assert "badge code" in words(app)  # still listed as not used
    app = press(opened("upload"), "Ask again")
    assert home.office.ignored_columns.current() == []


def test_the_order_of_dates_is_remembered_for_the_school(home: Home, serve_env: Any, take_in: Any, sheet: Any) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("typed.csv", "student_id,assessment,date,score\n00001,CBSE,3/4/2026,61\n"))
    next(g for g in app.segmented_control if "begin with the month" in g.label).set_value("month").run()
    next(c for c in app.checkbox if c.label == "Remember for this school").check().run()
    assert home.office.date_order.current() is None
    press(app, "Apply")
    assert home.office.date_order.current() == "month"


def test_a_sheet_read_otherwise_today_is_listed_looked_at_and_read_again(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    tracker = "Last Name,Student ID,NBME 26 Date,NBME 26 Score\nName1,00001,10/21/2026,55\nNew,00099,10/21/2026,60\n"
    take_in(sheet("tracker.csv", tracker), answers=Answers(kind="roster"))
    with home.office.engine.begin() as connection:  # as an earlier release wrote it
        unpinned = {"answers": json.dumps(vars(Answers()))}
        connection.execute(text("UPDATE sheet_import SET answers = :answers WHERE import_id = 2"), unpinned)
    serve_env(home.root)
    app = opened("upload")
    assert "1 sheet is read differently now" in words(app)
    press(app, "Look")
    assert "1 student on no other roster will no longer be on record" in words(app)
    press(app, "Read this sheet again")
    assert stored(home) == [("00001", 55.0)]
    assert "read differently now" not in words(opened("upload"))


def test_two_files_of_one_name_keep_their_own_answers(home: Home, serve_env: Any, take_in: Any, sheet: Any) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    header = "StudentID,Last Name,First Name,Email,Raw,%,Letter\n"
    app = upload(opened("upload"), ("results.csv", header + "00001,Name1,,,120,61,F\n"),
                 ("results.csv", header + "00002,Name2,,,140,72,C\n"))
    for place, (exam, day) in enumerate([("CBSE", date(2026, 10, 1)), ("CAS", date(2026, 10, 8))]):
        [choice for choice in app.selectbox if "exam" in choice.label.lower()][place].set_value(exam).run()
        list(app.date_input)[place].set_value(day).run()
    press(app, "Apply")
    build = home.current()
    assert build is not None
    rows = Warehouse(build.path).assessments().sort("student_id").select("student_id", "instrument", "taken_on").rows()
    assert rows == [("00001", "CBSE", date(2026, 10, 1)), ("00002", "CAS", date(2026, 10, 8))]


def test_a_workbook_of_three_tabs_of_three_kinds_is_one_preview_and_one_undo(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    roster = "student_id,last_name\nA1001,Abara\nA1002,Brandt\nA1003,Cho\n"
    take_in(sheet("roster.csv", roster))
    serve_env(home.root)
    content = (FILES / "kinds_on_tabs.xlsx").read_bytes()
    app = opened("upload")
    app.file_uploader[0].set_value([("kinds.xlsx", content, "application/octet-stream")]).run()
    said = words(app)
    for tab in ("CBSE", "NBME forms", "Step 1"):
        assert f"kinds.xlsx · {tab}" in said.replace("\\", "")
    press(app, "Apply")
    assert len(stored(home)) == 4
    next(b for b in app.button if b.label == "Undo").click().run()
    assert "Together with the other tabs of its workbook" in words(app)


def test_a_picture_is_told_what_can_be_done_instead(home: Home, serve_env: Any) -> None:
    serve_env(home.root)
    app = opened("upload")
    app.file_uploader[0].set_value([("scan.png", b"\x89PNG\r\n\x1a\n", "image/png")]).run()
    assert not app.exception
    assert "is a picture; type its values into a template" in words(app).replace("\\", "")


def test_a_mapping_knows_the_rosters_ids_proposes_exam_and_day_and_says_what_it_still_needs(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("CBSE 2026-10-20.csv", "Learner name,Marks in all\n00001,61\n00002,64\n"))
    chosen = {box.label: box.value for box in app.selectbox}
    assert (chosen["Learner name"], chosen["Marks in all"]) == ("student_id", "score")
    assert chosen["All rows: instrument (from the file's name)"] == "CBSE"
    assert r"Still needed before it can be used\: a name for this mapping." in words(app)
    assert "--kind" not in words(app)
    next(t for t in app.text_input if t.label == "Name of this mapping").set_value("mock").run()
    press(app, "Use this mapping")
    press(app, "Apply")
    assert stored(home) == [("00001", 61.0), ("00002", 64.0)]


def test_a_day_in_a_title_is_proposed_and_taken_with_one_click(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("s.csv", "CBSE of October 20 2026,\nStudent ID,Total EPC\n00001,61\n"))
    assert "every row is read as CBSE, as in row 1" in words(app)
    press(app, "Yes, 20 Oct 2026")
    press(app, "Apply")
    build = home.current()
    assert build is not None
    assert Warehouse(build.path).assessments()["taken_on"].to_list() == [date(2026, 10, 20)]
