"""What is damaged in a home, in sentences."""

from pipelines.contracts.decisions import SheetImport


def damaged_sheets(imports: list[SheetImport]) -> str:
    """The warning about kept sheets that are no longer the bytes that were imported; '' where there is none."""
    if not imports:
        return ""
    files = ", ".join(f"{one.file} (import {one.import_id})" for one in imports)
    return (f"Damaged on the disk: the kept copy of {files}. The figures stand on what was read from it before; import "
            "the same file again, or restore a backup.")
