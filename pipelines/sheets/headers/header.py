"""A recognized header: the kind of sheet, and what each of its columns fills."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

import dataframely as dy
import polars as pl

from pipelines.contracts.kinds import IDENTITY_FIELDS, RENAMED_COLUMNS, Kind
from pipelines.errors import SheetRefused
from pipelines.sheets.headers.context import ContextValue
from pipelines.sheets.headers.layout import Layout
from pipelines.sheets.headers.score_columns import ScoreColumn
from pipelines.sheets.headers.sitting_columns import SittingColumns

IDENTITY_OF_ROSTERS = ["student_id", "last_name", "first_name", "email", "program", "class_year", "usmle_id"]
# Identity fields by the column of a roster that holds the same, and those that are texts on both.
WHO_OF = {"last_name": "who:last_name", "first_name": "who:first_name", "email": "who:email",
          "usmle_id": "who:usmle_id", "program": "who:program", "class_year": "who:class_year"}
TEXTS_OF_WHO = ["last_name", "first_name", "email", "usmle_id"]
HEADER_WITHIN = 30  # rows from the top
UNKNOWN_DAY = "unknown"  # the answer that nobody knows when scores were taken


@dataclass(frozen=True)
class Mapped:
    """One sheet column: its place (from 0), its header as written, and the column or content area it fills."""

    place: int
    header: str
    fills: str
    is_area: bool = False


@dataclass(frozen=True)
class Apart:
    """Which rows belong to a view: those whose cell at `place` matches the pattern, or (unless `is_named`) the
    others."""

    place: int
    pattern: str
    is_named: bool

    @property
    def is_here(self) -> pl.Expr:
        named = pl.col(f"c{self.place}").str.contains(self.pattern).fill_null(False)
        return named if self.is_named else ~named


@dataclass(frozen=True)
class Recognized:
    """A header and its kind; `header_row` as a spreadsheet numbers rows, `cells` the header as written.

    `layout` explains the columns, if one was used; `scores` are the columns that hold one instrument's scores each.
    `days` and `all_rows` are a person's answers: when a score column was taken, and values that hold for all rows.
    `units` are the rows right below the header that hold units; `no_scores` are texts that say there is no score.
    `sittings` are the columns of one attempt each, `plans` those of planned days. `beside`: views of the same rows as
    records of other kinds. A roster that does not make students only adds to what is known of those on other rosters,
    or `adds_students` as a person decided; `apart` tells which rows are of this view, where not all are. Of a roster,
    `ids_have_digits` where most IDs have, `id_shape` is what most look like (99999), and `ids_are_alike` where nearly
    all do. `context` is what title rows and names say of the exam and its day.
    """

    kind: Kind
    header_row: int
    cells: list[str]
    columns: list[Mapped]
    layout: Layout | None = None
    scores: list[ScoreColumn] = field(default_factory=list)
    days: dict[str, str] = field(default_factory=dict)
    all_rows: dict[str, str] = field(default_factory=dict)
    units: list[int] = field(default_factory=list)
    no_scores: list[str] = field(default_factory=list)
    sittings: list[SittingColumns] = field(default_factory=list)
    plans: list[tuple[int, int | None]] = field(default_factory=list)
    makes_students: bool = True
    adds_students: bool = False
    is_beside: bool = False
    beside: list["Recognized"] = field(default_factory=list)
    apart: Apart | None = None
    context: dict[str, ContextValue] = field(default_factory=dict)

    @property
    def views(self) -> list["Recognized"]:
        """This header and those beside it, each a view of the same rows as records of one kind."""
        return [replace(self, beside=[]), *(replace(view, is_beside=True) for view in self.beside)]

    @property
    def is_melted(self) -> bool:
        """True where one row of the sheet may be several records."""
        return bool(self.scores or self.sittings)

    @property
    def used(self) -> set[int]:
        """The places of the columns that something is read from."""
        places = [s.places for s in self.scores] + [s.places for s in self.sittings] + [
            [p for p in plan if p is not None] for plan in self.plans]
        return {m.place for m in self.columns}.union(*places)

    @property
    def date_places(self) -> list[int]:
        """The places of the columns that hold dates."""
        dates = [n for n, c in self.kind.row.columns().items() if isinstance(c, dy.Date)]
        mapped = [m.place for m in self.columns if m.fills in dates]
        scores = [s.date_place for s in self.scores] + [s.date_place for s in self.sittings]
        return mapped + [p for p in [*scores, *(place for place, _ in self.plans)] if p is not None]
    ids_have_digits: bool = False
    id_shape: str = ""
    ids_are_alike: bool = False

    @property
    def unused(self) -> list[str]:
        used = {p for view in self.views for p in view.used}
        ours = {"passline reason"}
        return [c.strip() for i, c in enumerate(self.cells) if c.strip() and i not in used and c.strip() not in ours]

    @property
    def layout_name(self) -> str:
        if self.layout:
            return self.layout.name
        ours = all(m.is_area or RENAMED_COLUMNS.get(m.header, m.header) == m.fills for m in self.columns)
        return f"passline {self.kind.name}" if ours and not self.unused else f"{self.kind.name} by column names"

    def place_of(self, fills: str) -> int | None:
        return next((m.place for m in self.columns if m.fills == fills), None)

    @property
    def identity_fields(self) -> list[str]:
        """The fields, other than student_id, that identify a row's student; none where only an ID makes a student."""
        matched = self.kind.names_a_student or not self.makes_students
        return [m.fills for m in self.columns if m.fills in IDENTITY_FIELDS] if matched else []

    @property
    def about(self) -> list[str] | None:
        """The columns without which a row of this view is blank; None where any cell counts."""
        if self.is_melted:
            return ["score" if self.scores else "exam"]
        if self.kind.name != "roster" or self.makes_students:
            return None
        identity = [*IDENTITY_FIELDS, *([] if self.adds_students else IDENTITY_OF_ROSTERS)]
        return [m.fills for m in self.columns if m.fills not in identity]

    @property
    def undated(self) -> list[str]:
        """Headers of scores and attempts whose date is neither in the sheet nor answered."""
        scores = [s.header for s in self.scores if s.date_place is None and not s.day]
        attempts = [s.header for s in self.sittings if s.date_place is None and not s.day]
        return [header for header in [*scores, *attempts] if header not in self.days]

    @property
    def unanswered(self) -> list[str]:
        """Columns the layout asks a person for that are neither in the sheet nor answered."""
        there = {m.fills for m in self.columns if m.place < len(self.cells)}
        if there & {"who:usmle_id", "who:email", "who:name", "who:last_name"}:
            there.add("student_id")
        asks = self.layout.asks if self.layout else []
        return [name for name in asks if name not in there and not self.all_rows.get(name)]

    @property
    def missing(self) -> list[str]:
        """Required columns that are not there; an e-mail, a USMLE ID or a name may replace the student's ID."""
        there = {m.fills for m in self.columns}
        if self.layout:
            there |= {*self.layout.constants, *self.layout.asks}
        if self.kind.names_a_student and there & {"who:usmle_id", "who:email", "who:name", "who:last_name"}:
            there.add("student_id")
        if self.scores:
            there |= {"instrument", "taken_on", "score"}
        if self.sittings:
            there |= {"exam", "taken_on", "outcome"}
        return [r for r in self.kind.required if r not in there]

    @property
    def mapped(self) -> int:
        """How many columns are evidence for this kind; content areas are not, as other kinds have them too."""
        facts = sum(not m.is_area and m.fills not in IDENTITY_FIELDS for m in self.columns)
        return facts if self.missing else facts + sum(m.fills in IDENTITY_FIELDS for m in self.columns)

    @property
    def known(self) -> int:
        """Columns of the kind itself, whether or not it is complete."""
        return sum(not m.is_area and m.fills not in IDENTITY_FIELDS for m in self.columns)

    @property
    def has_values(self) -> bool:
        """True where a column outside the key is there: an ID alone could belong to any kind."""
        identity = set(IDENTITY_FIELDS) if self.kind.names_a_student else set()  # a name is a roster's own value
        facts = {m.fills for m in self.columns if not m.is_area} - set(self.kind.key) - identity
        return bool(facts) or sum(bool(c.strip()) for c in self.cells) == 1


def identity_of_people(header: Recognized) -> list[Mapped]:
    """The columns of scores or attempts that identify the student, each also as the roster's column that holds the
    same."""
    of_roster = {fills: name for name, fills in WHO_OF.items() if name in TEXTS_OF_WHO}
    identity = [m for m in header.columns if m.place < len(header.cells)
                and (m.fills == "student_id" or m.fills in IDENTITY_FIELDS)]
    return [*identity, *(replace(m, fills=of_roster[m.fills]) for m in identity if m.fills in of_roster)]


def checked(r: Recognized, file: str) -> Recognized:
    """Refuses a sheet with two columns for one value."""
    seen_fields: set[str] = set()
    columns = []
    for m in r.columns:
        if m.fills not in seen_fields:  # a second column with the student's name is ignored
            columns.append(m)
        if m.fills in IDENTITY_FIELDS:
            seen_fields.add(m.fills)
    r = replace(r, columns=columns)
    for fills, n in Counter(m.fills for m in r.columns).items():
        if n > 1:
            headers = listed([m.header for m in r.columns if m.fills == fills])
            raise SheetRefused(f"{file} has {n} columns for {fills} ({headers}); keep one of them.")
    return r


def listed(names: list[str]) -> str:
    return ", ".join("".join(c if c.isprintable() else " " for c in n[:60]) for n in names)


def likely_header(head: list[list[str]]) -> int:
    """The row (from 0) most like column names: it has the most different texts that are not numbers."""
    def names(cells: list[str]) -> int:
        return len({c.strip() for c in cells if c.strip() and not re.search(r"\d{2}", c)})

    return max(range(len(head)), key=lambda i: (names(head[i]), -i), default=0)
