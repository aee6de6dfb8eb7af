"""Trackers: one row a student, with identity columns beside scores, dates, outcomes and plans, in any order.

Each column gets its part from its name and its values. The parts make one view per kind of record: self-assessments,
attempts, and what the sheet tells of the student (planned date, advisor ...). All views are of the same rows.
"""

from collections import Counter
from dataclasses import dataclass, replace

from pipelines.contracts.kinds import IDENTITY_FIELDS, KINDS
from pipelines.policy import Policy
from pipelines.sheets.headers.column_names import ColumnName, Part, column_name, under_one_another
from pipelines.sheets.headers.column_values import Holds, holds, is_day, is_score, values_at
from pipelines.sheets.headers.header import HEADER_WITHIN, TEXTS_OF_WHO, WHO_OF, Mapped, Recognized
from pipelines.sheets.headers.layout import Layout, shipped_layouts
from pipelines.sheets.headers.numbered_columns import numbered_columns
from pipelines.sheets.headers.result_headers import names_a_result
from pipelines.sheets.headers.score_columns import ScoreColumn, dates_header
from pipelines.sheets.headers.sitting_columns import SittingColumns
from pipelines.sheets.headers.vocabulary import header_key, headers_of, identity_headers

LAYOUT = "scores side by side, typed"
SHORT_NAMES = {"last": "last_name", "first": "first_name"}
PLANNED_WHERE_SEVERAL = {"exam date"}  # beside several scores, the day of the exam they prepare for
EXAM_WORDS = {"exam", "test"}


@dataclass(frozen=True)
class Column:
    """One column: what its name says of a sitting, or which column of a roster or identity field it fills."""

    place: int
    header: str
    key: str
    name: ColumnName | None
    fills: str | None
    holds: Holds


def by_columns(head: list[list[str]], policy: Policy) -> Recognized | None:
    """The header of a tracker, with its views: the first in `Recognized`, the others in its `beside`. None where no
    row names both a student and a score or an outcome."""
    best: list[Column] = []
    numbered: list[ScoreColumn] = []
    row = 0
    header: list[str] = []
    for i, lower in enumerate(head[:HEADER_WITHIN]):
        for cells in [lower, *([under_one_another(head[i - 1], lower)] if i else [])]:
            people = _names_of_people(cells)
            if not any(header_key(c) in people for c in cells):
                continue
            columns = [_column(place, cell, head[i + 1 :], people, policy)
                       for place, cell in enumerate(cells) if cell.strip()]
            groups = numbered_columns(cells, head[i + 1 :], policy)
            if _known(columns, groups) > _known(best, numbered):
                best, numbered, row, header = columns, groups, i, cells
    return _views(best, numbered, header, row + 1) if best else None


def _names_of_people(cells: list[str]) -> dict[str, str]:
    """The headers about a student, and what each fills; "Last" and "First" where both are there."""
    has_both = {*SHORT_NAMES} <= {header_key(c) for c in cells}
    return {**identity_headers(), **headers_of(KINDS["roster"]), **(SHORT_NAMES if has_both else {})}


def names_results(header: str, policy: Policy) -> bool:
    """True where a header may name a score, an outcome, or their day."""
    return names_a_result(header, policy) or column_name(header, policy) is not None


def _known(columns: list[Column], numbered: list[ScoreColumn]) -> int:
    """How many columns are known; 0 without a student or without a score or outcome."""
    grouped = {place for s in numbered for place in s.places}
    is_named = any(c.fills == "student_id" or (c.fills or "").startswith("who:") or c.fills in WHO_OF for c in columns)
    has_result = numbered or any(c.name and c.name.part in (Part.SCORE, Part.OUTCOME) for c in columns)
    return sum(bool(c.name or c.fills or c.place in grouped) for c in columns) if is_named and has_result else 0


def _column(place: int, header: str, below: list[list[str]], people: dict[str, str], policy: Policy) -> Column:
    key, values = header_key(header), values_at(below, place)
    what = holds(values)
    fills = people.get(key)
    named = column_name(header, policy)
    if fills and not (named and named.of[0]):
        fills = _by_values(fills, what)
        if key not in PLANNED_WHERE_SEVERAL:
            return Column(place, header.strip(), key, None, fills, what)
    name = _confirmed(named, _as_named(named, what, values))
    return Column(place, header.strip(), key, name, fills if name is None or not name.of[0] else None, what)


def _as_named(name: ColumnName | None, what: Holds, values: list[str]) -> Holds:
    """What the column holds; as its name says where any value shows that, though others are spoiled."""
    if name and name.part == Part.DATE and any(map(is_day, values)):
        return Holds.DATES
    if name and name.part == Part.SCORE and what == Holds.TEXT and any(map(is_score, values)):
        return Holds.NUMBERS
    return what


def _by_values(fills: str, what: Holds) -> str:
    """What an identity column fills, by its values: IDs under "Student" are IDs, and e-mails under "ID" are e-mails."""
    if fills == "who:name" and what in (Holds.IDS, Holds.NUMBERS):
        return "student_id"
    if fills in ("student_id", "who:name") and what == Holds.MAILS:
        return "email"
    return fills


def _confirmed(name: ColumnName | None, what: Holds) -> ColumnName | None:
    """The name, if the values can be what it says; an exam's name alone is what its values are."""
    if name is None or what == Holds.NOTHING:
        return name if name and name.part != Part.NAME else None
    parts = {Holds.NUMBERS: Part.SCORE, Holds.DATES: Part.DATE, Holds.OUTCOMES: Part.OUTCOME, Holds.IDS: Part.SCORE}
    shown = parts.get(what)
    match name.part:
        case Part.NAME:
            return replace(name, part=shown) if shown and what != Holds.IDS else None
        case Part.SCORE:
            if what == Holds.DATES:
                return replace(name, part=Part.DATE)
            if what == Holds.OUTCOMES and name.exam:
                return replace(name, part=Part.OUTCOME)
            return None if what in (Holds.OUTCOMES, Holds.MAILS, Holds.TEXT) else name
        case Part.OUTCOME:
            if what == Holds.NUMBERS and name.exam:
                return replace(name, part=Part.SCORE)
            return None if what in (Holds.DATES, Holds.MAILS) else name
        case Part.MAXIMUM:
            return name if what == Holds.NUMBERS else None
        case Part.DATE | Part.PLAN:
            return None if what in (Holds.NUMBERS, Holds.OUTCOMES, Holds.MAILS) else name


def _views(
    columns: list[Column], numbered: list[ScoreColumn], cells: list[str], header_row: int
) -> Recognized | None:
    layout = shipped_layouts()[LAYOUT]
    grouped = {place for s in numbered for place in s.places}
    columns = [c for c in columns if c.place not in grouped]
    scores = sorted([*_score_columns(columns), *numbered], key=lambda s: s.place)
    sittings = _with_bare_dates(_sitting_columns(columns), columns, {p for s in scores for p in s.places})
    used: set[int] = set().union(*(s.places for s in scores), *(s.places for s in sittings))
    plans = _plans(columns, sittings, used)
    planned = {place for place, _ in plans}
    identity = _identity(columns)
    views = []
    if scores:
        views.append(_view("assessments", cells, header_row, identity, layout, scores=scores))
    if sittings:
        views.append(_view("attempts", cells, header_row, identity, layout, sittings=sittings))
    about = [c for c in columns if c.fills in KINDS["roster"].columns and c.place not in used | planned]
    of_students = _view_of_students(cells, header_row, columns, about, plans, layout)
    views += [of_students] if of_students.about or of_students.place_of("student_id") is not None else []
    return replace(views[0], beside=views[1:]) if scores or sittings else None


def _view(kind: str, cells: list[str], header_row: int, identity: list[Mapped], layout: Layout, *,
          scores: list[ScoreColumn] | None = None, sittings: list[SittingColumns] | None = None) -> Recognized:
    """A view of melted columns: the columns they are melted into stand after those of the sheet."""
    added = ["instrument", "taken_on", "score"] if scores else [
        "exam", "taken_on", "outcome", "attempt_number", "scaled_score"]
    shown = {"instrument": "score column's name", "taken_on": dates_header(scores, cells) if scores else "date",
             "attempt_number": "attempt", "scaled_score": "score"}
    melted = [Mapped(place, shown.get(name, name), name) for place, name in enumerate(added, len(cells))]
    return Recognized(KINDS[kind], header_row, cells, [*identity, *melted], layout, scores or [],
                      sittings=sittings or [])


def _view_of_students(cells: list[str], header_row: int, columns: list[Column], about: list[Column],
                      plans: list[tuple[int, int | None]], layout: Layout) -> Recognized:
    """What the sheet tells of each student: every column of a roster, and the planned date."""
    seen: set[str] = set()
    mapped = []
    for column in about:
        if column.fills and column.fills not in seen and not (column.fills == "planned_on" and plans):
            mapped.append(Mapped(column.place, column.header, column.fills))
            seen.add(column.fills)
    name = next((c for c in columns if c.fills == "who:name"), None)
    mapped += [Mapped(name.place, name.header, "who:name")] if name else []
    mapped += [Mapped(m.place, m.header, WHO_OF[m.fills]) for m in mapped if m.fills in TEXTS_OF_WHO]
    mapped += [Mapped(len(cells), "planned date", "planned_on")] if plans else []
    return Recognized(KINDS["roster"], header_row, cells, mapped, layout, plans=plans, makes_students=False)


def _identity(columns: list[Column]) -> list[Mapped]:
    """The columns that identify a row's student: the first of each field."""
    seen: set[str] = set()
    mapped = []
    for c in columns:
        fills = WHO_OF.get(c.fills or "", c.fills)
        if fills and fills not in seen and (fills == "student_id" or fills in IDENTITY_FIELDS):
            mapped.append(Mapped(c.place, c.header, fills))
            seen.add(fills)
    return mapped


def _score_columns(columns: list[Column]) -> list[ScoreColumn]:
    """The columns of scores, each with its date and maximum: beside it under its own name, or the sheet's one date."""
    scores = [c for c in columns if c.name and c.name.instrument and c.name.part == Part.SCORE]
    dates = [c for c in columns if c.name and c.name.part == Part.DATE and not c.name.exam]
    maxima = [c for c in columns if c.name and c.name.part == Part.MAXIMUM]
    own = [c for c in dates if c.name and c.name.instrument]
    bare = [c for c in dates if c.name and not c.name.instrument]
    several = len({s.name.of for s in scores if s.name}) > 1
    if several:  # "Date of Exam" is of the exam they prepare for
        bare = [c for c in bare if not EXAM_WORDS & set(c.key.split())]
    sittings = Counter(s.name.of[:2] for s in scores if s.name and not s.name.day)
    found = []
    for score in scores:
        assert score.name is not None
        date = _companion(score, own, scores) or _bare_date(score, bare, scores)
        maximum = _companion(score, maxima, scores)
        if len(bare) == 1 and date is bare[0] and sittings[score.name.of[:2]] > 1:
            date = None  # two sittings of one form were not on one day
        found.append(ScoreColumn(
            score.place, score.header, f"{score.name.instrument} {score.name.form}".strip(),
            max_place=maximum.place if maximum else None, date_place=date.place if date else None,
            day=score.name.day or None, sitting=score.name.sitting))
    return found


def _companion(score: Column, others: list[Column], scores: list[Column]) -> Column | None:
    """The column about the same sitting as the score: of the same name, the nearest first; else the only one of the
    same instrument and form, where there is only one such score."""
    assert score.name is not None
    same = [c for c in others if c.name and c.name.of == score.name.of]
    twins = [s for s in scores if s.name and s.name.of == score.name.of]
    if same and len(twins) > 1:  # two columns of one name, each with its own date: in their order
        at = twins.index(score)
        return same[at] if at < len(same) else None
    if same:
        return min(same, key=lambda c: abs(c.place - score.place))
    alike = [c for c in others if c.name and c.name.of[:2] == score.name.of[:2]]
    alone = [s for s in scores if s.name and s.name.of[:2] == score.name.of[:2]]
    return alike[0] if len(alike) == 1 and len(alone) == 1 else None


def _bare_date(score: Column, bare: list[Column], scores: list[Column]) -> Column | None:
    """The "Date" column of a score: the sheet's only one, or one beside it where there are several."""
    if len(bare) <= 1 or score.name is None:
        return bare[0] if bare else None
    places = {c.place: c for c in bare}
    is_after = any(s.place + 1 in places for s in scores) and not any(
        min(places) < s.place for s in scores[:1])
    return places.get(score.place + 1 if is_after else score.place - 1)


def _sitting_columns(columns: list[Column]) -> list[SittingColumns]:
    """The attempts of each exam: the columns with the outcome, day and score of one sitting."""
    groups: dict[tuple[str, str], dict[Part, Column]] = {}
    for c in columns:
        if c.name and c.name.exam and c.name.part in (Part.OUTCOME, Part.DATE, Part.SCORE):
            groups.setdefault((c.name.exam, c.name.sitting), {}).setdefault(c.name.part, c)
    numbered = {exam for exam, sitting in groups if sitting}
    found = []
    for (exam, sitting), parts in groups.items():
        if not {Part.OUTCOME, Part.SCORE} & set(parts):
            continue
        first = next(iter(parts.values())).name
        number = (first.number if first else None) or (1 if not sitting and exam in numbered else None)
        place = {part: column.place for part, column in parts.items()}
        day = next((c.name.day for c in parts.values() if c.name and c.name.day), None)
        found.append(SittingColumns(exam, number, place.get(Part.OUTCOME), place.get(Part.DATE),
                                    place.get(Part.SCORE), day, next(iter(parts.values())).header))
    if len(found) == 1:  # a bare "Attempt" is of the only sitting
        number_place = next((c.place for c in columns if c.name is None and c.holds == Holds.NUMBERS and
                             headers_of(KINDS["attempts"]).get(c.key) == "attempt_number"), None)
        return [replace(found[0], number_place=number_place)]
    return found


def _with_bare_dates(sittings: list[SittingColumns], columns: list[Column], used: set[int]) -> list[SittingColumns]:
    """The attempts, each with the bare "Date" column right after it, or else right before it, where all have one."""
    bare = {c.place for c in columns if c.name and c.name.part == Part.DATE and not c.name.of[0]} - used
    for ends, step in ((max, 1), (min, -1)):
        beside = [ends(s.places) + step for s in sittings]
        if sittings and {*beside} <= bare and all(s.date_place is None for s in sittings):
            return [replace(s, date_place=place) for s, place in zip(sittings, beside, strict=True)]
    return sittings


def _plans(columns: list[Column], sittings: list[SittingColumns], used: set[int]) -> list[tuple[int, int | None]]:
    """Each place of a planned day, the first that is filled counts, with the place of the outcome that makes it no plan
    any more: days named as a plan, then those of an exam without an outcome column, then those of attempts without an
    outcome yet, the last first."""
    planned = [c.place for c in columns if c.fills == "planned_on" and c.name is None and c.place not in used]
    named = [c.place for c in columns if c.name and c.name.part == Part.PLAN]
    days = [c.place for c in columns if c.name and c.name.exam and c.name.part == Part.DATE and c.place not in used]
    bare = [c.place for c in columns if c.fills == "planned_on" and c.name is not None and c.place not in used]
    open_days = [(s.date_place, s.outcome_place) for s in reversed(sittings)
                 if s.date_place is not None and s.outcome_place is not None]
    return [*((place, None) for place in [*named, *planned, *days, *bare]), *open_days]


