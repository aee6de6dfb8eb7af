"""What is damaged in a home, or that it cannot be written, in sentences."""

from pipelines.contracts.decisions import SheetImport


def damaged_sheets(imports: list[SheetImport]) -> str:
    """The warning about kept sheets that are no longer the bytes that were imported; '' where there is none."""
    if not imports:
        return ""
    files = ", ".join(f"{one.file} (import {one.import_id})" for one in imports)
    are, copies, their, rows = (
        ("is", "copy", "its", "them") if len(imports) == 1 else ("are", "copies", "their", "them")
    )
    return (f"The kept {copies} of {files} {are} damaged. Figures stand on {their} rows as they were read before; "
            f"import the same file again, or restore a backup, to repair {rows}.")
