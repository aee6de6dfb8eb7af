"""Around the scores: missed topics, what students say of a failure, tutors and their sessions."""

import numpy as np
import polars as pl

from sample_data.sittings import History

TOPICS = """
Acid-base disorders; Renal tubular transport; Cardiac action potentials; Murmurs; Heart failure; Coagulation cascade;
Anemias; Leukemias; Lysosomal storage diseases; Glycolysis and gluconeogenesis; Urea cycle; Vitamin deficiencies;
Autonomic drugs; Antiarrhythmics; Antibiotic mechanisms; Cytochrome interactions; Gram-negative rods; Herpesviruses;
Parasites; Hypersensitivity; Complement; Immunodeficiencies; Brachial plexus; Cranial nerves; Spinal cord lesions;
Stroke syndromes; Seizure drugs; Thyroid disease; Adrenal disorders; Diabetes drugs; Menstrual cycle; Teratogens;
Hepatitis serology; Inflammatory bowel disease; Bias and study design; Sensitivity and specificity; Ethics and consent;
Collagen disorders; Glomerular disease; Obstructive lung disease
"""
TOPIC_NAMES = [" ".join(topic.split()) for topic in TOPICS.split(";")]
REASONS = {
    "knowledge": 0.6, "time_in_exam": 0.35, "anxiety": 0.45, "stuck_on_earlier": 0.3, "studied_alone": 0.5,
    "too_many_resources": 0.4, "weaknesses_avoided": 0.45, "assessments_ignored": 0.35, "date_too_early": 0.3,
    "no_help_asked": 0.4,
}
ERRORS = {"knowledge": 0.6, "misread": 0.2, "time": 0.12, "changed_answer": 0.08}
TUTORS = [
    ("T01", "Mira Oyelaran", ["Biochemistry", "Nutrition", "Genetics"], 6),
    ("T02", "Tomas Halvorsen", ["Physiology", "Cardiovascular", "Respiratory & Renal/Urinary"], 8),
    ("T03", "Farah Ibarra", ["Pharmacology"], 5),
    ("T04", "Rhys Waweru", ["Microbiology", "Immunology"], 6),
    ("T05", "Leila Castellano", ["Pathology", "Blood & Lymphoreticular/Immune"], 8),
    ("T06", "Joon Desai", ["Biostatistics & Epidemiology/Population Health", "Behavioral Sciences"], 4),
    ("T07", "Niamh Kimathi", ["Gross Anatomy & Embryology", "Musculoskeletal, Skin & Subcutaneous Tissue"], 5),
    ("T08", "Aurelio Tesfaye", ["Reproductive & Endocrine", "Histology & Cell Biology"], 3),
]


def make_topics(who: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    """Six to twelve topics of each student's question bank: items, missed, and why."""
    count = rng.integers(6, 13, len(who))
    order = np.argsort(rng.random((len(who), len(TOPIC_NAMES))), axis=1)
    row, place = np.nonzero(np.arange(len(TOPIC_NAMES)) < count[:, None])
    items = rng.integers(8, 45, len(row))
    bank = np.where(rng.random(len(who)) < 0.75, "UWorld", "AMBOSS")[row]
    return pl.DataFrame({
        "who": who[row], "topic": np.array(TOPIC_NAMES)[order[row, place]], "items": items,
        "missed": rng.binomial(items, np.clip(rng.normal(0.42, 0.12, len(row)), 0.1, 0.8)), "source": bank,
        "day": -rng.integers(2, 60, len(row)),
        "error_type": rng.choice(list(ERRORS), len(row), p=list(ERRORS.values())),
    })


def make_self_analysis(fails: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """What six in seven say of a failed sitting: confidence on leaving, reasons, hours and resources."""
    analyzed = fails.filter(pl.Series(rng.random(len(fails)) < 0.85)).select("who", "exam", "day")
    n = len(analyzed)
    named_reasons = {reason: np.where(rng.random(n) < share, "yes", "no") for reason, share in REASONS.items()}
    return analyzed.with_columns(
        confidence=pl.Series(rng.integers(1, 6, n)),
        **{reason: pl.Series(answers, dtype=pl.String) for reason, answers in named_reasons.items()},
        weekly_hours=pl.Series(rng.integers(4, 14, n) * 5), resources=pl.Series(rng.integers(2, 9, n)),
    )


def make_sessions(tutored: np.ndarray, rng: np.random.Generator) -> pl.DataFrame:
    """Weekly sessions with one tutor each, in one of the tutor's areas, the last within five weeks of as_of."""
    count = rng.integers(2, 10, len(tutored))
    last = rng.integers(1, 36, len(tutored))
    tutor = rng.integers(0, len(TUTORS), len(tutored))
    row, week = np.nonzero(np.arange(10) < count[:, None])
    areas = [TUTORS[tutor[r]][2] for r in row]
    pick = rng.integers(0, 3, len(row))
    return pl.DataFrame({
        "who": tutored[row], "tutor_id": np.array([t[0] for t in TUTORS])[tutor[row]],
        "day": -(last[row] + 7 * week),
        "hours": rng.choice([1.0, 1.5, 2.0], len(row), p=[0.6, 0.3, 0.1]),
        "area": pl.Series([theirs[p % len(theirs)] for theirs, p in zip(areas, pick, strict=True)], dtype=pl.String),
    }).sort("who", "day")


def tutor_table() -> pl.DataFrame:
    """The school's eight tutors, as their sheet lists them."""
    return pl.DataFrame({
        "tutor_id": [t[0] for t in TUTORS], "name": [t[1] for t in TUTORS],
        "areas": ["; ".join(t[2]) for t in TUTORS], "hours_per_week": [str(t[3]) for t in TUTORS],
        "email": [f"{t[1].lower().replace(' ', '.')}@example.edu" for t in TUTORS],
    })


def weakest(history: History, readiness: np.ndarray, class_index: np.ndarray, share: float) -> np.ndarray:
    """The students of the two youngest classes with unfinished business and the lowest readiness, a share of each."""
    open_aims = history.aims.filter(pl.col("day") > 0)["who"].unique().sort().to_numpy()
    young = open_aims[class_index[open_aims] <= 1]
    return np.sort(young[np.argsort(readiness[young], kind="stable")[: max(8, round(share * len(young)))]])
