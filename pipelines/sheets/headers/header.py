"""A recognized header: the kind of sheet, and what each of its columns fills."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace

from pipelines.contracts.kinds import IDENTITY_FIELDS, RENAMED_COLUMNS, Kind
from pipelines.errors import SheetRefused
from pipelines.sheets.headers.layout import Layout
from pipelines.sheets.headers.score_columns import ScoreColumn

HEADER_WITHIN = 30  # rows from the top


@dataclass(frozen=True)
class Mapped:
    """One sheet column: its place (from 0), its header as written, and the column or content area it fills."""

    place: int
    header: str
    fills: str
    is_area: bool = False


@dataclass(frozen=True)
class Recognized:
    """A header and its kind; `header_row` as a spreadsheet numbers rows, `cells` the header as written.

    `layout` explains the columns, if one was used; `scores` are the columns that hold one instrument's scores each.
    `days` and `all_rows` are a person's answers: when a score column was taken, and values that hold for all rows.
    `units` are the rows right below the header that hold units. Of a roster, `ids_have_digits` where most IDs have,
    `id_shape` is what most look like (99999), and `ids_are_alike` where nearly all do.
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
    ids_have_digits: bool = False
    id_shape: str = ""
    ids_are_alike: bool = False

    @property
    def unused(self) -> list[str]:
        used = {m.place for m in self.columns} | {p for s in self.scores for p in s.places}
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
        """The fields, other than student_id, that identify a row's student; a roster has none, as only an ID makes a
        student."""
        return [m.fills for m in self.columns if m.fills in IDENTITY_FIELDS] if self.kind.names_a_student else []

    @property
    def undated(self) -> list[ScoreColumn]:
        """Score columns whose date is neither in the sheet nor answered."""
        return [s for s in self.scores if s.date_place is None and not s.day and s.header not in self.days]

    @property
    def unanswered(self) -> list[str]:
        """Columns the layout asks a person for that are neither in the sheet nor answered."""
        there = {m.fills for m in self.columns if m.place < len(self.cells)}
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
