"""Block order: students beside those who are weak at the same things, so that a picture shows blocks."""

import numpy as np
import polars as pl


def block_order(cells: pl.DataFrame) -> tuple[list[str], list[str]]:
    """Student ids and areas in an order in which alike stand together, from student_id, area and `value` cells.

    The angle in the plane of the first two principal components orders students, the first component areas; both are
    the same on every run. A missing cell is the area's mean.
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
    # The circle is cut where the gap between neighbours is widest, so that no block is torn.
    gaps = np.diff(np.append(angle, angle[0] + 2 * np.pi))
    start = angle[(int(gaps.argmax()) + 1) % len(angle)]
    turned = (np.arctan2(place[:, 1], place[:, 0]) - start) % (2 * np.pi)
    return wide["student_id"][np.argsort(turned, kind="stable")].to_list(), [
        names[i] for i in np.argsort(-axes[1], kind="stable")
    ]
