from __future__ import annotations

import pytest
from bonehold.cohort.dxa import bone_status, lowest_t_score


def test_the_lowest_score_and_its_site() -> None:
    scores = {"dxa_t_lumbar": -0.4, "dxa_t_femoral_neck": -2.6, "dxa_t_total_hip": None}
    assert lowest_t_score(scores) == (-2.6, "femoral_neck")
    assert lowest_t_score({"dxa_t_lumbar": None}) == (None, "")


@pytest.mark.parametrize(
    ("t_score", "below", "at_or_below"),
    [
        (-2.6, "osteoporosis", "osteoporosis"),
        (-2.5, "osteopenia", "osteoporosis"),
        (-1.1, "osteopenia", "osteopenia"),
        (-1.0, "normal", "normal"),
        (None, "", ""),
    ],
)
def test_the_diagnosis_at_its_limits(t_score: float | None, below: str, at_or_below: str) -> None:
    assert bone_status(t_score, "<") == below
    assert bone_status(t_score, "<=") == at_or_below
