"""Bone density by DXA: the lowest valid T-score and the diagnosis it stands for.

Osteoporosis below -2.5 (the study; the WHO's definition, Technical Report 843, 1994, includes -2.5),
osteopenia between that and -1.0.
"""

from __future__ import annotations

from collections.abc import Mapping

SITES = {"lumbar": "dxa_t_lumbar", "femoral_neck": "dxa_t_femoral_neck", "total_hip": "dxa_t_total_hip"}
"""Site -> column of patients.csv."""
OSTEOPOROSIS = -2.5
NORMAL = -1.0


def lowest_t_score(values: Mapping[str, float | None]) -> tuple[float | None, str]:
    """The lowest T-score and its site.

    Args:
        values: columns of a patient's row; a blank score is None.

    Returns:
        (T-score in SD, site); (None, "") where no site has one. Of equal scores the first site is named.
    """
    scores = [(score, site) for site, column in SITES.items() if (score := values.get(column)) is not None]
    if not scores:
        return None, ""
    return min(scores, key=lambda pair: pair[0])


def bone_status(t_score: float | None, osteoporosis_at: str) -> str:
    """`osteoporosis`, `osteopenia`, `normal`, or nothing where there is no T-score.

    Args:
        t_score: in SD.
        osteoporosis_at: `<` (below -2.5, as the study has it) or `<=` (the WHO's).
    """
    if t_score is None:
        return ""
    if t_score < OSTEOPOROSIS or (osteoporosis_at == "<=" and t_score == OSTEOPOROSIS):
        return "osteoporosis"
    return "osteopenia" if t_score < NORMAL else "normal"
