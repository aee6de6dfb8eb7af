"""Rows that are not people: footers, section heads, totals and repeated headers among a sheet's rows.

A row whose ID is an ID is never one. A row with another text in place of its ID is one only if its other cells hold no
name, e-mail, score or date; else it is held, as it may be a person.
"""

import polars as pl

from pipelines.contracts.kinds import KINDS
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.vocabulary import headers_of, student_headers

PLAIN_ID = r"^[0-9A-Za-z_-]*[0-9][0-9A-Za-z_-]*$"
ERROR_CELLS = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!"]
NO_ID = [*(e.lower() for e in ERROR_CELLS), "tbd", "tba", "n/a", "na", "none", "null", "nan", "pending", "unknown", "-",
         "--", "–", "—", ".", "?", "missing", "no id", "not available", "not assigned", "unassigned", "<na>",
         "undefined"]
_FIGURES = (r"totals?|sub-?totals?|averages?|avg\.?|means?|medians?|counts?|minimum|maximum|"
            r"std\.? ?dev\.?|stdev|st\.? dev\.?|sd|standard deviation|variance|points possible|"
            r"possible points|max points")
_OF_ALL = rf"(?:(?:grand|class|overall|cohort|course|group|section|md|do|student|score)[ -]+)*(?:{_FIGURES})"
_REST = r"(?:\s*(?:[:=(].*|\W*\d.*|(?:of|for|students?|scores?|rows?|records?|number|class|enrolled)\b.*|))"
SUMMARY = rf"(?i)^\W*(?:{_OF_ALL}{_REST}|(?:min|max|sum)\.?\s*[:=(\d].*)$"  # Min and Max are first names
FOOTER = (r"(?i)^(?:[*†‡©].*|\W*(?:\d+ (?:rows?|records?|students?|results?|entries)\b.*|n ?= ?\d+.*|"
          r"end of .*|(?:report|generated|printed|exported|created|prepared|downloaded|retrieved|extracted|run|"
          r"last updated|updated|as of|date)\b.*(?:\d|:|\bby\b).*|page \d+.*|confidential\b.*|class of ['’]?\d{2,4}\W*|"
          r"(?:notes?|source|legend|key|disclaimer|filters?|query)\s*:.*|copyright\b.*|ferpa\b.*|for internal use.*|"
          r"do not (?:distribute|share).*|continued\b.*|\(?cont\.?(?:'?d)?\)?))$")
WORDS = r"\pL.*\s.*\pL|^\D*$"  # several words, or no digit at all
LETTERS = r"\pL{2}|^\pL\.?$"
NAMES = {"last_name", "first_name", "name", "who:name", "who:last_name", "who:first_name"}


def is_no_person(header: Recognized) -> pl.Expr:
    """True for rows with a footer, a head, a figure of all or a header in place of the student's ID, and no person."""
    cells = [f"c{i}" for i in range(len(header.cells))]
    identity = _identity_places(header)
    if not identity:
        return pl.lit(False)
    first, expression = f"c{identity[0]}", _is_no_person(header, identity)

    def among_odd(batch: pl.Series) -> pl.Series:
        """Nearly every ID is plain, so the costly patterns run on the other rows alone."""
        rows = batch.struct.unnest()
        odd = (~rows[first].str.contains(PLAIN_ID)).fill_null(True)
        answers = pl.repeat(False, len(rows), dtype=pl.Boolean, eager=True)
        if odd.any():
            found = rows.filter(odd).select(expression.alias("no person"))["no person"].fill_null(False)
            answers = answers.scatter(odd.arg_true(), found)
        return answers

    return pl.struct(cells).map_batches(among_odd, return_dtype=pl.Boolean(), is_elementwise=True)


def is_not_an_id(text: pl.Expr, header: Recognized) -> pl.Expr:
    """True for a text that no school gives as an ID: an error cell, a placeholder, a figure of all, a footer, a header;
    and words, where the column's IDs have digits."""
    lower = text.str.to_lowercase()
    other = lower.is_in(NO_ID) | text.str.contains(SUMMARY) | text.str.contains(FOOTER) | _is_header(text, header)
    return other | text.str.contains(r"^\D*\s\D*$") if header.ids_have_digits else other


def _is_no_person(header: Recognized, identity: list[int]) -> pl.Expr:
    who = pl.coalesce(*(pl.col(f"c{i}") for i in identity), "c0")
    mail, name, result = _evidence(header, identity)
    is_figure = who.str.contains(SUMMARY)
    is_footer = who.str.contains(FOOTER)
    has_id = pl.col(f"c{identity[0]}").is_not_null()
    is_text = has_id & who.str.contains(r"\s") & who.str.contains(WORDS)
    if _names_alone(header, identity):  # a person without a score is a blank row
        is_text = pl.lit(False)
    if header.ids_have_digits:
        is_text |= has_id & who.str.contains(r"^\D*$")
    is_text |= has_id & who.str.to_lowercase().is_in(NO_ID)
    nothing = ~mail & ~name & ~result
    return (is_figure & ~mail & ~name) | (is_footer & nothing) | (is_text & nothing) | _is_repeated_header(header)


def _names_alone(header: Recognized, identity: list[int]) -> bool:
    """True for a tracker whose rows begin with a name, not an ID."""
    fills = {m.fills for m in header.columns if m.place == identity[0]}
    return bool(fills & NAMES) and (header.is_melted or not header.makes_students)


def _evidence(header: Recognized, identity: list[int]) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Whether a row has an e-mail, a name, and a score or date, besides the cell in place of its ID."""
    places = {m.place: m.fills for m in header.columns if m.place < len(header.cells) and m.place != identity[0]}
    texts = {"email", "who:email", "advisor", "form", "who:program", "program", "exam_track", "status", *NAMES}
    kind = header.kind.columns

    def any_of(columns: list[pl.Expr]) -> pl.Expr:
        return pl.any_horizontal(pl.lit(False), *(c.fill_null(False) for c in columns))

    mail = any_of([pl.col(f"c{i}").str.contains("@") for i, f in places.items() if f in ("email", "who:email")])
    is_name = [pl.col(f"c{i}").str.contains(LETTERS) & ~pl.col(f"c{i}").str.contains(SUMMARY)
               & ~pl.col(f"c{i}").str.contains(FOOTER) & ~pl.col(f"c{i}").str.to_lowercase().is_in(NO_ID)
               for i, f in places.items() if f in NAMES]
    results = [i for i, f in places.items() if f in kind and f not in texts and not f.endswith("class_year")]
    results += [place for s in header.scores for place in s.places]
    return mail, any_of(is_name), any_of([pl.col(f"c{i}").str.contains(r"\d") for i in results])


def _identity_places(header: Recognized) -> list[int]:
    fills = [header.kind.key[0], *header.identity_fields]
    return [p for name in fills if (p := header.place_of(name)) is not None and p < len(header.cells)]


def _key(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"[\s_\-]+", " ").str.strip_chars(" #:*")


def _is_header(text: pl.Expr, header: Recognized) -> pl.Expr:
    """True where a cell in place of the ID is a header for IDs."""
    names = [key for kind in {header.kind, KINDS["roster"]} for key, f in headers_of(kind).items()
             if f in (kind.key[0], "student_id")]
    return _key(text).is_in(sorted({*names}))


def _is_repeated_header(header: Recognized) -> pl.Expr:
    """True for a row of column names, in any spelling: the ID's cell is one, and so is every other filled cell but
    one."""
    names = sorted({*headers_of(header.kind), *student_headers(header.kind), *headers_of(KINDS["roster"])})
    own = [pl.col(f"c{m.place}") for m in header.columns if m.place < len(header.cells)]
    known = pl.sum_horizontal(_key(c).is_in(names).fill_null(False).cast(pl.Int32) for c in own)
    filled = pl.sum_horizontal(c.is_not_null().cast(pl.Int32) for c in own)
    ident = pl.col(f"c{_identity_places(header)[0]}")
    return _is_header(ident, header).fill_null(False) & (known >= filled - 1) & ((known > 1) | (filled == 1))
