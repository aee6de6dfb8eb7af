"""Labels of content areas on a sheet: those nobody knows yet, those a person decided on, and what one may mean."""

from collections import Counter

import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler

from pipelines.contracts.accounts import HeldRule
from pipelines.policy import Policy
from pipelines.sheets.files.text_table import TextTable
from pipelines.sheets.headers.vocabulary import ALIKE, READABLE, areas_of, label_key, labels_in
from pipelines.sheets.report import SheetReport
from pipelines.sheets.rows.cell_values import Cell, Lookup
from pipelines.sheets.rows.column_scan import is_person

MOST_PERCENT = 100
JOINING = {"and", "of", "the", "system", "systems"}  # say nothing of which area it is


def unknown_areas(table: TextTable, cells: list[Cell], lookups: dict[str, Lookup], policy: Policy) -> dict[str, int]:
    """Each label that no outline and no decision knows, as written, with how many rows carry it (of a column beside
    scores: how many are filled)."""
    known = areas_of(policy)
    found: Counter[str] = Counter()
    for cell in cells:
        if cell.way not in ("area", "areas"):
            continue
        looked = lookups[cell.at]
        texts = [*looked.wrong.get(HeldRule.UNKNOWN_AREA, []), *(looked.values if cell.way == "areas" else [])]
        odd = {t: [label for label in labels_in(t) if label_key(label) not in known] for t in texts}
        odd = {t: labels for t, labels in odd.items() if labels}
        if odd:
            carried = table.rows.filter(is_person(table), pl.col(cell.at).is_in(list(odd))).group_by(cell.at).len()
            for text, rows in carried.collect(engine="streaming").sort(cell.at).iter_rows():
                for label in odd[text]:
                    found[label] += rows
    return {**_beside_scores(table, known), **found}


def _beside_scores(table: TextTable, known: dict[str, str]) -> dict[str, int]:
    """Unused columns of a sheet of scores that look like areas: numbers from 0 to 100, in a sheet that has other
    areas, or under a name like an area's."""
    found = table.found
    if found.kind.name != "assessments" or found.scores:
        return {}
    has_areas = any(m.is_area for m in found.columns)
    unused = set(found.unused) - set(found.by.headers if found.by else [])  # what a layout is known by is no area
    places = {i: c.strip() for i, c in enumerate(found.cells) if c.strip() in unused and label_key(c) not in known}
    if not has_areas:
        places = {i: h for i, h in places.items() if _likest(h, known, ALIKE)}
    if not places:
        return {}
    texts = {i: pl.col(f"c{i}") for i in places}
    number = {i: t.str.strip_chars_end("% ").cast(pl.Float64, strict=False) for i, t in texts.items()}
    told = table.rows.filter(is_person(table)).select(
        **{f"filled {i}": t.is_not_null().sum() for i, t in texts.items()},
        **{f"percents {i}": number[i].is_between(0, MOST_PERCENT).sum() for i in places},
    ).collect(engine="streaming").to_dicts()[0]
    return {
        header: told[f"filled {i}"] for i, header in places.items()
        if told[f"percents {i}"] and told[f"percents {i}"] >= READABLE * told[f"filled {i}"]
    }


def decided_areas(
    table: TextTable, cells: list[Cell], lookups: dict[str, Lookup], policy: Policy
) -> dict[str, str]:
    """The labels on this sheet that a person decided on, each with what was decided."""
    decided = {label_key(label): area for label, area in policy.blueprint.area_labels.items()}
    if not decided:
        return {}
    headers = found.cells if (found := table.found).kind.name == "assessments" else []
    texts = [
        text for c in cells if c.way in ("area", "areas")
        for text in [*lookups[c.at].values, *(t for ts in lookups[c.at].wrong.values() for t in ts)]
    ]
    there = {label_key(label) for text in texts for label in labels_in(text)} | {label_key(h) for h in headers}
    return {label: area for label, area in sorted(decided.items()) if label in there}


def doubts_of(unknown: dict[str, int]) -> list[str]:
    """What a person is told of the labels that wait."""
    if not unknown:
        return []
    named = ", ".join(f"“{label}” ({rows:,})" for label, rows in list(unknown.items())[:5])
    more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
    return [f"No content area we know: {named}{more}. Say on the Upload page or with passline areas which they are; "
            "until then they count nowhere."]


def follows_area_decisions(report: SheetReport, labels: dict[str, str]) -> bool:
    """True where a reading is what it would be with these decisions: label, as it is compared -> area or ""."""
    open_labels = [*report.areas_unknown, *(report.unused if report.kind == "assessments" else [])]
    there = {key for label in open_labels if (key := label_key(label)) in labels} | set(report.areas_decided)
    return all(labels.get(key) == report.areas_decided.get(key) for key in there)


def suggested_areas(label: str, policy: Policy, most: int = 2) -> list[str]:
    """Names of the areas whose labels are most like this one, word by word; a person decides. None where none is."""
    words = _words(label_key(label))
    best: dict[str, float] = {}
    for key, area in areas_of(policy).items():
        if area and words:
            alike = [max(JaroWinkler.normalized_similarity(w, k) for k in _words(key) or [""]) for w in words]
            best[area] = max(best.get(area, 0.0), 100 * sum(alike) / len(alike))
    likely = [area for area in sorted(best, key=lambda a: -best[a]) if best[area] >= ALIKE]
    return likely[:most]


def _words(key: str) -> list[str]:
    return [word for word in key.split() if word not in JOINING]


def _likest(header: str, known: dict[str, str], least: float) -> bool:
    names = [key for key, area in known.items() if area]
    best = process.extractOne(label_key(header), names, scorer=fuzz.token_set_ratio, score_cutoff=least)
    return best is not None
