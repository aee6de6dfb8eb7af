"""Uploads as sheets: a file's tabs or members, each with its own answers, a saved mapping, or earlier answers."""

import hashlib
import shutil
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipelines.errors import SheetRefused
from pipelines.office import InForce
from pipelines.policy import Policy
from pipelines.sheets import Answers, Layout, parts_of, saved_layout_for


@dataclass(frozen=True)
class Upload:
    """A file to import: its name as people know it, its path, and a person's answers about how to read it. `parts` are
    the answers about single tabs or members, by their names; `id` tells files of one name apart. `is_one_sheet`: it is
    read as a single sheet, as when it was imported."""

    file: str
    path: Path
    answers: Answers = field(default_factory=Answers)
    parts: dict[str, Answers] = field(default_factory=dict)
    id: str = ""
    is_one_sheet: bool = False


@dataclass(frozen=True)
class UploadedSheet:
    """One sheet of an upload: its name as people know it, the preview's own copy of its bytes (named by their SHA-256),
    and how it is to be read. `left_out`: what of its file is no sheet. `refused`: why the file cannot be opened."""

    upload: str
    part: str
    file: str
    path: Path
    answers: Answers
    left_out: list[str] = field(default_factory=list)
    refused: str | None = None

    @property
    def sha256(self) -> str:
        return self.path.name


def uploaded_sheets(
    uploads: list[Upload], staging: Path, saved_layouts: list[Layout], standing: InForce, policy: Policy
) -> list[UploadedSheet]:
    """Every sheet of the uploads, in order, with the answers it is to be read with."""
    sheets = []
    for place, upload in enumerate(uploads):
        for sheet in _sheets_of(upload, upload.id or str(place), staging, policy):
            sheets.append(sheet if sheet.refused else _with_known_answers(sheet, saved_layouts, standing, policy))
    return sheets


def _sheets_of(upload: Upload, id: str, staging: Path, policy: Policy) -> list[UploadedSheet]:
    copy = _copied(upload.path, staging)
    if upload.is_one_sheet:
        return [UploadedSheet(id, "", upload.file, copy, upload.answers)]
    try:
        parts = parts_of(copy, upload.file, upload.answers, policy, staging / uuid.uuid4().hex)
    except SheetRefused as refusal:
        return [UploadedSheet(id, "", upload.file, copy, upload.answers, refused=str(refusal))]
    sheets: list[UploadedSheet] = []
    for part in parts.sheets:
        path = copy if part.path == copy else _copied(part.path, staging)
        answers = replace(upload.parts.get(part.name, upload.answers), tab=part.tab)
        sheets.append(UploadedSheet(id, part.name, part.of(upload.file), path, answers, parts.left_out))
    return sheets


def _with_known_answers(
    sheet: UploadedSheet, saved_layouts: list[Layout], standing: InForce, policy: Policy
) -> UploadedSheet:
    """The sheet with the saved mapping that fits its header, or the answers of the same sheet in force, unless a person
    answers now."""
    answers = sheet.answers
    if saved_layouts and not (answers.layout or answers.kind):
        layout = saved_layout_for(sheet.path, sheet.file, saved_layouts, policy, answers.tab)
        if layout is not None:
            answers = replace(answers, layout=layout.model_dump(exclude_defaults=True))
    if answers.is_open:
        earlier = [Answers(**one.answers) for one in standing.imports if one.sha256 == sheet.sha256]
        answers = next((one for one in reversed(earlier) if one.tab == answers.tab), answers)
    return replace(sheet, answers=answers)


def _copied(source: Path, staging: Path) -> Path:
    """The preview's own copy of a sheet's bytes, named by their SHA-256."""
    copy = staging / f"{uuid.uuid4().hex}.part"
    shutil.copyfile(source, copy)
    with copy.open("rb") as stream:
        return copy.replace(staging / hashlib.file_digest(stream, "sha256").hexdigest())
