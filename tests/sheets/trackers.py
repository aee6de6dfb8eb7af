"""Made-up trackers: sheets as offices keep them, each with the records that a person would read from it."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from tests.sheets.tracker_blocks import Block, Person, extra_blocks, identity_blocks, score_block, score_header
from tests.sheets.tracker_columns import FORMS, RESULTS, STEP, ScoreKind, chosen_kinds

SEED = 1926
LAST = ["Aldana", "Brandt", "Cho", "Desai", "Ekwueme", "Farrow", "Ghosh", "Haddad", "Ito", "Jansen", "Kowalski", "Lund"]
FIRST = ["Marisol", "Theodor", "Jin-ah", "Ravi", "Ngozi", "Claire", "Anika", "Omar", "Yuki", "Pieter", "Zofia", "Mads"]
NO_SCORES = ["DNT", "absent", "", "n/a", "did not take"]
BLANK, DATELESS = 0.15, 0.01  # shares of cells
DATE_STYLES: dict[str, Callable[[date], str]] = {
    "ISO": lambda d: d.isoformat(),
    "m/d/yyyy": lambda d: f"{d.month}/{d.day}/{d.year}",
    "d-Mon-yy": lambda d: f"{d.day}-{d:%b}-{d:%y}",
    "m/d/yy": lambda d: f"{d.month}/{d.day}/{d:%y}",
    "Mon d, yyyy": lambda d: f"{d:%b} {d.day}, {d.year}",
}
STYLES = ["plain", "score", "in brackets", "day in header", "date and score", "score first", "of", "taken",
          "bare dates", "bare dates before", "one date", "two lines"]
DATED = {"date and score", "score first", "of", "taken", "bare dates", "bare dates before", "two lines"}


@dataclass(frozen=True)
class ScoreCell:
    """One score of the sheet: what must be stored of it. `day` is None where nobody knows it."""

    student_id: str
    instrument: str
    form: str
    score: float
    day: date | None
    header: str
    sheet_row: int
    is_dateless: bool = False  # its own column of dates is blank here: the row must wait, by name


@dataclass
class Tracker:
    """A tracker's text, the truth about it, and what its office would answer."""

    number: int
    describes: str
    text: str
    scores: list[ScoreCell]
    attempts: set[tuple[str, str, str, date]]
    planned: dict[str, date]
    days: dict[str, str] = field(default_factory=dict)  # by header: an ISO day, or "unknown"
    date_order: str = "month"
    people: list[Person] = field(default_factory=list)
    has_ids: bool = True


def people(rng: Random) -> list[Person]:
    return [Person(f"A1{i:03}", last, first, f"{first[0]}{last}@ex.edu".lower(), "DO" if i % 4 == 3 else "MD",
                   rng.choice(["R. Bloom", "K. Noor"]))
            for i, (last, first) in enumerate(zip(LAST, FIRST, strict=True), 1)]


def roster(everyone: list[Person]) -> str:
    lines = ["Student ID,Last Name,First Name,Email,Program,Class of,Advisor"]
    return "\n".join([*lines, *(f"{p.student_id},{p.last},{p.first},{p.email},{p.program},2029,{p.advisor}"
                                for p in everyone)]) + "\n"


def tracker(number: int) -> Tracker:
    """The tracker of this number; always the same one."""
    rng = Random(f"{SEED} {number}")
    everyone = people(Random(SEED))
    rows = sorted(rng.sample(everyone, rng.randint(6, len(everyone))), key=lambda p: p.student_id)
    style = rng.choice(STYLES)
    dates = rng.choice(list(DATE_STYLES))
    identity, has_ids = identity_blocks(rows, rng)
    made = Tracker(number, f"{style}, {dates}", "", [], set(), {}, people=rows, has_ids=has_ids)
    title = rng.choice([[], [], [], [["Class of 2029 Step 1 Tracker (updated 11/20/2026)"]], [["M2 tracker"], []]])
    first_row = len(title) + (3 if style == "two lines" else 2)
    blocks = _scores(rows, style, dates, first_row, made, rng)
    extra = [*extra_blocks(rows, rng), *_step(rows, dates, made, rng)]
    for group in (identity, blocks, extra):
        if group is not blocks or style != "one date":
            rng.shuffle(group)
    if style == "one date" and (dates_of_all := _one_date(rows, dates, made)):
        blocks.insert(rng.choice([0, len(blocks)]), dates_of_all)
    groups = [identity, blocks, extra] if rng.random() < 0.7 else rng.choice(
        [[identity, extra, blocks], [extra, identity, blocks], [blocks, identity, extra]])
    made.text = _text(title, [b for g in groups for b in g], len(rows), style == "two lines")
    made.describes += f"; {'; '.join(h for b in identity for h in b.headers)}"
    return made


def _text(title: list[list[str]], blocks: list[Block], count: int, two_lines: bool) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    width = sum(len(b.headers) for b in blocks)
    for line in title:
        writer.writerow([*line, *[""] * (width - len(line))])
    if two_lines:
        writer.writerow([cell for b in blocks for cell in [b.upper, *[""] * (len(b.headers) - 1)]])
    writer.writerow([h for b in blocks for h in b.headers])
    for i in range(count):
        writer.writerow([column[i] for b in blocks for column in b.cells])
    return out.getvalue()


def _one_date(rows: list[Person], dates: str, made: Tracker) -> Block | None:
    by_row = {s.student_id: s.day for s in made.scores if s.day and s.header not in made.days}
    return Block(["Date"], [[DATE_STYLES[dates](by_row[p.student_id]) if p.student_id in by_row else ""
                             for p in rows]]) if by_row else None


def _scores(rows: list[Person], style: str, dates: str, first_row: int, made: Tracker, rng: Random) -> list[Block]:
    """The blocks of scores; adds the truth of their cells, and the days of columns that have none."""
    blocks = []
    start = date(2026, 8, 3) + timedelta(days=rng.randrange(14))
    spelling = rng.randrange(len(FORMS))
    kinds = chosen_kinds(rng)
    sittings = Counter(kind.of for kind in kinds)
    for kind in kinds:
        start += timedelta(days=rng.randint(5, 8))
        label = kind.label(spelling)
        own_days: list[date | None] = [start + timedelta(days=rng.randrange(4)) for _ in rows]
        has_dates = style in DATED and not kind.is_bank
        if style == "one date":  # which of two sittings of one form it is of, the sheet does not say
            has_dates = sittings[kind.of] == 1
            own_days = [date(2026, 10, 5) + timedelta(days=i % 4) for i in range(len(rows))]
        header = label if kind.is_bank else score_header(style, label, DATE_STYLES[dates](start))
        if style == "day in header" and not kind.is_bank:
            own_days, has_dates = [start] * len(rows), True
        elif not has_dates:
            is_known = rng.random() < 0.5
            made.days[header] = start.isoformat() if is_known else "unknown"
            own_days = [start if is_known else None] * len(rows)
        beside = has_dates and style not in ("one date", "day in header")
        column = ScoreColumn(kind, header, first_row, beside, DATE_STYLES[dates])
        scores, days, cells = column.filled(rows, own_days, rng)
        made.scores += cells
        blocks.append(score_block(style, label, header, scores, days, has_dates and style != "one date"))
    return blocks


@dataclass(frozen=True)
class ScoreColumn:
    """A column of one instrument's scores, perhaps with its own column of dates beside it."""

    kind: ScoreKind
    header: str
    first_row: int
    has_own_dates: bool
    shown: Callable[[date], str]

    def filled(
        self, rows: list[Person], days: list[date | None], rng: Random
    ) -> tuple[list[str], list[str], list[ScoreCell]]:
        """The texts of the scores and of their days, and the truth about them."""
        scores, texts, cells = [], [], []
        for i, (person, day) in enumerate(zip(rows, days, strict=True)):
            text, value = self.kind.value(rng) if rng.random() > BLANK else (rng.choice(NO_SCORES), None)
            is_dateless = self.has_own_dates and value is not None and rng.random() < DATELESS
            scores.append(text)
            texts.append(rng.choice(["", "TBD"]) if is_dateless else
                         "" if value is None or not day else self.shown(day))
            if value is not None:
                cells.append(ScoreCell(person.student_id, *self.kind.of, value, None if is_dateless else day,
                                       self.header, self.first_row + i, is_dateless))
        return scores, texts, cells


def _step(rows: list[Person], dates: str, made: Tracker, rng: Random) -> list[Block]:
    """Columns of Step 1: a planned date, or attempts with their results."""
    shown = DATE_STYLES[dates]
    kind = rng.choice([None, None, "plan", "result", "two attempts"])
    if kind is None:
        return []
    if kind == "plan":
        days = [rng.choice([date(2027, 3, 15) + timedelta(days=rng.randrange(30)), None]) for _ in rows]
        made.planned = {p.student_id: d for p, d in zip(rows, days, strict=True) if d}
        return [Block([rng.choice(STEP)], [[shown(d) if d else rng.choice(["", "TBD"]) for d in days]])]
    outcomes = [rng.choice(["Pass", "Pass", "Fail", ""]) for _ in rows]
    first = [date(2026, 5, 4) + timedelta(days=rng.randrange(20)) for _ in rows]
    headers = rng.choice(RESULTS)
    blocks = [Block([*headers[:2]],
                    [[shown(d) if o else "" for o, d in zip(outcomes, first, strict=True)], outcomes])]
    made.attempts |= {(p.student_id, "Step 1", o.lower(), d)
                      for p, o, d in zip(rows, outcomes, first, strict=True) if o}
    if kind == "two attempts":
        again = ["Pass" if o == "Fail" and rng.random() < 0.6 else "" for o in outcomes]
        second = [d + timedelta(days=100) for d in first]
        blocks.append(Block([*headers[2:]],
                            [[shown(d) if o else "" for o, d in zip(again, second, strict=True)], again]))
        made.attempts |= {(p.student_id, "Step 1", o.lower(), d)
                          for p, o, d in zip(rows, again, second, strict=True) if o}
    return blocks
