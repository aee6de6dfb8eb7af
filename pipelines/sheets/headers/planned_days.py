"""Planned days: columns with the day a student plans to sit an exam, or with eligibility: on rosters, in lists of
dates, and beside scores and attempts.

A list of dates, such as an eligibility list, makes no students: it keeps the dates of those on rosters up to date.
"""

from dataclasses import replace

from pipelines.contracts.kinds import KINDS
from pipelines.errors import SheetRefused
from pipelines.policy import Policy
from pipelines.sheets.headers.by_names import Areas, read_as, without_results
from pipelines.sheets.headers.column_names import ColumnName, Part, column_name
from pipelines.sheets.headers.form_questions import asks_for_the_past, question_words
from pipelines.sheets.headers.header import HEADER_WITHIN, WHO_OF, Mapped, Recognized, identity_of_people
from pipelines.sheets.headers.vocabulary import header_key, headers_of

ELIGIBILITY = {"eligibility_starts_on", "eligibility_ends_on"}
DATES = {"planned_on", *ELIGIBILITY}
BESIDE_RESULTS = {*DATES, "clerkship_starts_on"}
IDENTITY = {"student_id", "last_name", "first_name", "email", "usmle_id"}
MAKE_A_STUDENT = ("last_name", "first_name", "email", "who:name")


def of_people(roster: Recognized, policy: Policy) -> Recognized:
    """The roster's header with the days its columns name; without names and e-mails, or as a list of dates, it makes no
    students, and only adds to what is known of them."""
    roster = _with_plans(roster, policy, {Part.PLAN, Part.DATE})
    if _is_list_of_dates(roster):
        return _of_known_people(roster)
    return replace(roster, makes_students=any(m.fills in MAKE_A_STUDENT for m in roster.columns))


def list_of_dates(head: list[list[str]], file: str, policy: Policy) -> Recognized | None:
    """The header of dates beside names or e-mails, without IDs; None where no row is one."""
    areas = Areas.of(policy)
    for i, cells in enumerate(head[:HEADER_WITHIN]):
        header = _with_plans(read_as(KINDS["roster"], cells, i + 1, areas), policy, {Part.PLAN, Part.DATE})
        fills = {m.fills for m in header.columns}
        if "student_id" in fills or not fills & {"email", "usmle_id", "who:name", "last_name"} or not fills & DATES:
            continue
        try:
            return _of_known_people(without_results(header, head, file, policy))
        except SheetRefused:
            continue
    return None


def with_dates_beside(header: Recognized, policy: Policy) -> Recognized:
    """The header of scores or attempts with its unused columns of planned days, eligibility and clerkships as a view of
    their own."""
    if header.kind.name not in ("assessments", "attempts") or header.beside:
        return header
    used, names = header.used, headers_of(KINDS["roster"])
    dates = [Mapped(place, cell.strip(), fills) for place, cell in enumerate(header.cells) if place not in used
             and (fills := names.get(header_key(cell))) in BESIDE_RESULTS]
    parts = {Part.PLAN, Part.DATE} if header.kind.name == "assessments" else {Part.PLAN}
    view = replace(header, kind=KINDS["roster"], columns=[*header.columns, *dates], layout=None)
    planned = _with_plans(view, policy, parts)
    added = [m for m in planned.columns if m not in header.columns]
    if not added:
        return header
    identity = identity_of_people(header)
    return replace(header, beside=[replace(planned, columns=[*identity, *added], makes_students=False)])


def _with_plans(header: Recognized, policy: Policy, parts: set[Part]) -> Recognized:
    """The header with its planned day: the unused columns that name one, the first that is filled counts."""
    if header.place_of("planned_on") is not None:
        return header
    named = {place: _name(cell, policy) for place, cell in enumerate(header.cells) if place not in header.used}
    places = [place for place, name in named.items()
              if name and name.part in parts and not name.sitting and (name.exam or name.part == Part.PLAN)]
    if len(places) == 1:
        day = Mapped(places[0], header.cells[places[0]].strip(), "planned_on")
        return replace(header, columns=[*header.columns, day])
    if places:
        day = Mapped(len(header.cells), "planned date", "planned_on")
        return replace(header, columns=[*header.columns, day], plans=[(place, None) for place in places])
    return header


def _name(header: str, policy: Policy) -> ColumnName | None:
    """What the header, or the question in it, names; a question about the past names no plan."""
    words = question_words(header)
    if words and asks_for_the_past(header):
        return None
    return column_name(header, policy) or (column_name(" ".join(words), policy) if words else None)


def _is_list_of_dates(roster: Recognized) -> bool:
    """True where a sheet tells of people nothing but dates, and at least eligibility or the day of a named exam. A
    sheet under Passline's own headers is what they say: a roster."""
    facts = [m for m in roster.columns if m.fills not in IDENTITY and not m.fills.startswith("who:")]
    if not facts or not {m.fills for m in facts} <= DATES or any(m.header == m.fills for m in facts):
        return False
    names = headers_of(roster.kind)
    return any(m.fills in ELIGIBILITY or header_key(m.header) not in names for m in facts)


def _of_known_people(header: Recognized) -> Recognized:
    """The header as one that makes no students: what identifies them matches them to those on rosters."""
    who = [replace(m, fills=WHO_OF[m.fills]) for m in header.columns if m.fills in WHO_OF]
    return replace(header, columns=[*header.columns, *who], makes_students=False)
