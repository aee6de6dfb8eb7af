"""The blocks of columns of made-up trackers: who the students are, their scores, and columns that are no results."""

from dataclasses import dataclass
from random import Random

IDS = ["Student ID", "ID", "SID", "EMPLID", "Student ID#", "Banner ID", "Student Number"]


@dataclass(frozen=True)
class Person:
    student_id: str
    last: str
    first: str
    email: str
    program: str
    advisor: str


@dataclass
class Block:
    """Columns that stand together: their headers, and their cells by person."""

    headers: list[str]
    cells: list[list[str]]
    upper: str = ""
    score_at: int | None = None


def identity_blocks(rows: list[Person], rng: Random) -> tuple[list[Block], bool]:
    ids = Block([rng.choice(IDS)], [[p.student_id for p in rows]])
    names = rng.choice([
        [Block(["Last Name"], [[p.last for p in rows]]), Block(["First Name"], [[p.first for p in rows]])],
        [Block(["Last"], [[p.last for p in rows]]), Block(["First"], [[p.first for p in rows]])],
        [Block([rng.choice(["Name", "Student"])], [[f"{p.first} {p.last}" for p in rows]])],
        [Block([rng.choice(["Name", "Student Name", "Student"])], [[f"{p.last}, {p.first}" for p in rows]])],
    ])
    mail = Block([rng.choice(["Email", "E-mail"])], [[p.email for p in rows]])
    program = Block(["Program"], [[p.program for p in rows]])
    year = Block([rng.choice(["Class", "Class of", "Cohort"])], [["2029"] * len(rows)])
    advisor = Block(["Advisor"], [[p.advisor for p in rows]])
    choice = rng.randrange(6)
    identity = [[ids, *names], [ids, *names], names, [ids, mail], [ids], [ids, *names, program, year, advisor]][choice]
    return list(identity), choice != 2


def score_header(style: str, label: str, day: str) -> str:
    """The header of a column of scores; of a header on two lines, both."""
    return {
        "score": f"{label} Score", "day in header": f"{label} ({day})", "date and score": f"{label} Score",
        "of": f"Score {label}", "in brackets": f"{label} (score)", "taken": f"{label} - Score",
        "two lines": f"{label} Score",
    }.get(style, label)


def score_block(style: str, label: str, header: str, scores: list[str], days: list[str], has_dates: bool) -> Block:
    if not has_dates or style == "day in header":
        return Block([""], [scores], upper=header) if style == "two lines" else Block([header], [scores])
    match style:
        case "date and score":
            return Block([f"{label} Date", header], [days, scores])
        case "score first":
            return Block([header, f"{label} Date"], [scores, days])
        case "of":
            return Block([f"Date of {label}", header], [days, scores])
        case "taken":
            return Block([f"{label} - Date Taken", header], [days, scores])
        case "bare dates before":
            return Block(["Date", header], [days, scores])
        case "bare dates":
            return Block([header, "Date"], [scores, days])
    return Block(["Date", "Score"], [days, scores], upper=label)


def extra_blocks(rows: list[Person], rng: Random) -> list[Block]:
    """Columns that are no results to store."""
    columns = {
        "Notes": lambda: rng.choice(["", "meets weekly", "considering delay"]),
        "Phone": lambda: f"555-01{rng.randrange(100):02}",
        "UWorld % Complete": lambda: f"{rng.randint(20, 99)}%",
        "NBME Avg": lambda: f"{rng.randint(48, 80)}.5",
        "CBSE goal": lambda: str(rng.randint(62, 75)),
        "Learning Specialist": lambda: rng.choice(["Park", "Reyes"]),
    }
    return [Block([header], [[make() for _ in rows]])
            for header, make in columns.items() if rng.random() < 0.3]
