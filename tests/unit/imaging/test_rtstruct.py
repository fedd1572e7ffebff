import numpy as np
import pytest
from annotation_files import annotation_file
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.roi_files import reader_of, rtstruct
from bonehold.imaging.shapes import Contours
from dicom_regions import IMAGE, SERIES, SPACE, file_bytes, structure, structure_set
from pydicom.dataset import Dataset

OUTER = [(0, 0, 5), (20, 0, 5), (20, 20, 5), (0, 20, 5)]
HOLE = [(5, 5, 5), (15, 5, 5), (15, 15, 5), (5, 15, 5)]


def drawings(*structures: tuple[Dataset, Dataset]) -> list[Drawing]:
    return rtstruct.read(annotation_file("RS.dcm", structure_set(*structures)))


def test_a_structure_has_its_contours_and_its_binding() -> None:
    (drawing,) = drawings(structure(3, "L3_csf", OUTER, HOLE))
    assert drawing.name == "L3_csf" and isinstance(drawing.shape, Contours)
    assert [contour.tolist() for contour in drawing.shape.contours] == [
        [*map(list, OUTER)],
        [*map(list, HOLE)],
    ]
    assert drawing.bound.frame_of_reference == SPACE
    assert drawing.bound.images == {IMAGE} and drawing.bound.series == SERIES


def test_a_structure_set_is_recognised() -> None:
    file = annotation_file("RS", structure_set(structure(1, "L3_csf", OUTER)))
    assert reader_of(file) is rtstruct.read


def test_structures_and_contours_meet_by_their_number() -> None:
    first, second = structure(7, "L3_csf", OUTER), structure(4, "L2_csf", HOLE)
    crossed = drawings((first[0], second[1]), (second[0], first[1]))
    assert isinstance(crossed[0].shape, Contours)
    assert crossed[0].shape.contours[0].tolist() == [list(point) for point in OUTER]


def test_contours_that_enclose_nothing_are_left_out() -> None:
    (drawing,) = drawings(structure(1, "L3_csf", OUTER, OUTER[:2], OUTER[:1]))
    assert isinstance(drawing.shape, Contours) and len(drawing.shape.contours) == 1


@pytest.mark.parametrize(
    ("given", "word"),
    [
        (structure(1, "L3_csf", OUTER, kind="POINT"), "is a point"),
        (structure(1, "L3_csf", OUTER, kind="OPEN_PLANAR"), "an open line"),
        (structure(1, "L3_csf", OUTER, kind="ODD"), "of a kind"),
        (structure(1, "L3_csf"), "no contour"),
        (structure(1, "L3_csf", OUTER[:2]), "no contour"),
        (structure(1, "L3_csf", [(1, 2, 3), (4, 5)]), "incomplete point"),
        (structure(1, "L3_csf", [(0, 0, 0), (1e7, 0, 0), (0, 1, 0)]), "no finite number"),
        (structure(1, "L3_csf", np.zeros((10_001, 3)).tolist()), "more points"),
        (structure(1, "L3_csf", *[np.zeros((3000, 3)).tolist()] * 4), "more points"),
    ],
)
def test_a_structure_that_cannot_be_measured_says_why(given: tuple[Dataset, Dataset], word: str) -> None:
    bad, good = drawings(given, structure(2, "L2_csf", OUTER))
    assert bad.name == "L3_csf" and bad.shape is None and word in bad.refused
    assert isinstance(good.shape, Contours)


def test_holes_may_be_declared_as_such() -> None:
    (drawing,) = drawings(structure(1, "L3_csf", OUTER, HOLE, kind="CLOSEDPLANAR_XOR"))
    assert isinstance(drawing.shape, Contours) and len(drawing.shape.contours) == 2


def test_a_structure_set_without_structures_is_refused() -> None:
    with pytest.raises(UnreadableRoi, match="without structures"):
        rtstruct.read(annotation_file("RS.dcm", file_bytes(Dataset(), rtstruct.SOP_CLASS)))
