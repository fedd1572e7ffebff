from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from annotation_files import annotation_file
from bonehold.imaging.anatomy_codes import LEVELS, PEDICLE, SIDES, SUBARACHNOID_SPACE, Concept
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.geometry import axial
from bonehold.imaging.rasterise import pixels_inside
from bonehold.imaging.roi_files import format_modules, reader_of, structured_report
from bonehold.imaging.shapes import Ellipse, OnImage, Polygon, placed
from dicom_regions import (
    COMPREHENSIVE,
    FINDING,
    IMAGE,
    OTHER_IMAGE,
    SERIES,
    SPACE,
    coded,
    content,
    dataset,
    group,
    image,
    in_patient,
    on_image,
    report,
    site,
    value,
)
from pydicom.dataset import Dataset

SQUARE = [(2, 2), (8, 2), (8, 8), (2, 8)]
HU = ("[hnsf'U]", "UCUM", "Hounsfield unit")


def drawings(*groups: Dataset, **options: Any) -> list[Drawing]:
    return structured_report.read(annotation_file("IM0001", report(*groups, **options)))


def only(*children: Dataset, tracking: str = "L3_csf") -> Drawing:
    (drawing,) = drawings(group(tracking, *children))
    return drawing


def sct(concept: Concept) -> tuple[str, str, str]:
    return concept.sct, "SCT", concept.meaning


def srt(concept: Concept) -> tuple[str, str, str]:
    return concept.srt, "SRT", concept.meaning


def test_a_report_is_recognised_without_suffix_and_by_no_other_format() -> None:
    file = annotation_file("IM0001", report(group("L3_csf", on_image("POLYLINE", SQUARE))))
    assert reader_of(file) is structured_report.read
    assert {"structured_report", "segmentation", "rtstruct"} <= set(format_modules())


def test_the_tracking_identifier_names_a_region() -> None:
    assert only(on_image("POLYLINE", SQUARE), tracking="l3 csf").name == "l3 csf"


@pytest.mark.parametrize("scheme", [sct, srt])
@pytest.mark.parametrize("level", sorted(LEVELS))
@pytest.mark.parametrize("side", ["left", "right"])
def test_codes_name_a_pedicle(scheme: Any, level: str, side: str) -> None:
    where = site(scheme(LEVELS[level]), scheme(SIDES[side]), scheme(PEDICLE))
    drawing = only(on_image("POLYLINE", SQUARE), where, tracking="Measurement 7")
    assert drawing.name == f"{level}_pedicle_{side}"


def test_codes_name_the_csf() -> None:
    sites = site(sct(LEVELS["L2"])), site(sct(SUBARACHNOID_SPACE))
    assert only(on_image("POLYLINE", SQUARE), *sites, tracking="").name == "L2_csf"


@pytest.mark.parametrize(
    "where",
    [
        [site(sct(LEVELS["L3"]))],
        [site(sct(LEVELS["L3"]), sct(SIDES["left"]))],
        [site(sct(LEVELS["L3"]), None, sct(PEDICLE))],
        [site(sct(LEVELS["L3"]), sct(SIDES["left"]), sct(PEDICLE)), site(sct(LEVELS["L4"]))],
        [site((LEVELS["L3"].sct, "SRT", "")), site(sct(SUBARACHNOID_SPACE))],
    ],
)
def test_codes_that_leave_a_doubt_name_nothing(where: list[Dataset]) -> None:
    assert only(on_image("POLYLINE", SQUARE), *where, tracking="Measurement 7").name == "Measurement 7"


def test_a_label_of_ohif_stands_in_the_meaning_of_a_finding() -> None:
    label = coded(FINDING, ("CORNERSTONEFREETEXT", "CORNERSTONEJS", "L3_body_middle"))
    measured = value("3", ("mm", "UCUM", "mm"), on_image("POLYLINE", SQUARE))
    assert (
        only(label, measured, tracking="Cornerstone3DTools@^0.1.0:PlanarFreehandROI").name == "L3_body_middle"
    )


def test_the_same_region_below_several_measurements_is_one_region() -> None:
    numbers = [value(number, unit, on_image("POLYLINE", SQUARE)) for number, unit in (("5", HU), ("7", HU))]
    assert isinstance(only(*numbers).shape, OnImage)


def test_a_region_may_be_referred_to_by_its_place_in_the_document() -> None:
    pointer = dataset(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 1, 1, 2])
    first = group("L1_pedicle_left", on_image("POLYLINE", SQUARE))
    second = group("L1_pedicle_right", value("5", HU, pointer))
    shapes = [drawing.shape for drawing in drawings(first, second, sop_class=COMPREHENSIVE)]
    assert all(isinstance(shape, OnImage) for shape in shapes)


def test_references_in_a_circle_come_to_an_end() -> None:
    pointer = dataset(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 1, 1])
    looped = group("L1_pedicle_left", value("5", HU, pointer), on_image("POLYLINE", SQUARE))
    assert isinstance(drawings(looped)[0].shape, OnImage)


@pytest.mark.parametrize(
    "unit", [HU, ("HU", "99X", "HU"), ("mm", "UCUM", "mm"), ("1", "UCUM", "no units"), ("mm2", "UCUM", "mm2")]
)
def test_a_stated_value_and_its_unit_do_not_matter(unit: tuple[str, str, str]) -> None:
    with_value = only(on_image("POLYLINE", SQUARE), value("99999", unit)).shape
    assert isinstance(with_value, OnImage) and with_value.points.tolist() == [list(point) for point in SQUARE]


def test_a_scoord_is_bound_to_its_image_frame_and_series() -> None:
    drawing = only(on_image("POLYLINE", SQUARE, image(ReferencedFrameNumber=7)))
    assert isinstance(drawing.shape, OnImage)
    assert (drawing.shape.image, drawing.shape.frame) == (IMAGE, 7)
    assert drawing.bound.images == {IMAGE} and drawing.bound.series == SERIES


def test_an_image_that_is_no_evidence_has_no_series() -> None:
    assert only(on_image("POLYLINE", SQUARE, image(OTHER_IMAGE))).bound.series == ""


def test_the_centre_of_the_first_pixel_is_at_a_half() -> None:
    """A square from (2, 2) to (8, 8) covers the 6 x 6 pixels 2 to 7 exactly."""
    shape = only(on_image("POLYLINE", SQUARE)).shape
    assert isinstance(shape, OnImage)
    plane = axial(rows=12, columns=12, spacing_mm=0.5)
    inside = pixels_inside(placed(shape, plane).on(plane), plane)
    assert len(inside) == 36 and inside.min() == 2 and inside.max() == 7


def test_a_closed_polyline_is_the_same_as_an_open_one() -> None:
    shape = only(on_image("POLYLINE", [*SQUARE, SQUARE[0]])).shape
    assert isinstance(shape, OnImage) and len(shape.points) == 4


def test_a_circle_has_its_radius_in_pixels() -> None:
    shape = only(on_image("CIRCLE", [(10, 20), (13, 24)])).shape
    assert isinstance(shape, OnImage) and shape.kind == "ellipse"
    ellipse = placed(shape, axial(rows=40, columns=40, spacing_mm=2.0))
    assert isinstance(ellipse, Ellipse)
    assert ellipse.semi_axes_mm == pytest.approx((10, 10))
    assert ellipse.center.tolist() == [19, 39, 0]


def test_an_ellipse_has_the_ends_of_its_axes() -> None:
    shape = only(on_image("ELLIPSE", [(2, 6), (10, 6), (6, 4), (6, 8)])).shape
    assert isinstance(shape, OnImage) and shape.kind == "ellipse"
    ellipse = placed(shape, axial(rows=12, columns=12, spacing_mm=1.0))
    assert isinstance(ellipse, Ellipse)
    assert ellipse.semi_axes_mm == (4, 2) and ellipse.center.tolist() == [5.5, 5.5, 0]


def test_a_scoord3d_ellipse_lies_in_the_patient() -> None:
    drawing = only(in_patient("ELLIPSE", [(0, 5, 1), (8, 5, 1), (4, 5, -1), (4, 5, 3)]))
    assert isinstance(drawing.shape, Ellipse)
    assert drawing.shape.center.tolist() == [4, 5, 1] and drawing.shape.semi_axes_mm == (4, 2)
    assert drawing.bound.frame_of_reference == SPACE and drawing.bound.images == frozenset()


@pytest.mark.parametrize("kind", ["POLYGON", "POLYLINE"])
def test_a_scoord3d_polygon_lies_in_the_patient(kind: str) -> None:
    corners = [(0, 0, 5), (9, 0, 5), (9, 9, 5)]
    shape = only(in_patient(kind, [*corners, corners[0]])).shape
    assert isinstance(shape, Polygon) and shape.points.tolist() == [list(corner) for corner in corners]


def test_a_scoord3d_is_bound_to_the_images_of_its_group() -> None:
    source = content(
        "IMAGE", ("260753009", "SCT", "Source"), ReferencedSOPSequence=image().ReferencedSOPSequence
    )
    drawing = only(in_patient("POLYGON", [(0, 0, 5), (9, 0, 5), (9, 9, 5)]), source)
    assert drawing.bound.images == {IMAGE} and drawing.bound.series == SERIES


Points = Sequence[Sequence[float]]


@pytest.mark.parametrize(
    ("region", "word"),
    [
        (on_image("POINT", [(1, 1)]), "is a point"),
        (on_image("MULTIPOINT", SQUARE), "a set of points"),
        (in_patient("ELLIPSOID", [(0, 0, 0)] * 6), "an ellipsoid"),
        (in_patient("POINT", [(0, 0, 0)]), "is a point"),
        (on_image("SPLINE", SQUARE), "of a kind"),
        (on_image("POLYLINE", SQUARE[:2]), "is a line"),
        (on_image("POLYLINE", [(0, 0, 0)]), "incomplete point"),
        (on_image("CIRCLE", [(1, 1)]), "circle without"),
        (on_image("CIRCLE", [(1, 1), (1, 1)]), "do not halve"),
        (on_image("ELLIPSE", SQUARE), "do not halve"),
        (on_image("ELLIPSE", SQUARE[:3]), "four ends"),
        (on_image("POLYLINE", [(1, 1), (float("nan"), 2), (3, 3)]), "no finite number"),
        (on_image("POLYLINE", [(1, 1), (3e7, 2), (3, 3)]), "no finite number"),
        (on_image("POLYLINE", [(k, k % 2) for k in range(10_001)]), "more points"),
        (on_image("POLYLINE", SQUARE, image(), image(OTHER_IMAGE)), "which one image"),
        (on_image("POLYLINE", SQUARE, image(ReferencedFrameNumber=[1, 2])), "several frames"),
    ],
)
def test_a_region_that_cannot_be_measured_says_why(region: Dataset, word: str) -> None:
    drawing = only(region)
    assert drawing.shape is None and word in drawing.refused


def test_several_regions_in_one_group_are_refused_once() -> None:
    other = on_image("POLYLINE", [(12, 12), (18, 12), (18, 18)])
    drawing = only(on_image("POLYLINE", SQUARE), other)
    assert drawing.shape is None and "several regions" in drawing.refused


def test_a_group_with_only_a_value_is_refused_by_name() -> None:
    whole = drawings(group("L3_csf", value("12", HU)), group("L2_csf", on_image("POLYLINE", SQUARE)))
    assert [drawing.name for drawing in whole] == ["L3_csf", "L2_csf"]
    assert "stated value" in whole[0].refused and isinstance(whole[1].shape, OnImage)


def test_a_group_that_refers_to_a_segment_says_so() -> None:
    reference = image(ReferencedSegmentNumber=1)
    whole = drawings(group("L3_csf", reference), group("L2_csf", on_image("POLYLINE", SQUARE)))
    assert "DICOM SEG" in whole[0].refused


def test_a_report_without_any_region_is_refused() -> None:
    with pytest.raises(UnreadableRoi, match="without regions"):
        drawings(group("L3_csf", value("12", HU)))


def test_a_huge_group_and_a_huge_report_are_refused() -> None:
    pointer = dataset(RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=[1, 1, 1, 2])
    with pytest.raises(UnreadableRoi, match="too many items"):
        drawings(group("L3_csf", on_image("POLYLINE", SQUARE), *[pointer] * 2500))
    with pytest.raises(UnreadableRoi, match="1000 measurement groups"):
        drawings(*[group("L3_csf", on_image("POLYLINE", SQUARE))] * 1001)


def test_coordinates_are_the_32_bit_numbers_of_the_file() -> None:
    shape = only(on_image("POLYLINE", [(0.1, 0.2), (8.7, 1.3), (4.4, 9.9)])).shape
    assert isinstance(shape, OnImage)
    assert shape.points.ravel().tolist() == np.float32([0.1, 0.2, 8.7, 1.3, 4.4, 9.9]).tolist()
