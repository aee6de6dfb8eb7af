"""Short names of content areas, and one student's areas and the class's as the charts draw them."""

import polars as pl

# The blueprint's long names, as they fit on an axis; every other name is short enough as it stands.
SHORT = {
    "Respiratory & Renal/Urinary": "Respiratory & Renal",
    "Behavioral Health & Nervous Systems/Special Senses": "Behavioral & Nervous",
    "Blood & Lymphoreticular/Immune": "Blood & Immune",
    "Musculoskeletal, Skin & Subcutaneous Tissue": "Musculoskeletal & Skin",
    "Multisystem Processes & Disorders": "Multisystem",
    "Social Sciences: Communication & Interpersonal Skills": "Social Sciences",
    "Biostatistics & Epidemiology/Population Health": "Biostatistics & Epi",
    "Gross Anatomy & Embryology": "Anatomy & Embryology",
    "Medical Knowledge: Applying Foundational Science Concepts": "Medical Knowledge",
    "Patient Care: Diagnosis": "Diagnosis",
    "Communication & Interpersonal Skills": "Communication",
    "Practice-based Learning & Improvement": "Practice-based Learning",
    "Osteopathic Principles, Practice & Manipulative Treatment": "Osteopathic (OMM)",
}
AXES = ["system", "discipline", "competency"]


def short_area(name: str) -> str:
    """The area's name as an axis shows it."""
    return SHORT.get(name, name)


def named_weights(estimates: pl.DataFrame) -> pl.DataFrame:
    """Estimates with `short` and `label` (short name and blueprint weight) and `state` in words, heaviest first."""
    return (
        estimates.with_columns(short=pl.col("area").replace(SHORT))
        .with_columns(
            label=pl.format("{} · {} %", "short", (pl.col("weight") * 100).round(0).cast(pl.Int32)),
        )
        .sort("weight", "area", descending=[True, False])
    )


def with_state(estimates: pl.DataFrame) -> pl.DataFrame:
    """Estimates with `state`: weak, not weak, or not known yet."""
    return estimates.with_columns(
        state=pl.when(pl.col("weak"))
        .then(pl.lit("weak"))
        .when(pl.col("weak").not_())
        .then(pl.lit("not weak"))
        .otherwise(pl.lit("not known yet"))
    )


def weak_claim(estimates: pl.DataFrame, axis: str, named: int = 3) -> str:
    """One sentence: the weak areas by name, heaviest first, of how many."""
    all_areas = with_state(named_weights(estimates))
    if all_areas.is_empty():
        return f"No {axis} scores yet"
    weak = all_areas.filter(pl.col("state") == "weak").get_column("short").to_list()
    unknown = all_areas.filter(pl.col("state") == "not known yet").height
    if not weak:
        rest = f"; {unknown} not known yet" if unknown else ""
        return f"None of {all_areas.height} {plural(axis)} weak{rest}"
    more = f" and {len(weak) - named} more" if len(weak) > named else ""
    return f"Weak: {', '.join(weak[:named])}{more}"


def items_needed(estimates: pl.DataFrame, named: int = 3) -> str:
    """How many more questions the areas not known yet need, fewest first; and areas that reports marked lower."""
    near = estimates.filter(pl.col("items_to_tell").is_not_null()).sort("items_to_tell", "area").head(named)
    questions = ", ".join(f"{r['short']} about {r['items_to_tell']}" for r in near.to_dicts())
    lower = estimates.filter(pl.col("lower_than_low_passers") > 0)["short"].to_list()
    first = estimates.filter(pl.col("lower_than_first_takers") > 0)["short"].to_list()
    parts = [
        f"More questions needed to know: {questions}." if questions else "",
        f"Lower than low passers on a failing report: {', '.join(lower)}." if lower else "",
        f"Lower than first takers, not than the passing line, on a self-assessment or Level 1: {', '.join(first)}."
        if first else "",
    ]
    return " ".join(p for p in parts if p)


def first_axis(estimates: pl.DataFrame) -> str:
    """The first axis on which anything is known; systems where nothing is."""
    known = set(estimates["axis"].unique())
    return next((axis for axis in AXES if axis in known), AXES[0])


def plural(axis: str) -> str:
    """`systems`, `disciplines`, `competencies`."""
    return "competencies" if axis == "competency" else f"{axis}s"
