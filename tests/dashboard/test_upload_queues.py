"""The queues of the Upload page: whose rows, which areas and which instruments wait for a person's decision."""

from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.data.warehouse import Warehouse
from pipelines.store.home import Home
from tests.dashboard.pages import opened, press, upload, words
from tests.dashboard.test_upload import ROSTER, SCORES, stored

AREAS = "student_id,instrument,form,taken_on,area,score\n" + "".join(
    f"{n:05},CBSSA,30,2026-10-01,{area},{50 + n}\n" for n in range(3) for area in ("Biochem & Nutr.", "Study skills")
)
QUIZZES = "student_id,instrument,taken_on,score\n" + "".join(
    f"{n:05},{name},2026-10-0{n + 1},{60 + n}\n" for n in range(3) for name in ("Doctor Quiz", "Block 3", "Old mock")
)


def test_a_person_decides_whose_a_row_is_and_takes_it_back(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    take_in(sheet("roster.csv", ROSTER), sheet("scores.csv", SCORES.replace("00001", "0001")))
    serve_env(home.root)
    app = opened("upload")
    assert "Whose are these? 1 row of 1 unknown" in words(app)
    press(app, "It is this student")
    assert len(stored(home)) == 1
    press(app, "Take back")
    assert stored(home) == []


def test_an_unknown_area_label_is_placed_before_or_after_it_is_stored_and_taken_back(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    def areas() -> list[Any]:
        build = home.current()
        assert build is not None
        return Warehouse(build.path).table("content_areas")["area"].to_list()

    def decide(app: AppTest, label: str, area: str) -> AppTest:
        assert f"“{label}”" in words(app)
        if area not in [b.label for b in app.button]:
            next(b for b in app.selectbox if (b.key or "").endswith(f"{label} area")).set_value(area).run()
            area = "Decide"
        press(app, area)
        assert not app.exception
        return app

    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("areas.csv", AREAS))
    assert "Which areas are these? 2 labels unknown" in words(app)
    assert "3 rows in areas.csv" in words(app)
    decide(app, "Biochem & Nutr.", "Biochemistry · discipline")
    assert "3 of 6 rows in 1 sheet will be stored" in words(app)
    press(app, "Apply")
    assert areas() == ["Biochemistry"] * 3
    decide(app, "Study skills", "no content area: leave it out")
    assert "Which areas are these?" not in words(app)
    assert "2 decisions on area labels" in [e.label for e in app.expander]
    press(app, "Take back")  # the newest first
    assert "Which areas are these? 1 label unknown" in words(app)
    press(app, "Take back")
    assert areas() == []


def test_an_unknown_instrument_is_decided_before_or_after_it_is_stored_and_taken_back(
    home: Home, serve_env: Any, take_in: Any, sheet: Any
) -> None:
    def named() -> list[Any]:
        build = home.current()
        assert build is not None
        return sorted(Warehouse(build.path).assessments().select("instrument", "form").unique().rows())

    def decide(app: AppTest, label: str, answer: str, form: str = "") -> AppTest:
        assert f"“{label}”" in words(app)
        next(b for b in app.selectbox if (b.key or "").endswith(f"{label} instrument")).set_value(answer).run()
        if form:
            next(b for b in app.text_input if (b.key or "").endswith(f"{label} form")).set_value(form).run()
        press(app, "Decide")
        assert not app.exception
        return app

    take_in(sheet("roster.csv", ROSTER))
    serve_env(home.root)
    app = upload(opened("upload"), ("quizzes.csv", QUIZZES))
    assert "Which instruments are these? 3 names unknown" in words(app)
    decide(app, "Doctor Quiz", "CBSSA", "form 032")
    assert "3 of 9 rows in 1 sheet will be stored" in words(app)
    press(app, "Apply")
    assert named() == [("CBSSA", "32")]
    decide(app, "Block 3", "our own, in percent: learn its offset")
    decide(app, "Old mock", "keep it, no evidence")
    assert named() == [("CBSSA", "32"), ("other exam", "Old mock"), ("own exam", "Block 3")]
    assert "Which instruments are these?" not in words(app)
    assert "3 decisions on instruments" in [e.label for e in app.expander]
    press(app, "Take back")  # the newest first
    assert "Which instruments are these? 1 name unknown" in words(app)
    assert named() == [("CBSSA", "32"), ("own exam", "Block 3")]
