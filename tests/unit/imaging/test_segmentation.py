from collections.abc import Callable
from io import BytesIO
from typing import Any

import jpeg_ls
import numpy as np
import pytest
from annotation_files import annotation_file
from bonehold.imaging.anatomy_codes import LEVELS, PEDICLE, SIDES
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.roi_files import reader_of, segmentation
from bonehold.imaging.roi_files._dicom import MOST_ITEMS
from bonehold.imaging.shapes import Voxels
from dicom_regions import IMAGE, OTHER_IMAGE, SERIES, SPACE, code, dataset, frame, segment
from dicom_regions import segmentation as seg_bytes
from PIL import Image
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

LABEL_MAP = "1.2.840.10008.5.1.4.1.1.66.7"


def drawings(*arguments: Any, **options: Any) -> list[Drawing]:
    return segmentation.read(annotation_file("seg.dcm", seg_bytes(*arguments, **options)))


def voxels(drawing: Drawing) -> Voxels:
    assert isinstance(drawing.shape, Voxels), drawing.refused
    return drawing.shape


def places(drawing: Drawing) -> set[tuple[float, ...]]:
    return {tuple(np.round(center, 6).tolist()) for center in voxels(drawing).centers}


def some_values() -> np.ndarray:
    """Two frames of 3 x 5 pixels: frames of one bit do not begin on whole bytes."""
    values = np.zeros((2, 3, 5), np.uint8)
    values[0, 1, 2] = values[0, 2, 4] = values[1, 0, 1] = 1
    return values


FRAMES = [frame((10, 20, 30)), frame((10, 20, 36), source=OTHER_IMAGE)]
EXPECTED = {(11.6, 20.5, 30.0), (13.2, 21.0, 30.0), (10.8, 20.0, 36.0)}
"""Columns are 0.8 mm apart, rows 0.5 mm."""


def test_voxels_lie_where_the_planes_of_their_frames_say() -> None:
    (drawing,) = drawings(some_values(), FRAMES, [segment(1, "L3_csf")])
    assert drawing.name == "L3_csf" and places(drawing) == EXPECTED
    assert voxels(drawing).steps.tolist() == [[0.8, 0, 0], [0, 0.5, 0], [0, 0, 2]]


def test_a_segmentation_is_recognised_and_bound() -> None:
    file = annotation_file("any name", seg_bytes(some_values(), FRAMES, [segment(1, "L3_csf")]))
    assert reader_of(file) is segmentation.read
    (drawing,) = segmentation.read(file)
    assert drawing.bound.frame_of_reference == SPACE
    assert drawing.bound.series == SERIES and drawing.bound.images == {IMAGE, OTHER_IMAGE}


def test_the_third_step_is_left_out_where_frames_do_not_stand_at_multiples_of_it() -> None:
    (drawing,) = drawings(some_values(), [FRAMES[0], frame((10, 20, 35))], [segment(1, "L3_csf")])
    assert voxels(drawing).steps.shape == (2, 3)


def test_half_of_the_maximum_counts_and_less_does_not() -> None:
    values = np.array([[[0, 49, 50, 51, 100]]], np.uint8)
    (drawing,) = drawings(
        values, [frame((0, 0, 0))], [segment(1, "L3_csf")], kind="FRACTIONAL", MaximumFractionalValue=100
    )
    assert sorted(place[0] for place in places(drawing)) == pytest.approx([1.6, 2.4, 3.2])


def test_overlapping_segments_share_voxels() -> None:
    values = np.stack([some_values()[0]] * 2)
    both = drawings(
        values,
        [frame((10, 20, 30), 1), frame((10, 20, 30), 2)],
        [segment(1, "L1_pedicle_left"), segment(2, "L3_csf")],
    )
    assert places(both[0]) == places(both[1]) and len(places(both[0])) == 2


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_label_map_leaves_background_and_padding_out(kind: type) -> None:
    values = np.array([[[0, 1, 2, 5, 300 if kind is np.uint16 else 7]]], kind)
    found = drawings(
        values,
        [frame((0, 0, 0), None)],
        [segment(0, "Background"), segment(1, "L3_csf"), segment(2, "L2_csf"), segment(5, "padding")],
        kind="LABELMAP",
        sop_class=LABEL_MAP,
        PixelPaddingValue=5,
    )
    assert [drawing.name for drawing in found] == ["L3_csf", "L2_csf"]
    assert [places(drawing) for drawing in found] == [{(0.8, 0, 0)}, {(1.6, 0, 0)}]


def test_a_segment_is_named_by_label_or_tracking_or_codes() -> None:
    by_codes = segment(
        3,
        "Segment 3",
        SegmentedPropertyTypeCodeSequence=[code((PEDICLE.sct, "SCT", ""))],
        SegmentedPropertyTypeModifierCodeSequence=[],
        AnatomicRegionSequence=[code((LEVELS["L2"].sct, "SCT", ""))],
    )
    by_codes.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [
        code((SIDES["right"].sct, "SCT", ""))
    ]
    segments = [
        segment(1, "l3 CSF"),
        segment(2, "Segment 2", TrackingID="L2_csf"),
        by_codes,
        segment(4, "Liver"),
    ]
    found = drawings(some_values(), FRAMES, segments)
    assert [drawing.name for drawing in found] == ["l3 CSF", "L2_csf", "L2_pedicle_right", "Liver"]
    assert [bool(drawing.refused) for drawing in found] == [False, True, True, True]


def jpeg_2000(frame_values: np.ndarray) -> bytes:
    stream = BytesIO()
    Image.fromarray(frame_values).save(stream, "JPEG2000", no_jp2=True)
    return stream.getvalue()


def run_length(frame_values: np.ndarray) -> bytes:
    """One segment of literal runs (PS3.5 annex G)."""
    rows = [bytes([len(row) - 1]) + row.tobytes() for row in frame_values]
    data = b"".join(rows)
    header = np.array([1, 64, *[0] * 14], "<u4").tobytes()
    return header + data + b"\0" * (len(data) % 2)


ENCODERS: dict[str, Callable[[np.ndarray], bytes]] = {
    RLELossless: run_length,
    JPEG2000Lossless: jpeg_2000,
    JPEGLSLossless: lambda values: bytes(jpeg_ls.encode_array(values)),
}


@pytest.mark.parametrize("syntax", ENCODERS)
def test_compressed_frames_are_decoded(syntax: str) -> None:
    values = np.tile(some_values(), (1, 12, 8))  # some encoders want larger frames
    (drawing,) = segmentation.read(annotation_file("seg.dcm", compressed(values, syntax, ENCODERS[syntax])))
    assert len(places(drawing)) == values.sum() and places(drawing) >= EXPECTED


def test_frames_of_another_size_than_stated_are_refused() -> None:
    data = compressed(np.tile(some_values(), (1, 12, 8)), JPEG2000Lossless, jpeg_2000, Rows=24)
    with pytest.raises(UnreadableRoi, match=r"another size|damaged"):
        segmentation.read(annotation_file("seg.dcm", data))


def test_fewer_frames_than_stated_are_refused() -> None:
    third = [*FRAMES, frame((10, 20, 38))]
    data = compressed(
        some_values(), RLELossless, run_length, NumberOfFrames=3, PerFrameFunctionalGroupsSequence=third
    )
    with pytest.raises(UnreadableRoi):
        segmentation.read(annotation_file("seg.dcm", data))


def test_a_small_compressed_file_that_claims_large_frames_is_refused() -> None:
    data = compressed(some_values(), RLELossless, lambda values: b"\0" * 64, Rows=4000, Columns=4000)
    with pytest.raises(UnreadableRoi):
        segmentation.read(annotation_file("seg.dcm", data))


def test_a_compression_that_is_not_read_is_named() -> None:
    data = compressed(some_values(), JPEGBaseline8Bit, lambda values: b"\0" * 64)
    with pytest.raises(UnreadableRoi, match="compressed in a way"):
        segmentation.read(annotation_file("seg.dcm", data))


def compressed(
    values: np.ndarray, syntax: str, encode: Callable[[np.ndarray], bytes], **elements: Any
) -> bytes:
    plain = seg_bytes(values, FRAMES, [segment(1, "L3_csf")], kind="FRACTIONAL", MaximumFractionalValue=1)
    made = dcmread(BytesIO(plain))
    made.PixelData = encapsulate([encode(frame_values) for frame_values in values])
    made["PixelData"].is_undefined_length = True
    made.file_meta.TransferSyntaxUID = UID(syntax)
    for keyword, given in elements.items():
        setattr(made, keyword, given)
    stream = BytesIO()
    made.save_as(stream)
    return stream.getvalue()


def test_frames_may_be_turned_but_not_within_a_segment() -> None:
    turned = frame(
        (10, 20, 30), PlaneOrientationSequence=[dataset(ImageOrientationPatient=[0, 1, 0, 0, 0, -1])]
    )
    (drawing,) = drawings(some_values(), [FRAMES[0], turned], [segment(1, "L3_csf")])
    assert drawing.shape is None and "different orientation" in drawing.refused
    values = some_values()
    values[0] = 0
    (drawing,) = drawings(values, [FRAMES[0], turned], [segment(1, "L3_csf")])
    assert places(drawing) == {(10, 20.8, 30)}


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"Rows": 60000, "Columns": 60000}, "more pixels"),
        ({"NumberOfFrames": 30000}, "more pixels"),
        ({"Rows": 4096, "Columns": 4096, "NumberOfFrames": 1000}, "more pixels"),
        ({"Rows": 0}, "how large"),
        ({"NumberOfFrames": -2}, "how large"),
        ({"BitsAllocated": 32}, "how large"),
        ({"SamplesPerPixel": 3}, "colour"),
        ({"NumberOfFrames": 5}, "each of its frames"),
        ({"Rows": 30}, "cut short"),
        ({"SegmentationType": "SURFACE"}, "neither a binary"),
        ({"SegmentSequence": []}, "without segments"),
        ({"SharedFunctionalGroupsSequence": []}, "where its frames lie"),
        ({"SegmentationType": "FRACTIONAL"}, "without its maximum"),
        ({"PerFrameFunctionalGroupsSequence": [frame((0, 0, 0), None)] * 2}, "belongs to no segment"),
        ({"PerFrameFunctionalGroupsSequence": [dataset()] * 2}, "where its frames lie"),
    ],
)
def test_what_cannot_be_decoded_is_refused_before(options: dict[str, Any], word: str) -> None:
    with pytest.raises(UnreadableRoi, match=word):
        drawings(some_values(), FRAMES, [segment(1, "L3_csf")], **options)


def test_impossible_axes_are_refused() -> None:
    shared = dataset(
        PlaneOrientationSequence=[dataset(ImageOrientationPatient=[1, 0, 0, 1, 0, 0])],
        PixelMeasuresSequence=[dataset(PixelSpacing=[1, 1])],
    )
    with pytest.raises(UnreadableRoi, match="axes or spacing are impossible"):
        drawings(some_values(), FRAMES, [segment(1, "L3_csf")], SharedFunctionalGroupsSequence=[shared])


def test_too_many_voxels_are_refused() -> None:
    values = np.ones((6, 1024, 1024), np.uint8)
    frames = [frame((0, 0, float(k))) for k in range(6)]
    with pytest.raises(UnreadableRoi, match="5 million voxels"):
        drawings(values, frames, [segment(1, "L3_csf")])


def test_too_many_items_are_refused() -> None:
    many = dataset(SegmentSequence=[dataset()] * (MOST_ITEMS + 1))
    with pytest.raises(UnreadableRoi, match="more items"):
        drawings(some_values(), FRAMES, many.SegmentSequence)
