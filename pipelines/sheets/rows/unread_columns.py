"""Unread columns: columns of the sheet that nothing is read from although they hold numbers, dates, outcomes, or texts
with scores, such as "NBME 30: 58"."""

import re
from collections.abc import Sequence

import polars as pl

from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.files.workbook_worker import letter
from pipelines.sheets.headers.reshape import is_not_people
from pipelines.sheets.headers.result_headers import names_a_result, spelled_names
from pipelines.sheets.headers.vocabulary import decided_instruments, header_key, instruments_of
from pipelines.sheets.report import LEFT_OUT, Answers, Question

NUMBER = r"^[~<>≈]?\s*\d{1,3}(?:[.,]\d{1,2})?\s*%?\*?$"
DATE = r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4})\b"
OUTCOME = r"(?i)^(?:pass|fail|incomplete|pending)"
COUNTS_ROWS = re.compile(r"column \w+ \(no header\)|unnamed: 0|index|row( number)?|no\.?|nr\.?|n|")
MARK = r"(?i)^(?:lower|about the same|same|higher)\b"
MOSTLY = 0.5  # share of the filled cells
ROWS_LOOKED_AT, CELLS_LOOKED_AT = 20_000, 4_000_000  # of a large sheet, the first ones show what a column holds


def unread_columns(table: TextTable, unused: list[str], answers: Answers, policy: Policy) -> list[str]:
    """Those of the `unused` columns that hold mostly numbers, dates or outcomes, unless they are known to be no
    results, or a person left them out."""
    if answers.kind == "roster":
        return []  # a person said that these are no results to read
    places = {place: name for place, name in _names(table).items() if name in unused}
    places = {place: name for place, name in places.items()
              if answers.columns.get(name) not in LEFT_OUT and not is_ignored(name, table, policy)}
    if not places:
        return []
    rows = min(ROWS_LOOKED_AT, CELLS_LOOKED_AT // len(table.header.cells))
    first = table.tidied.head(rows).filter(~is_not_people(table.header)).select(f"c{place}" for place in places)
    columns = list(zip(places.values(), first.collect(engine="streaming"), strict=True))
    scores_in_texts = _scores_in_texts(policy)
    columns = [(name, texts) for name, texts in columns if not _are_row_numbers(texts, name)]
    return [name for name, texts in columns
            if are_results(texts.drop_nulls(), [scores_in_texts, *_result_texts_under(name, policy)])]


def are_results(texts: pl.Series, more: Sequence[str] = ()) -> bool:
    """True where most of a column's filled cells are numbers, dates or outcomes, or fit one of `more` patterns."""
    return texts.str.contains("|".join([NUMBER, DATE, OUTCOME, *more])).sum() > MOSTLY * len(texts)


def _names(table: TextTable) -> dict[int, str]:
    return {place: cell.strip() or f"column {letter(place)} (no header)"
            for place, cell in enumerate(table.header.cells)}


def _are_row_numbers(texts: pl.Series, header: str) -> bool:
    """True for a column that counts the rows, as pandas and R write one, under no header of its own."""
    numbers = texts.str.strip_chars().cast(pl.Int64, strict=False)
    if not COUNTS_ROWS.fullmatch(header_key(header)) or not len(numbers) or numbers.has_nulls():
        return False
    return numbers[0] in (0, 1) and bool((numbers.diff().drop_nulls() == 1).all())


def _result_texts_under(header: str, policy: Policy) -> list[str]:
    """The patterns of texts that hold a result because their header names one."""
    return [r"\d", MARK] if names_a_result(header, policy) else []


def _scores_in_texts(policy: Policy) -> str:
    """The pattern of an instrument's or exam's shipped name, and a number after it."""
    shipped = instruments_of(policy, exams=True).keys() - decided_instruments(policy).keys()
    return rf"(?i)\b(?:{spelled_names(shipped)})\b.*\d"


def is_ignored(header: str, table: TextTable, policy: Policy) -> bool:
    """True for a column that official exports have beside results, such as an order number or a time stamp."""
    layout = table.header.layout
    if layout and layout.whole and header_key(header) in map(header_key, layout.headers):
        return True  # whoever mapped the sheet left it out
    patterns = [*policy.imports.unread.ignored, *(layout.ignored if layout else [])]
    return any(re.fullmatch(pattern, header_key(header)) for pattern in patterns)


def unread_question(unread: list[str]) -> list[Question]:
    """The question whether these columns may be left out; none without any."""
    if not unread:
        return []
    named = ", ".join(f"“{header}”" for header in unread[:6]) + (
        f" and {len(unread) - 6} more" if len(unread) > 6 else "")
    hold = "holds" if len(unread) == 1 else "hold"
    return [Question("unused", f"Nothing is read from {named}, which {hold} numbers, dates or outcomes. Leave "
                     f"{'it' if len(unread) == 1 else 'them'} out?", ["yes", "always"], unread)]
