"""Whole names: a roster's one column of names, split into last and first name."""

import polars as pl

from pipelines.sheets.files.text_table import TextTable

_SUFFIX = r"(?i:Jr|Sr|II|III|IV|2nd|3rd)\.?"
_PARTICLES = ("van|von|vom|der|den|de|del|della|di|da|dal|das|do|dos|du|la|le|las|los|ter|ten|te|zu|bin|ibn|al|el|"
              "st\\.?|y")
_LAST = rf"(?:(?:{_PARTICLES}|{_PARTICLES.title()})\s+)*\S+(?:,?\s+{_SUFFIX})?"
COMMA_FORM = rf"^(?P<last>[^,]*[^,\s])\s*,\s*(?:(?P<suffix>{_SUFFIX})\s*,\s*)?(?P<first>.*\S)\s*$"
SUFFIX_LAST = rf"^(?P<first>.*\S),\s*(?P<suffix>{_SUFFIX})$"  # Ames, Ann, Jr.
SPACE_FORM = rf"^(?P<first>.*?\S)\s+(?P<last>{_LAST})$"
UNCERTAIN = r"^[^,\s]+(?:\s+[^,\s]+){2,}$"  # three words or more, without a comma
NAMES_SHOWN = 3


def split_names(rows: pl.LazyFrame, table: TextTable) -> pl.LazyFrame:
    """The rows with `value:last_name` and `value:first_name` from the whole name, where they have no own value."""
    if not _has_whole_names(table):
        return rows
    there, last, first = rows.collect_schema().names(), *_parts(pl.col("value:who:name"))
    own = {n: pl.col(f"value:{n}") if f"value:{n}" in there else pl.lit(None, pl.String)
           for n in ("last_name", "first_name")}
    return rows.with_columns(
        pl.coalesce(own["last_name"], last).alias("value:last_name"),
        pl.coalesce(own["first_name"], first).alias("value:first_name"),
    )


def _parts(name: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """The last and the first name: "Last, First Middle", "Last, Jr., First", "First Middle Last Jr."; one word alone is
    the last name."""
    comma, space = name.str.extract_groups(COMMA_FORM).struct, name.str.extract_groups(SPACE_FORM).struct
    tail = comma.field("first").str.extract_groups(SUFFIX_LAST).struct
    suffix = pl.coalesce(comma.field("suffix"), tail.field("suffix"), pl.lit(""))
    before_comma = (comma.field("last") + " " + suffix).str.strip_chars()
    only_suffix = comma.field("first").str.contains(rf"^{_SUFFIX}$")  # Ann Ames, Jr.
    has_comma = comma.field("last").is_not_null() & ~only_suffix
    last = space.field("last").str.replace(",", "", literal=True)
    return (
        pl.when(has_comma).then(before_comma).otherwise(pl.coalesce(last, name)),
        pl.when(has_comma).then(pl.coalesce(tail.field("first"), comma.field("first"))).otherwise(space.field("first")),
    )


def name_doubts(table: TextTable) -> list[str]:
    """How the column of whole names was split; names that could be split elsewhere are shown."""
    if not _has_whole_names(table):
        return []
    mapped = next(m for m in table.header.columns if m.fills == "who:name")
    name = pl.col(f"c{mapped.place}")
    last, first = _parts(name)
    unsure = (
        table.rows.filter(name.str.contains(UNCERTAIN))
        .select("sheet_row", name=name, last=last, first=first).collect(engine="streaming").sort("sheet_row")
    )
    doubts = [f"{mapped.header} was split into last and first name."]
    if not unsure.is_empty():
        shown = "; ".join(f"“{r['name']}” (row {r['sheet_row']}) has the last name “{r['last']}”"
                          for r in unsure.head(NAMES_SHOWN).to_dicts())
        doubts.append(f"{mapped.header} has {unsure.height} {'name' if unsure.height == 1 else 'names'} of three words "
                      f"or more without a comma, split before the last name: {shown}; check them.")
    return doubts


def _has_whole_names(table: TextTable) -> bool:
    header = table.header
    is_new = header.makes_students or header.adds_students
    return header.kind.name == "roster" and is_new and any(m.fills == "who:name" for m in header.columns)
