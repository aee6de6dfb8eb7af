"""What a new release changed is said on Today and Upload until dismissed; an older one says that it only reads."""

from typing import Any

from dashboard.words.markdown import plain
from pipelines.imports.plan import Upload, apply_import, plan_import
from pipelines.policy import Policy
from pipelines.store.builds import ensure_current
from pipelines.store.home import Home
from tests.conftest import AT, DR_OSEI
from tests.dashboard.pages import opened, press, upload, words
from tests.releases import with_error, without

ROSTER = "student_id,last_name,class_year\n00123,Abbott,2028\n"
SCORES = "student_id,instrument,form,taken_on,score\n00123,CBSSA,30,2026-10-01,61\n00123,UWSA,1,2026-10-02,95\n"


def imported_by(home: Home, policy: Policy, sheet: Any) -> None:
    uploads = [Upload(name, sheet(name, text)) for name, text in [("roster.csv", ROSTER), ("*scores*.csv", SCORES)]]
    planned = plan_import(home, uploads, policy, accept_changes=False, at=AT)
    apply_import(home, planned, policy, by=DR_OSEI, at=AT)


def test_pages_opened_under_a_changed_release_build_anew_and_say_what_changed(
    home: Home, policy: Policy, serve_env: Any, sheet: Any
) -> None:
    imported_by(home, without(policy, "UWSA"), sheet)
    serve_env(home.root)
    for page in ["today", "upload"]:
        told = words(opened(page))
        assert plain("What changed: the instruments and their scales") in told
        assert plain("Scores: 1 added.") in told
        assert plain("*scores*.csv: stored 1 → 2, waiting 1 → 0.") in told
    app = press(opened("today"), "Dismiss")
    assert "What changed" not in words(app)
    assert "What changed" not in words(opened("upload"))
    assert "What changed" in words(opened("upload", me="Dr Lin"))


def test_an_older_release_shows_the_figures_and_refuses_an_import_in_a_sentence(
    home: Home, policy: Policy, serve_env: Any, sheet: Any
) -> None:
    imported_by(home, policy, sheet)
    ensure_current(home, with_error(policy, "UWSA", 9.5), AT)
    build = home.current()
    serve_env(home.root)
    assert "this one only reads it" in words(opened("today"))
    assert "Class of 2028" in words(opened("today"))
    app = opened("upload")
    assert "this one only reads it" in words(app)
    app = upload(app, ("more.csv", SCORES.replace("10-0", "11-0")))
    assert "A newer Passline has built this home" in words(app)
    assert home.current() == build


def test_pages_of_the_same_release_say_nothing_of_it(home: Home, policy: Policy, serve_env: Any, sheet: Any) -> None:
    imported_by(home, policy, sheet)
    serve_env(home.root)
    assert "Passline was updated" not in words(opened("today")) + words(opened("upload"))
