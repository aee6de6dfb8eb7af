"""A good sheet of each kind, as a table: the first rows of the sample class's sheets, and a tracker."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from tests.sheets.spoiling import Table

SAMPLE = Path(__file__).parents[2] / "sample_data" / "sheets"
ROWS = 10
KINDS = {"roster": "roster", "attempts": "attempts", "assessments": "other_assessments", "areas beside": "cbse",
         "content_areas": "content_areas", "topics": "topics", "self_analysis": "self_analysis", "tutors": "tutors",
         "sessions": "sessions"}
TRACKER = """Student ID,Last Name,First Name,NBME 26 Date,NBME 26,CBSE Date,CBSE,Advisor
02976993,Achterberg,Paloma,2026-09-01,61,2026-10-13,58,Dr Lund
02982233,Adeyinka,Uma,2026-09-02,72,2026-10-14,66,Dr Lund
02952326,Aguirre,Arjun,2026-09-15,55,2026-10-15,70,Dr Osei
02952327,Brandt,Theodor,2026-09-16,66,2026-10-16,71,Dr Osei
02952328,Cho,Jin-ah,2026-09-17,48,2026-10-17,59,Dr Osei
02952329,Desai,Ravi,2026-09-18,81,2026-10-18,78,Dr Lund
"""


def good_sheets() -> dict[str, Table]:
    sheets = {kind: _table((SAMPLE / f"{name}.csv").read_text(encoding="utf-8"))[: ROWS + 1]
              for kind, name in KINDS.items()}
    sheets["assessments"] = [[_iso(c, "%m/%d/%Y") for c in cells] for cells in sheets["assessments"]]
    sheets["sessions"] = [[_iso(c, "%d-%b-%y") for c in cells] for cells in sheets["sessions"]]
    return {**sheets, "tracker": _table(TRACKER)}


def _table(text: str) -> Table:
    return list(csv.reader(io.StringIO(text)))


def _iso(text: str, written: str) -> str:
    try:
        return datetime.strptime(text, written).replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        return text
