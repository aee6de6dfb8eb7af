"""Cell text: a cell as a person reads it, without what a program wrote around or inside it.

`="00123"` and `'00123` protect zeros from a spreadsheet; characters without width and full-width digits look like
plain text and are not.
"""

import polars as pl

from pipelines.sheets.headers.header import Recognized
from pipelines.sheets.values import ERROR_VALUES

FREE_TEXT = {"advisor", "topic", "source"}  # kept letter by letter
NAMES = {"last_name", "first_name", "name", "who:name", "who:last_name", "who:first_name"}
INVISIBLE = r"[\u{ad}\u{180e}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}]"
SPACES = r"[\u{a0}\u{1680}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}]"
FULL_WIDTH = r"[\u{ff01}-\u{ff5e}]"
PROTECTED = r"^[=']"
WRAPPER = r'(?s)^=\s*"(.*)"$'  # ="00123"
APOSTROPHE = r"^'\s*([0-9=+@-])"


def plain_cells(header: Recognized) -> list[pl.Expr]:
    """Each text column without space, wrappers and invisible characters; an empty cell is null."""
    fills = {m.place: m.fills for m in header.columns}
    fills |= {place: "score" for s in header.scores for place in s.places}
    fills |= {place: "outcome" for s in header.sittings for place in s.places}
    unused = pl.col([f"c{i}" for i in range(len(header.cells)) if i not in fills]).str.strip_chars()
    stripped = pl.when((unused != "") & ~unused.is_in(ERROR_VALUES)).then(unused)  # a call a column would take long
    return [stripped, *(_plain_cell(f"c{i}", fills[i]) for i in sorted(fills) if i < len(header.cells))]


def _plain_cell(column: str, fills: str) -> pl.Expr:
    is_free, is_name = fills in FREE_TEXT, fills in NAMES
    text = pl.col(column).map_batches(
        lambda batch: _plain(batch, is_free, is_name), return_dtype=pl.String(), is_elementwise=True
    )
    is_error = text.is_in(ERROR_VALUES) if fills != "student_id" else pl.lit(False)  # in place of an ID, a footer
    return pl.when((text != "") & ~is_error).then(text).alias(column)


def _plain(batch: pl.Series, is_free: bool, is_name: bool) -> pl.Series:
    """One batch of a column; most batches have nothing to clean."""
    text = batch.str.strip_chars()
    if not is_free and (text.str.len_bytes() != text.str.len_chars()).any():
        text = text.str.replace_all(INVISIBLE, "").str.replace_all(SPACES, " ").str.strip_chars()
        if not is_name:
            text = text.str.normalize("NFKC")
        elif text.str.contains(FULL_WIDTH).any():
            is_wide = text.str.contains(FULL_WIDTH).fill_null(False)
            text = text.str.normalize("NFKC").zip_with(is_wide, text)
    if text.str.contains(PROTECTED).any():
        inner = text.str.replace(WRAPPER, "${1}").str.replace_all('""', '"', literal=True)
        text = inner.zip_with(text.str.contains(WRAPPER).fill_null(False), text)
        text = text.str.replace(APOSTROPHE, "${1}").str.strip_chars()
    return text


def is_plain(batch: pl.Series, fills: str) -> pl.Series:
    """Whether `plain_cells` leaves each text as it is, and it is not empty; nearly all are numbers, which need no look.
    False for a blank cell."""
    is_number = batch.cast(pl.Int64, strict=False).is_not_null()
    if (is_number | batch.is_null()).all():
        return is_number
    odd = batch.str.contains(r"^[\s=#']|\s$|^$" if fills in FREE_TEXT else r"^[\s=#']|\s$|^$|[^\x00-\x7f]")
    return is_number | ~odd.fill_null(True)
