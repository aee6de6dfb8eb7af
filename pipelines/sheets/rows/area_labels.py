"""Content-area labels on a sheet: unknown ones, ones a person decided on, and suggestions for a label."""

from collections import Counter

import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from pipelines.contracts.accounts import HeldRule
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.vocabulary import ALIKE, READABLE, areas_of, label_key, labels_in
from pipelines.sheets.report import SheetReport
from pipelines.sheets.rows.cell_values import Lookup
from pipelines.sheets.rows.cells import Cell
from pipelines.sheets.rows.column_scan import is_person

PERCENT = 100
IGNORED_WORDS = {"and", "of", "the", "system", "systems"}  # in many labels, so they distinguish no area


def unknown_areas(table: TextTable, cells: list[Cell], lookups: dict[str, Lookup], policy: Policy) -> dict[str, int]:
    """Each label that neither an outline nor a decision explains, as written, with how many rows have it (for a column
    beside scores: how many cells are filled)."""
    known = areas_of(policy)
    rows_of: Counter[str] = Counter()
    for cell in cells:
        if cell.value_type not in ("area", "areas"):
            continue
        lookup = lookups[cell.source]
        texts = [*lookup.wrong.get(HeldRule.UNKNOWN_AREA, []), *(lookup.values if cell.value_type == "areas" else [])]
        unknown = {t: [label for label in labels_in(t) if label_key(label) not in known] for t in texts}
        unknown = {t: labels for t, labels in unknown.items() if labels}
        if unknown:
            with_label = table.rows.filter(is_person(table), pl.col(cell.source).is_in(list(unknown)))
            counts = with_label.group_by(cell.source).len()
            for text, rows in counts.collect(engine="streaming").sort(cell.source).iter_rows():
                for label in unknown[text]:
                    rows_of[label] += rows
    return {**_area_like_columns(table, known), **rows_of}


def _area_like_columns(table: TextTable, known: dict[str, str]) -> dict[str, int]:
    """Unused columns of a sheet of scores that look like areas: numbers from 0 to 100, in a sheet with other areas or
    under a name like an area's."""
    header = table.header
    if header.kind.name != "assessments" or header.scores:
        return {}
    has_areas = any(m.is_area for m in header.columns)
    unused = set(header.unused)
    if header.layout:
        unused -= set(header.layout.headers)  # headers that identify the layout are not areas
    places = {i: c.strip() for i, c in enumerate(header.cells) if c.strip() in unused and label_key(c) not in known}
    if not has_areas:
        places = {i: h for i, h in places.items() if _is_like_an_area(h, known)}
    if not places:
        return {}
    texts = {i: pl.col(f"c{i}") for i in places}
    number = {i: t.str.strip_chars_end("% ").cast(pl.Float64, strict=False) for i, t in texts.items()}
    counts = table.rows.filter(is_person(table)).select(
        **{f"filled {i}": t.is_not_null().sum() for i, t in texts.items()},
        **{f"percents {i}": number[i].is_between(0, PERCENT).sum() for i in places},
    ).collect(engine="streaming").to_dicts()[0]
    return {
        text: counts[f"filled {i}"] for i, text in places.items()
        if counts[f"percents {i}"] and counts[f"percents {i}"] >= READABLE * counts[f"filled {i}"]
    }


def decided_areas(
    table: TextTable, cells: list[Cell], lookups: dict[str, Lookup], policy: Policy
) -> dict[str, str]:
    """The labels on this sheet that a person decided on, each with the decided area."""
    decided = {label_key(label): area for label, area in policy.blueprint.area_labels.items()}
    if not decided:
        return {}
    headers = table.header.cells if table.header.kind.name == "assessments" else []
    texts = [
        text for c in cells if c.value_type in ("area", "areas")
        for text in [*lookups[c.source].values, *(t for ts in lookups[c.source].wrong.values() for t in ts)]
    ]
    there = {label_key(label) for text in texts for label in labels_in(text)} | {label_key(h) for h in headers}
    return {label: area for label, area in sorted(decided.items()) if label in there}


def unknown_area_doubts(unknown: dict[str, int]) -> list[str]:
    """The doubt about labels that wait for a decision."""
    if not unknown:
        return []
    named = ", ".join(f"“{label}” ({rows:,})" for label, rows in list(unknown.items())[:5])
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    return [f"Unknown content areas: {named}{more}. Choose their areas; until then they count nowhere."]


def follows_area_decisions(report: SheetReport, decided: dict[str, str]) -> bool:
    """True where the sheet was read with these decisions: label -> area, or "" for no area."""
    labels = {label_key(label): area for label, area in decided.items()}
    open_labels = [*report.areas_unknown, *(report.unused if report.kind == "assessments" else [])]
    there = {key for label in open_labels if (key := label_key(label)) in labels} | set(report.areas_decided)
    return all(labels.get(key) == report.areas_decided.get(key) for key in there)


def suggested_areas(label: str, policy: Policy, most: int = 2) -> list[str]:
    """The areas whose labels are most like this one, word by word; a person decides. Empty where none is alike."""
    words = _words(label_key(label))
    best: dict[str, float] = {}
    for key, area in areas_of(policy).items():
        if area and words:
            alike = [max(JaroWinkler.normalized_similarity(w, k) for k in _words(key) or [""]) for w in words]
            best[area] = max(best.get(area, 0.0), 100 * sum(alike) / len(alike))
    likely = [area for area in sorted(best, key=lambda a: -best[a]) if best[area] >= ALIKE]
    return likely[:most]


def _words(key: str) -> list[str]:
    return [word for word in key.split() if word not in IGNORED_WORDS]


def _is_like_an_area(text: str, known: dict[str, str]) -> bool:
    names = [key for key, area in known.items() if area]
    best = process.extractOne(label_key(text), names, scorer=fuzz.token_set_ratio, score_cutoff=ALIKE)
    return best is not None
