"""What a layout leaves for a person to say, and how a sheet differs from the mapping it was recognized by."""

import re

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.policy import Policy
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.vocabulary import header_key
from pipelines.sheets.report import Answers, Question
from pipelines.sheets.rows.cell_values import Problem

OURS = {"passline reason"}
ASKED = {"taken_on": "When was this taken? It holds for all rows.",
         "instrument": "Which exam is this? It holds for all rows."}
WAITS = {"taken_on": (HeldRule.DATE_NOT_GIVEN, "say when these were taken", None),
         "instrument": (HeldRule.EXAM_NOT_GIVEN, "say which exam these are of", None)}  # fmt: skip


def undated(found: Recognized) -> list[Question]:
    """A question for each score column of which nobody says when it was taken."""
    return [Question(f"date:{s.header}", f"When was “{s.header}” taken?", []) for s in found.undated]


def unanswered(found: Recognized, policy: Policy) -> list[Question]:
    """A question for each column that the layout asks for and nobody has said."""
    return [_for_all_rows(name, policy) for name in found.unanswered]


def answered(answers: Answers, policy: Policy) -> list[Question]:
    """The questions that were answered, so that an answer can be looked at and changed."""
    return [
        *(_for_all_rows(name, policy) for name in answers.all_rows),
        *(Question(f"date:{header}", f"When was “{header}” taken?", []) for header in answers.dates),
        *(Question(f"date_order:{name}", f"Dates in {name} begin with the", ["month", "day"])
          for name in answers.date_order),
        *([Question("accept_scales", "Read the scores on the first scale named?", ["yes", "no"])]
          if answers.accept_scales else []),
    ]


def _for_all_rows(name: str, policy: Policy) -> Question:
    choices = {"instrument": list(policy.instruments.by_name)}
    return Question(f"all:{name}", ASKED.get(name, f"What is {name} for all rows?"), choices.get(name, []))


def unanswered_problems(found: Recognized) -> list[Problem]:
    """Rows wait for what the layout asks for."""
    waits = {name: WAITS.get(name, (HeldRule.NOT_GIVEN, f"say {name} for all rows", name)) for name in found.unanswered}
    return [Problem(rule, "waiting", pl.col(f"value:{name}").is_null(), pl.lit(reason), column)
            for name, (rule, reason, column) in waits.items()]  # fmt: skip


def about_points(found: Recognized) -> list[str]:
    """Doubts about columns of points of which the sheet does not tell the maximum."""
    points = found.by.scores.points if found.by and found.by.scores else ""
    return [f"“{s.header}” holds points, and the sheet does not tell out of how many: read as they are."
            for s in found.scores if points and not s.rescaled and re.search(points, s.header)]


def drift(found: Recognized) -> list[str]:
    """Doubts about columns that came or went since the mapping was saved."""
    if found.by is None or not found.by.whole:
        return []
    lacks, known = found.by.lacks(found.cells), {header_key(header) for header in found.by.headers}
    new = [cell.strip() for cell in found.cells if cell.strip() and header_key(cell) not in known | OURS]
    named = f"the mapping “{found.by.name}”"
    gone = [f"The sheet has no column {_listed(lacks)}, which {named} knows: left blank."] if lacks else []
    came = [f"The sheet has the column {_listed(new)}, which {named} does not know: not used."] if new else []
    return gone + came


def _listed(headers: list[str]) -> str:
    return ", ".join(f"“{header}”" for header in headers)
