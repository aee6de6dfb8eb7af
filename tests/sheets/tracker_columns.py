"""The columns of scores of made-up trackers: their instruments, the spellings of their headers, and their values."""

from dataclasses import dataclass
from random import Random

FORMS = ["NBME {}", "NBME{}", "NBME Form {}", "CBSSA {}", "NBME #{}"]
RESULTS = [
    ("Step 1 Date", "Step 1 Result", "Step 1 Attempt 2 Date", "Step 1 Attempt 2 Result"),
    ("Step 1 Date", "Step 1 P/F", "Step 1 Date (2nd)", "Step 1 P/F (2nd)"),
    ("Step 1 Date Taken", "Step 1 Outcome", "Step 1 Retake Date", "Step 1 Retake Outcome"),
    ("Step 1 #1 Date", "Step 1 #1 Pass/Fail", "Step 1 #2 Date", "Step 1 #2 Pass/Fail"),
    ("USMLE Step 1 Date", "USMLE Step 1", "USMLE Step 1 Attempt 2 Date", "USMLE Step 1 Attempt 2"),
]
STEP = ["Step 1 Date", "Planned Step 1 Date", "Planned Test Date", "Step 1 Scheduled", "Step 1 Test Date"]


@dataclass(frozen=True)
class ScoreKind:
    """One instrument with its form, the spellings of its header, and the range of its scores."""

    instrument: str
    form: str
    labels: list[str]
    low: int
    high: int
    percent: bool = False
    is_bank: bool = False

    @property
    def of(self) -> tuple[str, str]:
        return self.instrument, self.form

    def label(self, spelling: int) -> str:
        return self.labels[spelling % len(self.labels)]

    def value(self, rng: Random) -> tuple[str, float]:
        """A score as text, and the score."""
        score = rng.randint(self.low, self.high)
        text = f"{score}%" if self.percent else str(score)
        return text + ("*" if rng.random() < 0.01 else ""), float(score)


def chosen_kinds(rng: Random) -> list[ScoreKind]:
    """The instruments of one tracker."""
    forms = sorted(rng.sample(range(26, 34), rng.randint(1, 4)))
    kinds = [ScoreKind("CBSSA", str(f), [name.format(f) for name in FORMS], 42, 85) for f in forms]
    kinds += rng.choice([[], _cbse(["CBSE"]), _cbse(["CBSE #1", "CBSE #2"]), _cbse(["CBSE Dec", "CBSE Feb"]),
                         _cbse(["CBSE 1st", "CBSE 2nd"]),
                         _cbse(["CBSE Attempt 1", "CBSE Attempt 2"]), _cbse(["CBSE Baseline", "CBSE Final"]),
                         _cbse(["CBSE Fall 2025", "CBSE Spring 2026"]), _cbse(["CBSE (Dec)", "CBSE (Feb)"]),
                         _cbse(["CBSE 1", "CBSE 2"])])
    if rng.random() < 0.5:
        low, high, percent = rng.choice([(180, 265, False), (45, 85, True), (45, 85, False)])
        kinds += [ScoreKind("UWSA", str(n), [f"UWSA {n}", f"UWSA{n}", f"UWorld SA {n}"], low, high, percent)
                  for n in range(1, rng.randint(2, 4))]
    if rng.random() < 0.5:
        kinds.append(ScoreKind("Free 120", "", ["Free 120", "Free120"], 48, 90, rng.random() < 0.5))
    if rng.random() < 0.2:
        kinds.append(ScoreKind("COMSAE", "", ["COMSAE", "COMSAE Phase 1"], 330, 640))
    if rng.random() < 0.3:
        kinds.append(ScoreKind("question bank", "", ["UWorld % Correct", "UWorld %"], 45, 80, rng.random() < 0.6, True))
    return kinds


def _cbse(labels: list[str]) -> list[ScoreKind]:
    return [ScoreKind("CBSE", "", [label], 40, 82) for label in labels]
