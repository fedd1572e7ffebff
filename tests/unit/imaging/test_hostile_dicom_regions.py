"""Damaged and hostile DICOM in a reader's folder: one clear reason, bounded memory, nothing of the file's text."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from annotation_files import annotation_file
from bonehold.imaging.drawings import Drawing, UnreadableRoi
from bonehold.imaging.roi_files import reader_of
from bonehold.imaging.shapes import Polygon
from dicom import image as ct_slice
from dicom_regions import (
    dataset,
    file_bytes,
    frame,
    group,
    in_patient,
    on_image,
    report,
    segment,
    segmentation,
    structure,
    structure_set,
)
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

ROOT = Path(__file__).resolve().parents[3]
TRIANGLE = [(0, 0, 5), (9, 0, 5), (9, 9, 5)]


def a_report() -> bytes:
    return report(
        group("L3_csf ZZCANARY", in_patient("POINT", TRIANGLE[:1])),
        group("L3_csf", in_patient("POLYGON", TRIANGLE)),
    )


def a_segmentation() -> bytes:
    values = np.ones((2, 3, 5), np.uint8)
    return segmentation(values, [frame((0, 0, 0)), frame((0, 0, 2))], [segment(1, "L3_csf")])


def a_structure_set() -> bytes:
    return structure_set(structure(1, "L3_csf", TRIANGLE), structure(2, "ZZCANARY", TRIANGLE, kind="POINT"))


KINDS = {"report": a_report, "segmentation": a_segmentation, "structures": a_structure_set}


def read(data: bytes) -> list[Drawing]:
    file = annotation_file("ZZCANARY.dcm", data)
    reader = reader_of(file)
    assert reader is not None
    return reader(file)


def outcome(data: bytes) -> str | list[str]:
    """What a file gives: a reason, or what each of its drawings is."""
    try:
        return [f"{drawing.name}: {drawing.refused}" for drawing in read(data)]
    except UnreadableRoi as reason:
        assert "\n" not in str(reason) and "ZZCANARY" not in str(reason) and "31337" not in str(reason)
        return str(reason)


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_file_cut_anywhere_is_refused_or_whole(make: Callable[[], bytes]) -> None:
    """Never some regions less, without a word."""
    data = make()
    whole = outcome(data)
    assert isinstance(whole, list)
    for length in range(400, len(data), 7):
        cut = outcome(data[:length])
        all_refused = not any(line.endswith(": ") for line in cut)
        assert isinstance(cut, str) or cut == whole or all_refused, length


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_flipped_bytes_give_a_result_or_one_reason(make: Callable[[], bytes]) -> None:
    data = np.frombuffer(make(), np.uint8)
    random = np.random.default_rng(5)
    for _ in range(300):
        changed = data.copy()
        places = random.integers(330, len(data), size=3)
        changed[places] = random.integers(0, 256, size=3)
        outcome(changed.tobytes())


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_reasons_quote_nothing_of_the_file(make: Callable[[], bytes]) -> None:
    for drawing in read(make()):
        assert "ZZCANARY" not in drawing.refused and "31337" not in drawing.refused
        assert "ZZCANARY" not in repr(drawing.bound) and "31337" not in repr(drawing.bound)


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_implicit_files_and_files_without_preamble_are_read(make: Callable[[], bytes]) -> None:
    whole = outcome(make())
    made = dcmread(BytesIO(make()))
    stream = BytesIO()
    _as(made, ImplicitVRLittleEndian, stream)
    assert outcome(stream.getvalue()) == whole
    assert outcome(stream.getvalue()[132:]) == whole


def test_a_big_endian_report_is_read() -> None:
    (drawing,) = read(report(group("L3_csf", in_patient("POLYGON", TRIANGLE)), syntax=ExplicitVRBigEndian))
    assert isinstance(drawing.shape, Polygon) and drawing.shape.points.tolist() == [list(p) for p in TRIANGLE]


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_deflated_file_is_refused_before_it_is_unpacked(make: Callable[[], bytes]) -> None:
    made = dcmread(BytesIO(make()))
    stream = BytesIO()
    _as(made, DeflatedExplicitVRLittleEndian, stream)
    assert "is deflated" in str(outcome(stream.getvalue()))


def _as(made: object, syntax: str, stream: BytesIO) -> None:
    made.file_meta.TransferSyntaxUID = syntax  # type: ignore[attr-defined]
    made.save_as(  # type: ignore[attr-defined]
        stream,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=True,
        enforce_file_format=True,
    )


def test_images_and_other_objects_and_other_files_are_not_recognised() -> None:
    stream = BytesIO()
    ct_slice(np.zeros((4, 4)), (0, 0, 0)).save_as(stream, enforce_file_format=True)
    plan = file_bytes(dataset(Modality="RTPLAN"), "1.2.840.10008.5.1.4.1.1.481.5")
    for data in (stream.getvalue(), plan, b"", b"\x08\x00", b"hello", b"\0" * 500, b"\0" * 128 + b"DICM"):
        assert reader_of(annotation_file("IM0001", data)) is None


@pytest.mark.parametrize("depth", [60, 300, 5000])
def test_deep_nesting_gives_a_result_or_one_reason(depth: int) -> None:
    """Sequences of undefined length in each other, in a group that nothing is read from."""
    opened = b"\x41\x00\x30\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    closed = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    found = outcome(a_report() + opened * depth + closed * depth)
    assert found == outcome(a_report()) if depth < 100 else isinstance(found, str)


# VmHWM, unlike ru_maxrss, begins anew with the program.
BOUNDED = """
import sys
sys.path[:0] = ["scripts", "tests"]
from pathlib import Path
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.drawings import UnreadableRoi
from bonehold.imaging.roi_files import reader_of
from bonehold.imaging.shapes import Polygon
path = Path(sys.argv[1])
file = AnnotationFile(path, "R1", "P1", path.parent)
try:
    reader_of(file)(file)
    print("read", end=" ")
except UnreadableRoi as reason:
    print("refused", end=" ")
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) // 1024)
"""


def many_elements() -> bytes:
    element = np.zeros(
        1_150_000, np.dtype([("group", "<u2"), ("element", "<u2"), ("vr", "S2"), ("length", "<u2")])
    )
    count = np.arange(len(element))
    element["group"], element["element"], element["vr"] = 0x0041 + 2 * (count >> 16), count & 0xFFFF, b"SH"
    return a_report() + element.tobytes()


def many_items() -> bytes:
    return (
        a_report()
        + b"\x41\x00\x10\x00SQ\0\0"
        + (8 * 10**6).to_bytes(4, "little")
        + b"\xfe\xff\x00\xe0\0\0\0\0" * 10**6
    )


def many_numbers() -> bytes:
    whole = structure(1, "L3_csf", TRIANGLE)
    whole[1].ContourSequence[0].ContourData = "1\\\\1"
    data = structure_set(whole)
    at = data.index(b"\x06\x30\x50\x00DS")
    numbers = b"1\\" * 4_000_000
    return data[:at] + b"\x06\x30\x50\x00UN\0\0" + len(numbers).to_bytes(4, "little") + numbers


def a_deflated_bomb() -> bytes:
    stream = BytesIO()
    _as(dcmread(BytesIO(a_report())), DeflatedExplicitVRLittleEndian, stream)
    squeeze = zlib.compressobj(9, wbits=-15)
    bomb = b"".join(squeeze.compress(b"\0" * 10**7) for _ in range(100)) + squeeze.flush()
    return stream.getvalue()[:400] + bomb


def full_frames() -> bytes:
    return segmentation(
        np.ones((60, 2048, 2048), np.uint8),
        [frame((0, 0, float(k))) for k in range(60)],
        [segment(1, "L3_csf")],
        kind="FRACTIONAL",
        MaximumFractionalValue=1,
    )


@pytest.mark.parametrize("make", [many_elements, many_items, many_numbers, a_deflated_bomb, full_frames])
def test_memory_stays_below_a_gigabyte(make: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "hostile.dcm"
    path.write_bytes(make())
    run = subprocess.run(
        [sys.executable, "-c", BOUNDED, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    verdict, megabytes = run.stdout.split()
    assert (verdict == "read") == (make is many_elements)  # none of which is of interest
    assert int(megabytes) < 1000


def test_a_scoord_without_coordinates_is_refused_alone() -> None:
    bare = on_image("POLYLINE", [])
    (drawing,) = read(report(group("L3_csf", bare)))
    assert "incomplete" in drawing.refused
