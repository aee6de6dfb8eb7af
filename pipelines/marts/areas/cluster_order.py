"""Block order: students with similar weaknesses next to each other, so that a heat map shows blocks."""

import numpy as np
import polars as pl


def block_order(cells: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Student ids and areas, similar ones together, from cells of student_id, area and `value`.

    Students are ordered by their angle in the plane of the first two principal components, areas by the first
    component; both are the same on every run. A missing cell counts as the area's mean.
    """
    wide = cells.pivot("area", index="student_id", values="value", maintain_order=True).sort("student_id")
    names = sorted(c for c in wide.columns if c != "student_id")
    grid = wide.select(names).to_numpy().astype(float)
    if grid.shape[0] < 3 or grid.shape[1] < 3:
        return wide["student_id"].to_list(), names
    grid = np.where(np.isnan(grid), np.nanmean(grid, axis=0), grid)
    grid = grid - grid.mean(axis=0)
    _, _, axes = np.linalg.svd(grid, full_matrices=False)
    axes = axes * np.where(axes.sum(axis=1) < 0, -1.0, 1.0)[:, None]
    place = grid @ axes[:2].T
    angle = np.sort(np.arctan2(place[:, 1], place[:, 0]))
    # The circle is cut at the widest gap between neighbors, so that no block is split.
    gaps = np.diff(np.append(angle, angle[0] + 2 * np.pi))
    start = angle[(int(gaps.argmax()) + 1) % len(angle)]
    turned = (np.arctan2(place[:, 1], place[:, 0]) - start) % (2 * np.pi)
    return wide["student_id"][np.argsort(turned, kind="stable")].to_list(), [
        names[i] for i in np.argsort(-axes[1], kind="stable")
    ]
