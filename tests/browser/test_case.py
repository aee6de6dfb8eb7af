"""The whole life of a case between two people, two plans at once, and a draft that outlives its browser."""

import re
from datetime import timedelta

import polars as pl
import pytest
from playwright.sync_api import expect

from pipelines.office import Person, draft_place
from tests.browser.conftest import act, done, settled
from tests.conftest import AS_OF, AT, DR_OSEI

pytestmark = pytest.mark.browser


def test_the_whole_life_of_a_case_between_two_people(people, served, at_risk, artefacts):
    (address, home), student = served, at_risk[0]
    here = f"{address}/student?student={student}"
    osei, lin = people("Dr Osei", here), people("Dr Lin", here)
    dialog = act(osei, "Flag for tutoring", Reason="Fell behind in Pathology")
    done(osei, dialog, "Flag 1 student")

    lin.reload()
    settled(lin)
    lin.get_by_text("Fell behind in Pathology").first.wait_for()
    done(lin, act(lin, "Record"), "Record")
    lin.get_by_text("contacted 22 Nov").wait_for()

    mine, hers = act(osei, "Plan"), act(lin, "Plan")
    hers.get_by_label("Next step").fill("Call on Monday")
    done(lin, hers, "Keep the plan")
    mine.get_by_label("Next step").fill("Move the exam date")
    done(osei, mine, "Keep the plan")
    osei.get_by_text("planned at the same time: Move the exam date").wait_for()
    osei.get_by_text("Call on Monday").first.wait_for()
    osei.screenshot(path=artefacts / "case-1-two-plans.png", full_page=True)
    done(osei, act(osei, "Settle"), "Settle")
    osei.get_by_text("Next: Call on Monday; Move the exam date").wait_for()

    lin.reload()
    settled(lin)
    done(lin, act(lin, "Note", What_you_discussed_or_agreed="Met, will rest a week"), "Add the note")
    assert home.office.flags.rows("open", [student]).height == 1

    dialog = act(lin, "Close flag")
    dialog.get_by_role("button", name="Close the flag").click()
    dialog.get_by_text("choose how it ended").wait_for()
    dialog.get_by_role("combobox").click()
    lin.get_by_role("option", name="Out of danger").click()
    done(lin, dialog, "Close the flag")

    osei.goto(address)
    osei.get_by_text("1 flag of yours ended").wait_for()
    osei.get_by_text("Out of danger").first.wait_for()
    settled(osei)
    osei.screenshot(path=artefacts / "case-2-ended.png", full_page=True)
    osei.get_by_role("button", name="Read", exact=True).click()
    osei.get_by_text("1 flag of yours ended").wait_for(state="hidden")

    flag = home.office.flags.rows(student_ids=[student]).row(0, named=True)
    facts = home.office.cases.facts(student)
    assert (flag["flagged_by"], flag["closed_by"], flag["outcome"]) == ("Dr Osei", "Dr Lin", "Out of danger")
    assert dict(facts.select("kind", "recorded_by").iter_rows()) == {"contacted": "Dr Lin", "outcome known": "Dr Lin"}
    assert set(home.office.cases.next_steps(flag["flag_id"])["next_step"]) == {
        "Call on Monday", "Move the exam date", "Call on Monday; Move the exam date"}
    assert home.office.flags.reasons(flag["flag_id"])["evidence"][0]["exams"]


def urge(page, dialog, urgency):
    dialog.get_by_role("combobox", name="Urgency").click()
    page.get_by_role("option", name=urgency, exact=True).click()
    settled(page)


def test_the_due_day_follows_the_urgency_until_a_day_is_typed_by_hand(people, served, at_risk):
    (address, home), student = served, at_risk[2]
    page = people("Dr Osei", f"{address}/student?student={student}")
    dialog = act(page, "Flag for tutoring")
    day, month = dialog.get_by_label("day, Due"), dialog.get_by_label("month, Due")
    urge(page, dialog, "Today")
    expect(day).to_have_text("22")
    day.click()
    page.keyboard.type("27")
    page.keyboard.press("Tab")
    settled(page)
    urge(page, dialog, "This month")
    expect(day).to_have_text("27")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")

    dialog = act(page, "Flag for tutoring", Reason="Another one")  # nothing of the one thrown away is left
    expect(dialog.get_by_role("combobox", name="Urgency")).to_have_value("This week")
    expect(day).to_have_text("29")
    urge(page, dialog, "This month")
    expect(month).to_have_text("12")
    done(page, dialog, "Flag 1 student")
    flag = home.office.flags.rows(student_ids=[student]).row(0, named=True)
    assert (flag["urgency"], flag["due_on"]) == ("this month", AS_OF + timedelta(days=30))


def test_a_half_typed_note_is_found_after_a_closed_browser(people, served, at_risk):
    (address, home), student = served, at_risk[1]
    here = f"{address}/student?student={student}"
    page = people("Dr Osei", here)
    area = act(page, "Note").get_by_label("What you discussed or agreed")
    area.press_sequentially("Slept badly before the")
    place = f"student {student}"
    for _ in range(200):  # nothing is clicked or left: the pause in typing alone keeps it
        if home.office.notes.draft(place, "Dr Osei"):
            break
        page.wait_for_timeout(100)
    assert home.office.notes.draft(place, "Dr Osei")[0] == "Slept badly before the"
    page.context.close()

    again = people("Dr Osei", here)
    dialog = act(again, "Note")
    dialog.get_by_text("restored").wait_for()
    expect(dialog.get_by_label("What you discussed or agreed")).to_have_value("Slept badly before the")
    done(again, dialog, "Add the note")
    assert home.office.notes.rows(student)["text"].to_list() == ["Slept badly before the"]
    assert home.office.notes.draft(place, "Dr Osei") is None

    note_id = home.office.notes.rows(student)["note_id"].item()
    home.office.notes.save_draft(draft_place(f"note {note_id}", 1), "Sleeps well again", by=DR_OSEI, at=AT)
    home.office.notes.edit(
        note_id, text="Slept badly; saw Dr Ito", visibility="team", against=1, by=Person("Dr Lin"), at=AT
    )
    again.reload()
    settled(again)
    dialog = act(again, "Edit")
    dialog.get_by_text("kept beside theirs").wait_for()
    done(again, dialog, "Keep the new words")
    again.get_by_text("Sleeps well again").first.wait_for()
    assert home.office.notes.rows(student)["text"].to_list() == ["Slept badly; saw Dr Ito"]
    assert "Sleeps well again" in home.office.notes.history(student)["text"].to_list()


@pytest.mark.slow
def test_beside_three_ended_flags_the_rail_stays_on_one_screen(people, served, at_risk):
    (address, home), lin = served, Person("Dr Lin")
    students = at_risk[6:9]
    home.office.flags.raise_flags(
        students,
        reason="Fell behind",
        areas=[],
        urgency="this week",
        owner="Dr Lin",
        due_on=None,
        by=Person("Dr Marchetti"),
        at=AT,
    )
    for flag_id in home.office.flags.rows("open", students)["flag_id"]:
        home.office.cases.close(flag_id, outcome="Out of danger: two forms above 68", by=lin, at=AT)
    page = people("Dr Marchetti", f"{address}?whose=Office")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_text("3 flags of yours ended").wait_for()
    settled(page)
    rail = page.locator(".st-key-passline-rail").bounding_box()
    assert rail["y"] + rail["height"] <= 800


def test_a_digit_on_the_keyboard_acts_on_that_row_of_today(people, served):
    address, home = served
    page = people("Dr Sole", f"{address}?whose=Office")
    page.get_by_text("most urgent first").first.wait_for()
    unflagged = page.get_by_role("button", name=re.compile("^Flag")).first
    page.keyboard.press(unflagged.inner_text().split()[-1])
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    done(page, dialog, "Flag 1 student")
    assert home.office.flags.rows("open").filter(pl.col("flagged_by") == "Dr Sole").height == 1
