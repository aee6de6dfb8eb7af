"""Sheets of one exam: students and their results, where no column says which exam it is, or when it was taken."""

from pipelines.policy import Policy
from pipelines.sheets.headers.by_layout import laid_out
from pipelines.sheets.headers.by_names import Areas, read_as
from pipelines.sheets.headers.context import ContextValue
from pipelines.sheets.headers.header import HEADER_WITHIN, Recognized
from pipelines.sheets.headers.layout import Layout

# Of each kind: what may be said once for all rows, and the column without which a sheet is not of this kind.
FOR_ALL_ROWS = {"assessments": ("instrument", "score"), "content_areas": ("instrument", "area"),
                "attempts": ("exam", "outcome")}


def of_one_exam(head: list[list[str]], kind_name: str | None, around: list[dict[str, ContextValue]], policy: Policy
                ) -> Recognized | None:
    """The header of a sheet that lacks the exam or the day, or both, where a column or what stands around the table
    names the exam; `around` is the context above each row."""
    areas = Areas.of(policy)
    for kind, (exam, needed) in FOR_ALL_ROWS.items():
        if kind_name not in (None, kind):
            continue
        layout = Layout(name="results of one exam", kind=kind)
        for i, cells in enumerate(head[:HEADER_WITHIN]):
            named = read_as(layout.of, cells, i + 1, areas)
            missing = named.missing
            fills = {m.fills for m in named.columns}
            if needed not in fills or not missing or not {*missing} <= {exam, "taken_on"}:
                continue
            if exam in missing and exam not in around[i]:
                continue
            asking = layout.model_copy(update={"asks": missing})
            return laid_out(asking, cells, i + 1, head[i + 1 : i + 4], policy)
    return None
