"""Sentences about sheets are read in the browser too: they name no command-line option."""

import ast

import pytest

from dashboard.words.command_line import on_command_line
from pipelines.errors import SheetRefused
from tests.conftest import REPO

COMMAND_LINE = {"watched_folder.py"}  # its sentences are for whoever runs the command
MODULES = sorted(module for room in ("sheets", "imports", "merge", "office") for module in
                 (REPO / "pipelines" / room).rglob("*.py") if module.name not in COMMAND_LINE)


def texts_of(module):
    """Every text in the code that is no docstring."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    bodies = [n.body for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef)]
    docstrings = {body[0].value for body in bodies if body and isinstance(body[0], ast.Expr)}
    return [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            and n not in docstrings]


def test_no_sentence_about_a_sheet_names_a_command_or_its_options():
    named = [(module.name, text) for module in MODULES for text in texts_of(module)
             if (" --" in text and "<!--" not in text) or "with passline " in text or "`passline " in text]
    assert named == []


@pytest.mark.parametrize(("sheet", "browser", "command_line"), [
    ("Student ID,Last Name,Result\n1,Ames,Fail\n", "map its columns, or read it as a roster", "--kind roster"),
    ("student_id,taken_on,score,Mood\n1,2026-10-01,61,x\n", "choose its kind", "--kind KIND"),
])
def test_a_refusal_says_what_to_do_and_the_command_line_how(read, sheet, browser, command_line):
    with pytest.raises(SheetRefused, match=browser) as refused:
        read(sheet)
    assert "--" not in str(refused.value)
    assert command_line in on_command_line(str(refused.value))
