"""Suggestions for mapping: by name, checked against values; without a known name, by the values alone."""

import pytest

from pipelines.contracts.kinds import KINDS
from pipelines.sheets import layout_of, likely_header, mapping, still_missing, suggested, targets

BELOW = [["a@s.example", "2026-10-01", "61", "late"], ["b@s.example", "2026-10-02", "75", ""]]


@pytest.mark.parametrize(("kind", "header", "below", "found"), [
    ("assessments", ["Learner", "Sat on", "Mark", "Remark"], BELOW, {0: "who:email", 1: "taken_on", 2: "score"}),
    ("assessments", ["Student nr.", "Date test", "Total scores"], [["00123", "10/1/2026", "61"]],
     {0: "student_id", 1: "taken_on", 2: "score"}),
    ("assessments", ["student_id", "score"], [["00123", "passed"]], {0: "student_id"}),
    ("assessments", ["A", "B"], [["61", "62"], ["70", "71"]], {}),
    ("assessments", ["Matrikel", "Punkte"], [["00123", "61"], ["00124", "70"]], {1: "score"}),
    ("assessments", ["Nummer", "Punkte"], [["20123", "61,5"], ["20124", "70"]], {1: "score"}),
    ("assessments", ["von", "bis", "Punkte"], [["2026-10-01", "2026-10-02", "61"]], {2: "score"}),
    ("assessments", ["ID", "UWSA 1", "Free 120 %", "When"], [["1", "221", "72", "2026-10-01"]],
     {0: "student_id", 1: "score of UWSA", 2: "score of Free 120"}),
    ("roster", ["Sudent ID", "Surnme", "Mail"], [["1", "Ames", "a@s.example"]],
     {0: "student_id", 1: "last_name", 2: "email"}),
    ("attempts", ["SID", "Result", "P/F"], [["1", "pass", "F"]], {0: "student_id", 1: "outcome"}),
    ("attempts", ["SID", "Sitting", "Remark"], [["1", "7-Jun-24", "x"]], {0: "student_id", 1: "taken_on"}),
    ("assessments", ["Student", "When", "Score"], [["A1001", "2026-10-01", "61"]],
     {0: "student_id", 1: "taken_on", 2: "score"}),
    ("assessments", ["Last name", "Score"], [["20123", "61"], ["20124", "70"]], {0: "student_id", 1: "score"}),
    ("assessments", ["Student", "Score"], [["a@s.example", "61"]], {0: "who:email", 1: "score"}),
    ("attempts", ["Name", "Result"], [["A1001", "pass"]], {0: "student_id", 1: "outcome"}),
    ("topics", ["x", "y"], [], {}),
])
def test_columns_are_suggested_by_name_and_by_what_they_hold(policy, kind, header, below, found):
    assert suggested(kind, header, below, policy) == found


def test_a_column_of_the_rosters_ids_is_the_id_whatever_its_name_says(policy):
    header = ["Student ID", "Learner name", "Score"]
    below = [["7", "abara", "61"], ["8", "brandt", "70"]]
    assert suggested("assessments", header, below, policy, {"abara", "brandt", "cho"}) == {1: "student_id", 2: "score"}
    assert suggested("assessments", header, below, policy)[1] == "who:name"


def test_no_target_stands_twice_and_each_may_be_chosen(policy):
    for kind in KINDS:
        options = targets(kind, policy)
        assert len(options) == len(set(options))
        header = [*KINDS[kind].columns, *KINDS[kind].columns]
        chosen = suggested(kind, header, [], policy)
        assert len(set(chosen.values())) == len(chosen)
        assert set(chosen.values()) <= set(options)


def test_the_header_is_the_row_with_most_names():
    assert likely_header([["Report of 2026"], [], ["Learner", "Sat on", "Mark"], ["Ann", "2026-10-01", "61"]]) == 2
    assert likely_header([[]]) == 0


def test_what_is_still_missing_is_named_until_a_column_or_a_constant_fills_it():
    assert still_missing("assessments", {0: "score"}, {}) == ["student_id", "instrument", "taken_on"]
    by_mail = still_missing("assessments", {0: "score", 1: "who:email"}, {"instrument": "CBSE", "taken_on": ""})
    assert by_mail == ["taken_on"]
    assert still_missing("assessments", {0: "who:name", 1: "score of UWSA"}, {}) == []


def test_a_mapping_is_a_layout_whose_date_is_a_question_for_each_sheet():
    made = mapping("x", "assessments", ["ID", "Mark", ""], {0: "student_id", 1: "score"},
                   {"instrument": "CBSE", "taken_on": "2026-10-01", "scale": ""})
    layout = layout_of(made)
    assert (layout.headers, layout.constants, layout.asks) == (["ID", "Mark"], {"instrument": "CBSE"}, ["taken_on"])
    assert layout.columns == {"ID": "student_id", "Mark": "score"}
