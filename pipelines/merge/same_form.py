"""Sittings whose form one sheet names and another leaves blank: they are one sitting, of that form.

Where the day has several forms, or a sheet has the blank beside the form, they stay apart.
"""

import polars as pl

from pipelines.contracts.kinds import Kind
from pipelines.merge.corrections_on_top import Fix, fix_frame

SITTING = ["student_id", "instrument", "taken_on"]
NUMBERED = r"^(\d+[a-z]?|[A-Za-z])$"  # other forms are names, of which a blank tells nothing
OWN = ["import_id", "sheet_row", *SITTING]


def has_forms(kind: Kind) -> bool:
    return {"form", *SITTING} <= set(kind.key)


def named_forms(rows: pl.LazyFrame, kind: Kind, fixes: list[Fix]) -> pl.DataFrame:
    """Rows without a form whose sitting has one on another sheet (`form_elsewhere`); a record that a person corrected
    stays as it is. Usually none."""
    sat = rows.filter(pl.col("doubt").is_null(), pl.col("taken_on").is_not_null())
    sat = sat.select(*OWN, "form")
    blank = sat.filter(pl.col("form") == "").collect(engine="streaming")
    nothing = pl.DataFrame(schema={**blank.select(OWN).schema, "form_elsewhere": pl.String})
    if blank.is_empty():
        return nothing
    named = sat.filter(pl.col("form").str.contains(NUMBERED))
    named = named.join(blank.lazy().select(SITTING).unique(), on=SITTING, how="semi")
    forms = named.group_by(SITTING).agg(pl.col("form").unique(), pl.col("import_id").unique()).filter(
        pl.col("form").list.len() == 1).collect(engine="streaming")
    if forms.is_empty():
        return nothing
    corrected = fix_frame(kind, fixes).filter(pl.col("form") == "").select(SITTING).unique()
    together = blank.join(corrected, on=SITTING, how="anti").join(forms, on=SITTING, suffix="_elsewhere")
    beside = pl.col("import_id").is_in("import_id_elsewhere").any().over(SITTING)
    return together.filter(~beside).select(*OWN, form_elsewhere=pl.col("form_elsewhere").list.first())


def with_named_forms(rows: pl.LazyFrame, named: pl.DataFrame) -> pl.LazyFrame:
    """The rows, each with the form of its sitting."""
    if named.is_empty():
        return rows
    return rows.join(named.lazy(), on=OWN, how="left", maintain_order="left").with_columns(
        form=pl.when(pl.col("form") == "").then(pl.coalesce("form_elsewhere", "form")).otherwise("form")
    ).drop("form_elsewhere")
