"""Text of sheets and people, escaped for Markdown; tests/browser/test_hostile_text.py shows how browsers draw it."""

import pytest

from dashboard.words.markdown import plain


@pytest.mark.parametrize("text", ["", "Abbott, Grace", "O'Neil-Smith", "3.5 points of 7, 50 %", "A & B", "Dr. Lin (II)",
                                  "on 2026-11-22; then: rest"])  # fmt: skip
def test_what_markdown_would_not_act_on_stays_readable(text):
    assert plain(text).replace("\\", "") == text


def test_lines_stay_lines_and_begin_no_list_or_heading():
    assert plain(" met\r\n- left early\n\n  1. call\n=== \n") == "met\\\n\\- left early\\\n\\\n1\\. call\\\n\\==="


@pytest.mark.parametrize("text", [":smile:", ":material/home:", "https://a.example", "www.a.example", "WWW.a.example",
                                  "a@b.example", "a -- b", "a <-> b", "a ~= b"])  # fmt: skip
def test_what_streamlit_would_find_in_drawn_text_is_broken_in_two(text):
    halves = plain(text).split(":small[]")
    assert len(halves) >= 2
    assert "".join(halves).replace("\\", "") == text
