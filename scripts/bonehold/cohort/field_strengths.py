"""Whether a PBQ table mixes MRI of different field strengths.

T1 grows with the field, and not alike in marrow and fluid, so a ratio of T1 signals depends on it: the vertebral
score of the same kind was 2.77 at 1.5 T and 2.20 at 3 T (J Orthop Surg Res 2023, doi:10.1186/s13018-023-04268-5).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

LOW_FIELD_T = 1.0
REMEDY = "analyse each field alone, e.g. an analysis with where: mr_field_t < 2"


@dataclass(frozen=True)
class MixedFields:
    """What is said where field strengths are mixed: beside the label of PBQ, and as a sentence."""

    beside_label: str
    sentence: str


def mixed_fields(field_strengths: Iterable[float | None]) -> MixedFields | None:
    """The warning for patients of more than one field strength, None where at most one is known.

    Args:
        field_strengths: of each patient's MRI in tesla as in its header, None where not known.

    >>> mixed_fields([2.89, 3.0, None]) is None
    True
    >>> mixed_fields([1.494, 3.0, 3.0, None]).sentence
    'PBQ mixes MRI of 1.5 T (n = 1), 3 T (n = 2), unknown (n = 1); T1 signal ratios depend on the field strength'
    """
    counts = Counter(None if one is None else nominal_field(one) for one in field_strengths)
    unknown = counts.pop(None, 0)
    if len(counts) < 2:
        return None
    known = sorted((field, n) for field, n in counts.items() if field is not None)
    parts = [f"{field:g} T (n = {n})" for field, n in known]
    parts += [f"unknown (n = {unknown})"] if unknown else []
    return MixedFields(
        f" (cohort of {' and '.join(f'{field:g} T' for field, _ in known)})",
        f"PBQ mixes MRI of {', '.join(parts)}; T1 signal ratios depend on the field strength",
    )


def nominal_field(tesla: float) -> float:
    """The field strength a scanner is sold with: to half a tesla, to a hundredth below one.

    >>> nominal_field(1.494), nominal_field(2.89362), nominal_field(0.35)
    (1.5, 3.0, 0.35)
    """
    return round(2 * tesla) / 2 if tesla >= LOW_FIELD_T else round(tesla, 2)
