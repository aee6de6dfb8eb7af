"""Files of results that mix exams and self-assessments: a CBSE row among Step 1 rows is read as an assessment."""

from dataclasses import replace

from pipelines.contracts.kinds import KINDS
from pipelines.policy import Policy
from pipelines.sheets.headers.by_names import Areas, read_as
from pipelines.sheets.headers.header import Apart, Mapped, Recognized
from pipelines.sheets.headers.result_headers import spelled_names
from pipelines.sheets.headers.vocabulary import instruments_of

BESIDE_A_SCORE = {"form", "printed_probability", "pacing", "repeat", "scale"}


def with_assessments_apart(header: Recognized, policy: Policy) -> Recognized:
    """The header of attempts, and a view of its rows whose exam is a self-assessment; unchanged without scores."""
    if header.kind.name != "attempts" or header.is_melted:
        return header
    as_scores = read_as(KINDS["assessments"], header.cells, header.header_row, Areas.of(policy))
    exam, day = header.place_of("exam"), header.place_of("taken_on")
    score = header.place_of("scaled_score")
    score = as_scores.place_of("score") if score is None else score
    if exam is None or day is None or score is None or max(exam, day) >= len(header.cells):
        return header
    identity = [m for m in header.columns if m.fills == "student_id" or m.fills.startswith("who:")]
    own = [Mapped(place, header.cells[place].strip(), fills)
           for place, fills in [(exam, "instrument"), (day, "taken_on"), (score, "score")]]
    more = [m for m in as_scores.columns if m.fills in BESIDE_A_SCORE and m.place not in (exam, day, score)]
    names = rf"(?i)\b(?:{spelled_names(instruments_of(policy, exams=False))})"
    view = Recognized(KINDS["assessments"], header.header_row, header.cells, [*identity, *own, *more],
                      apart=Apart(exam, names, is_named=True))
    return replace(header, beside=[*header.beside, view], apart=Apart(exam, names, is_named=False))
