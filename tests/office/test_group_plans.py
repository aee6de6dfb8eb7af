"""Teaching groups are saved under a name; the newest version counts, and saving no groups removes the name."""

from datetime import timedelta

import pytest

from pipelines.errors import DecisionRefused
from pipelines.office import Group
from pipelines.store.home import Home
from tests.conftest import AT, DR_OSEI

TWO = [Group(["Pathology", "Genetics"], ["1", "2"]), Group(["Physiology", "Nutrition"], ["3"])]


def test_groups_are_found_again_as_last_saved(home: Home) -> None:
    home.office.groups.save("January", "discipline", TWO, by=DR_OSEI, at=AT)
    home.office.groups.save("Spring", "system", TWO[:1], by=DR_OSEI, at=AT)
    home.office.groups.save("January", "discipline", TWO[1:], by=DR_OSEI, at=AT + timedelta(hours=1))
    january, spring = home.office.groups.saved()
    assert (january.name, january.groups, january.saved_by) == ("January", TWO[1:], "Dr Osei")
    assert january.saved_at == AT + timedelta(hours=1)
    assert (spring.name, spring.axis, spring.groups) == ("Spring", "system", TWO[:1])


def test_saving_no_groups_removes_the_name(home: Home) -> None:
    home.office.groups.save("January", "discipline", TWO, by=DR_OSEI, at=AT)
    home.office.groups.save("January", "discipline", [], by=DR_OSEI, at=AT)
    assert home.office.groups.saved() == []


def test_a_student_is_in_one_group_and_groups_have_a_name(home: Home) -> None:
    with pytest.raises(DecisionRefused, match="two groups"):
        home.office.groups.save("x", "system", [TWO[0], TWO[0]], by=DR_OSEI, at=AT)
    with pytest.raises(DecisionRefused, match="name"):
        home.office.groups.save(" ", "system", TWO, by=DR_OSEI, at=AT)
