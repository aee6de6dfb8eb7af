"""Questions that a layout leaves to a person, and how a sheet differs from the mapping used for it."""

import re
from dataclasses import replace

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.contracts.facts import EXAMS
from pipelines.policy import Policy
from pipelines.sheets.headers.context import ContextValue
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.melting import exam_from_context
from pipelines.sheets.headers.vocabulary import header_key
from pipelines.sheets.report import LEFT_OUT, Answers, Question
from pipelines.sheets.rows.problems import Problem

OUR_COLUMNS = {"passline reason"}
QUESTION_TEXTS = {"taken_on": "When was this taken? It holds for all rows.",
                  "instrument": "Which exam is this? It holds for all rows.",
                  "exam": "Which exam is this? It holds for all rows.",
                  "student_id": "Whose sheet is this? The student's ID holds for all rows."}
WAITING_RULES = {
    "taken_on": (HeldRule.DATE_NOT_GIVEN, "say when these were taken", None),
    "instrument": (HeldRule.EXAM_NOT_GIVEN, "say which exam these are of", None),
}


def date_questions(header: Recognized) -> list[Question]:
    """The question when the score columns without a date were taken: one, as a table, where there are several."""
    undated = header.undated
    if len(undated) < 2:
        return [Question(f"date:{name}", f"When was “{name}” taken?", []) for name in undated]
    return [Question("dates", f"When were these taken: {_listed(undated)}? “unknown” keeps the scores, as no evidence.",
                     [], undated)]


def one_of_each(questions: list[Question]) -> list[Question]:
    """The questions of several views, each once."""
    return list({question.id: question for question in questions}.values())


def all_rows_questions(header: Recognized, policy: Policy) -> list[Question]:
    """A question for each column that the layout asks a person for, if not answered yet, with the answer that stands
    around the table, to confirm."""
    return [_suggesting(_for_all_rows(name, policy), header.context.get(name)) for name in header.unanswered]


def _suggesting(question: Question, named: ContextValue | None) -> Question:
    if named is None:
        return question
    return replace(question, text=f"{question.text} Is it {named.value}, as in {named}?", suggested=named.value)


def context_doubts(header: Recognized, answers: Answers) -> list[str]:
    """The doubt about an exam that no column names."""
    exams = {name: one for name, one in exam_from_context(header).items() if name not in answers.all_rows}
    return [f"No column says which exam this is: every row is read as {value}, as in {header.context[name]}."
            for name, value in exams.items()]


def context_questions(header: Recognized, answers: Answers, policy: Policy) -> list[Question]:
    """The question about an exam that is read from around the table, so that a person can choose another."""
    return [_for_all_rows(name, policy) for name in exam_from_context(header) if name not in answers.all_rows]


def answered(answers: Answers, policy: Policy) -> list[Question]:
    """The answered questions, so that an answer can be reviewed and changed."""
    return [
        *(_for_all_rows(name, policy) for name in answers.all_rows),
        *_answered_dates(list(answers.dates)),
        *(Question(f"date_order:{name}", f"Dates in {name} begin with the", ["month", "day"])
          for name in answers.date_order),
        *([Question("accept_scales", "Read the scores on the first scale named?", ["yes", "no"])]
          if answers.accept_scales else []),
        *_answered_about_columns(answers),
    ]


def _answered_dates(headers: list[str]) -> list[Question]:
    if len(headers) > 1:
        return [Question("dates", "When were these taken?", [], headers)]
    return [Question(f"date:{header}", f"When was “{header}” taken?", []) for header in headers]


def _answered_about_columns(answers: Answers) -> list[Question]:
    """Columns left out, and whether people were added."""
    left_out = [header for header, answer in answers.columns.items() if answer in LEFT_OUT]
    asked = [Question("unused", f"Left out: {_listed(left_out)}", ["yes", "always"], left_out)] if left_out else []
    if answers.add_students is not None:
        asked.append(Question("add-students", "Add the people on no roster as students?", ["yes", "no"]))
    return asked


def _for_all_rows(name: str, policy: Policy) -> Question:
    choices = {"instrument": list(policy.instruments.by_name), "exam": EXAMS}
    return Question(f"all:{name}", QUESTION_TEXTS.get(name, f"What is {name} for all rows?"), choices.get(name, []))


def unanswered_problems(header: Recognized) -> list[Problem]:
    """Waiting problems for the columns that the layout asks a person for, if not answered yet."""
    problems = []
    for name in header.unanswered:
        rule, reason, column = WAITING_RULES.get(name, (HeldRule.NOT_GIVEN, f"say {name} for all rows", name))
        problems.append(Problem(rule, "waiting", pl.col(f"value:{name}").is_null(), pl.lit(reason), column))
    return problems


def points_doubts(header: Recognized) -> list[str]:
    """Doubts about columns of points whose maximum is not in the sheet."""
    points = header.layout.scores.points if header.layout and header.layout.scores else ""
    return [f"“{s.header}” holds points without their maximum."
            for s in header.scores if points and not s.rescaled and re.search(points, s.header)]


def mapping_changes(header: Recognized) -> list[str]:
    """Doubts about columns added or removed since the mapping was saved."""
    if header.layout is None or not header.layout.whole:
        return []
    lacks, known = header.layout.lacks(header.cells), {header_key(name) for name in header.layout.headers}
    new = [cell.strip() for cell in header.cells if cell.strip() and header_key(cell) not in known | OUR_COLUMNS]
    named = f"the mapping “{header.layout.name}”"
    removed = [f"The sheet has no column {_listed(lacks)}, which {named} knows: left blank."] if lacks else []
    added = [f"The sheet has the column {_listed(new)}, which {named} does not know: not used."] if new else []
    return removed + added


def _listed(headers: list[str]) -> str:
    return ", ".join(f"“{header}”" for header in headers)
