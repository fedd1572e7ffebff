"""The markups that the tests write are markups by 3D Slicer's own schemas."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from dicom import box, markup, points
from scenes import PLANE, TWO, markups_json

pytestmark = pytest.mark.shared

SQUARE = points((0, 0, 0), (9, 0, 0), (9, 9, 0), (0, 9, 0))
SINCE = {
    0: [markup("Line", controlPoints=TWO), markup("ClosedCurve", controlPoints=SQUARE)],
    1: [markup("Line", controlPoints=TWO) | {"coordinateUnits": ["um", "UCUM", "micrometer"]}],
    2: [box((0, 0, 0), (1, 2, 3))],
    3: [PLANE, box((0, 0, 0), (1, 2, 3), insideOut=False)],
}


@pytest.mark.parametrize("version", range(4))
def test_our_markups_keep_to_the_schema(version: int, shared: Path) -> None:
    path = shared / f"data/roi-annotations/slicer-markups/markups-schema-v1.0.{version}.json"
    schema: dict[str, Any] = json.loads(path.read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    for since, markups in SINCE.items():
        for one in markups if since <= version else []:
            validator.validate(json.loads(markups_json(one)))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(json.loads(markups_json(markup("John Smith"))))
