"""Student IDs: what an ID's text is, which rows have a text in its place that is none, and which IDs look unlike the
others."""

from dataclasses import replace

import polars as pl

from pipelines.contracts.accounts import HeldRule
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.headers.not_people import PLAIN_ID, is_no_person, is_not_an_id
from pipelines.sheets.headers.reshape import NOT_PEOPLE_SPELLINGS, is_not_people, is_same_header
from pipelines.sheets.rows.problems import Problem

ROUNDED = r"^[+-]?\d(?:\.\d+)?[eE]\+\d+$|^[+-]?\d\.\d+[eE]\d+$"  # 1.23E+05
DECIMAL = r"^(\d+)\.0+$"  # 123.0, as pandas writes a column with blanks
LONG = r"^\d{16,}$"  # a spreadsheet keeps 15 digits
SHOWN = 3
ROWS_SHOWN = 10  # rows that are not people


def id_place(header: Recognized) -> int | None:
    """The place of the student's ID in the sheet."""
    place = header.place_of("student_id")
    return place if place is not None and place < len(header.cells) else None


def is_usual_id(header: Recognized) -> pl.Expr:
    """True where the ID needs no second look: digits, perhaps letters, as the others have them."""
    place = id_place(header)
    if place is None:
        return ~is_no_person(header)
    text = pl.col(f"c{place}")
    usual = text.map_batches(_is_plain, return_dtype=pl.Boolean(), is_elementwise=True)
    return usual & (_shape(text) == header.id_shape) if header.id_shape else usual


def _is_plain(ids: pl.Series) -> pl.Series:
    """Whether each ID is plain; nearly all are digits, which need no pattern."""
    is_number = ids.cast(pl.Int64, strict=False).is_not_null() & ~ids.str.starts_with("+").fill_null(True)
    return is_number if is_number.all() else is_number | ids.str.contains(PLAIN_ID).fill_null(False)


def with_usual_ids(table: TextTable, policy: Policy) -> TextTable:
    """A roster with what its IDs look like: whether most have digits, the shape (99999) of most, and whether nearly all
    have it."""
    place = id_place(table.header)
    if place is None or table.header.kind.name != "roster":
        return table
    text = pl.col(f"c{place}").str.strip_chars()
    shapes = (
        table.tidied.filter(text != "").group_by(shape=_shape(pl.col(f"c{place}"))).len().sort("len", descending=True)
        .collect(engine="streaming")
    )
    ids, total = policy.imports.ids, int(shapes["len"].sum())
    if total == 0:
        return table
    digits = shapes.filter(pl.col("shape").str.contains("9"))["len"].sum()
    usual = shapes.row(0, named=True)
    has_shape = "9" in usual["shape"] and total >= ids.least_rows and usual["len"] >= ids.usual_share * total
    return replace(table, header=replace(
        table.header, ids_have_digits=digits > total / 2, id_shape=usual["shape"] if has_shape else "",
        ids_are_alike=has_shape and usual["len"] >= ids.alike_share * total))


def _shape(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[0-9]", "9").str.replace_all(r"\pL", "A")


def plain_ids(rows: pl.LazyFrame, table: TextTable) -> pl.LazyFrame:
    """The rows with `value:student_id` null where the text is no ID, and without the decimals of 123.0."""
    place = id_place(table.header)
    if place is None:
        return rows
    text = pl.col("text")
    no_id = is_not_an_id(text, table.header) | text.str.contains(ROUNDED)
    value = pl.when(~no_id).then(text.str.replace(DECIMAL, "$1"))

    def among_odd(ids: pl.Series) -> pl.Series:
        """Nearly every ID is plain, so the costly patterns run on the others alone."""
        odd = ~ids.str.contains(PLAIN_ID)
        if not odd.any():
            return ids
        return ids.clone().scatter(odd.arg_true(), ids.filter(odd).to_frame("text").select(value).to_series())

    plain = pl.col(f"c{place}").map_batches(among_odd, return_dtype=pl.String(), is_elementwise=True)
    return rows.with_columns(plain.alias("value:student_id"))


def id_problems(table: TextTable) -> list[Problem]:
    """Rows with a number in place of the ID whose digits a spreadsheet rounded, or another text that is no ID."""
    place = id_place(table.header)
    if place is None:
        return []
    header, text = table.header.cells[place].strip().replace("{", "(").replace("}", ")"), pl.col(f"c{place}")
    shown = pl.format(f"{header} “{{}}” ", text.str.slice(0, 60))
    rounded = text.str.contains(ROUNDED)
    if not table.delimiter:  # a workbook, whose numbers are exact to 15 digits
        rounded |= text.str.contains(LONG) & _may_be_a_number(text)
    why = "has more digits than a spreadsheet keeps, so its end was lost: store the column as text, and fill it anew"
    problems = [Problem(HeldRule.NUMBER_TOO_LONG, "rejected", rounded, shown + pl.lit(why), "student_id")]
    if not table.header.identity_fields:
        no_id = text.is_not_null() & ~rounded & pl.col("value:student_id").is_null()
        problems.append(Problem(HeldRule.MISSING, "rejected", no_id, shown + pl.lit("is not an ID"), "student_id"))
    if table.header.id_shape:
        alone = (_shape(text) != table.header.id_shape) & _is_alone(table.header)
        why = "is unlike the other IDs, and nothing else is in the row"
        problems.append(Problem(HeldRule.MISSING, "rejected", alone, shown + pl.lit(why), "student_id"))
    return problems


def _may_be_a_number(text: pl.Expr) -> pl.Expr:
    """True where digits are exactly what a rounded number would show."""
    whole = text.cast(pl.Int64, strict=False)
    kept = whole.cast(pl.Float64).cast(pl.Int64, strict=False) == whole
    return (kept | text.str.contains(r"^\d{15,17}0+$")).fill_null(True)


def _is_alone(header: Recognized) -> pl.Expr:
    others = [pl.col(f"c{m.place}") for m in header.columns if m.fills != "student_id" and m.place < len(header.cells)]
    return pl.all_horizontal(pl.lit(bool(others)), *(c.is_null() for c in others))


def id_doubts(table: TextTable, not_people: int) -> list[str]:
    """Doubts that name the rows left out as not people, IDs read without decimals, and IDs unlike the others."""
    place = id_place(table.header)
    doubts = []
    left_out = pl.lit(False)
    if not_people:
        left_out = is_not_people(table.header)
        known = pl.coalesce(pl.col([f"c{i}" for i in range(len(table.header.cells))])).is_in(NOT_PEOPLE_SPELLINGS)
        doubts += _named(table, is_no_person(table.header) & ~known & ~is_same_header(table.header),
                         "{} not people: {}.", None)
    if place is None:
        return doubts
    header, text = table.header.cells[place].strip(), pl.col(f"c{place}")
    doubts += _named(table, text.str.contains(DECIMAL),
                     f"{{}} an ID with decimals in {header}, read without them; check for lost zeros: {{}}.", text)
    if table.header.ids_are_alike:
        unlike = (_shape(text) != table.header.id_shape) & ~left_out
        unlike &= ~text.str.contains(DECIMAL) & ~text.str.contains(ROUNDED)
        unlike &= ~is_not_an_id(text, table.header) & ~_is_alone(table.header)
        why = f"{{}} an ID unlike the others in {header}; check that they are students: {{}}."
        doubts += _named(table, unlike, why, text)
    return doubts


def _named(table: TextTable, which: pl.Expr, sentence: str, text: pl.Expr | None) -> list[str]:
    """The sentence with how many rows there are and the first few of them; nothing where there is none."""
    cells = [pl.col(f"c{i}") for i in range(len(table.header.cells))]
    shown = text if text is not None else pl.coalesce(cells)
    most = SHOWN if text is not None else ROWS_SHOWN
    rows = table.rows.filter(which).select("sheet_row", text=shown.str.slice(0, 40)).collect(engine="streaming")
    if rows.is_empty():
        return []
    first = ", ".join(f"“{r['text']}” (row {r['sheet_row']})" for r in rows.sort("sheet_row").head(most).to_dicts())
    more = f" and {rows.height - most} more" if rows.height > most else ""
    verb = ("is" if rows.height == 1 else "are") if text is None else ("has" if rows.height == 1 else "have")
    count = f"{rows.height:,} {'row' if rows.height == 1 else 'rows'} {verb}"
    return [sentence.format(count, first + more)]
