"""Every dialog of suggestions and tutoring, as a coordinator goes through a week, and a saved group's session."""

import polars as pl
import pytest

from pipelines.office import Group
from tests.browser.conftest import act, done, settled
from tests.conftest import AS_OF, AT, DR_OSEI

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_week_of_tutoring_from_suggestion_to_approval(people, served, at_risk):
    address, office = served[0], served[1].office
    office.flags.raise_flags(
        at_risk[:4],
        reason="Below the line",
        areas=[],
        urgency="this week",
        owner="Dr Osei",
        due_on=AS_OF,
        by=DR_OSEI,
        at=AT,
    )
    office.suggestions.switch_rule("at-risk", on=True, by=DR_OSEI, at=AT)

    page = people("Dr Osei", f"{address}?whose=Office&list=Suggested")
    page.get_by_role("button", name="Put off").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Dismiss", exact=True).click()
    dialog.get_by_role("button", name="Put it off").click()
    dialog.get_by_text("takes a reason").wait_for()
    dialog.get_by_label("Reason").fill("Ill until January")
    done(page, dialog, "Put it off")
    put_off = office.suggestions.decisions().row(0, named=True)
    assert (put_off["action"], put_off["reason"], put_off["until_on"]) == ("dismiss", "Ill until January", None)

    page.goto(f"{address}/tutoring?part=Tutors")
    settled(page)
    dialog = act(page, "Add or change a tutor", ID="T99", Name="Ada Novak")
    dialog.get_by_label("Areas").click()
    page.keyboard.type("Pathology")
    page.get_by_role("option", name="Pathology", exact=True).click()
    page.keyboard.press("Escape")
    done(page, dialog, "Save")
    assert office.tutoring.tutor_terms().filter(tutor_id="T99").row(0, named=True)["areas"] == ["Pathology"]
    done(page, act(page, "Days off"), "Save")
    assert office.tutoring.times_off().height == 1

    page.goto(f"{address}/tutoring")
    page.get_by_text("Tick pairs to lock").wait_for()
    settled(page)
    grid = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(grid["x"] + 16, grid["y"] + 48)
    dialog = act(page, "Change")
    dialog.get_by_label("Hours").fill("1")
    done(page, dialog, "Lock this pair")
    page.get_by_text("1 pair locked or forbidden").wait_for()
    page.get_by_role("button", name="Approve the week").click()
    page.get_by_text("Approved by Dr Osei").wait_for()
    approved = office.tutoring.approved().filter(pl.col("tutor_id").is_not_null())
    assert set(approved["student_id"]) <= set(at_risk[:4])
    assert 1 in approved["hours"]

    page.goto(f"{address}/tutoring?part=Peer+mentors")
    settled(page)
    done(page, act(page, "Record a consent", **{"The student's consent: how and when it was given": "By mail, 3 Nov"}),
         "Record")
    page.get_by_text("By mail, 3 Nov").wait_for()
    page.get_by_role("button", name="Take the consent back").click()
    page.get_by_text("0 peer mentors").wait_for()
    assert office.tutoring.mentors().is_empty()


def test_a_saved_group_becomes_a_session_with_attendance_on_each_students_page(people, served, at_risk):
    (address, home), members = served, at_risk[4:7]
    group = Group(["Cardiovascular System", "Pathology"], members)
    home.office.groups.save("January", "system", [group], by=DR_OSEI, at=AT)
    page = people("Dr Osei", f"{address}/tutoring?part=Sessions")
    before = page.get_by_role("heading", name="student hours").inner_text()
    dialog = act(page, "Log a session")
    dialog.get_by_label("Saved group").click()
    page.get_by_role("option", name="January, group 1").click()
    settled(page)
    dialog.get_by_label("Who did not come").click()
    page.get_by_role("option").nth(1).click()  # the first selects all
    page.keyboard.press("Escape")
    settled(page)
    done(page, dialog, "Log it")
    page.get_by_role("heading", name="1 absence").wait_for()
    after = page.get_by_role("heading", name="student hours").inner_text()
    one, two = (int(heading.split()[0].replace(",", "")) for heading in (before, after))
    assert two == one + 1

    logged = home.office.tutoring.sessions_logged()
    assert set(logged["student_id"]) == set(members)
    assert set(logged["area"]) == {"Cardiovascular System", "Pathology"}
    assert set(logged["hours"]) == {0.5}
    (absent,) = logged.filter(~pl.col("attended"))["student_id"].unique()
    for student, session in [(absent, "absent, 1 h"), (next(m for m in members if m != absent), "1 h")]:
        page.goto(f"{address}/student?student={student}")
        card = page.locator(".st-key-passline-tutoring")
        card.get_by_text("January, group 1").first.wait_for()
        assert session in card.inner_text()
