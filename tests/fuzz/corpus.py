"""Sound files of every kind that is read, small, to start from; made by the tests' own writers."""

from __future__ import annotations

import gzip
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import SimpleITK as sitk
import yaml
from bonehold.imaging.annotation_file import AnnotationFile
from bonehold.imaging.roi_files import reader_of
from bonehold.imaging.spinopelvic import LANDMARKS
from cohorts import write_cohort
from dicom import MR_CLASS, SAGITTAL, box, image, markup, points
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
from label_maps import nifti, nrrd
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEGLSLossless,
    RLELossless,
)
from scenes import element, markup_node, markups_json, mrb, mrml, ras, transform_node

ROOT = Path(__file__).resolve().parents[2]
LARGEST_SEED = 60_000
SQUARE = [(10, 10, 4), (30, 10, 4), (30, 30, 4), (10, 30, 4)]

Files = Mapping[str, bytes]
"""Name -> content of the files that lie together; the first is the one to be damaged most."""


def dicom_seeds() -> list[bytes]:
    """Images in every transfer syntax that can be written here, classic and enhanced, and real ones where present."""
    random = np.random.default_rng(1)
    values = random.integers(0, 2000, (16, 16))
    more = {
        "PatientName": "Canary^Maria",
        "SeriesDescription": "T1 sag",
        "Manufacturer": "SIEMENS",
        "AcquisitionDate": "20240102",
        "PixelPaddingValue": 0,
        "ScanOptions": ["FS", "SAT"],
        "FrameOfReferenceUID": "2.25.9",
        "RequestAttributesSequence": [dataset(ScheduledProcedureStepID="1")],
    }
    ct = image(values, (0, 0, 0), **more)
    magnetic = image(
        values,
        (4, 0, 40),
        Modality="MR",
        SOPClassUID=MR_CLASS,
        ImageOrientationPatient=list(SAGITTAL),
        RepetitionTime=600,
        EchoTime=10,
        **more,
    )
    table = image(values, (0, 0, 0), RescaleSlope=None, RescaleIntercept=None)
    entry = dataset(LUTDescriptor=[2000, 0, 16], ModalityLUTType="HU", LUTData=list(range(2000)))
    entry["LUTDescriptor"].VR = "US"
    entry["LUTData"].VR = "US"
    table.ModalityLUTSequence = [entry]
    seeds = [saved(one) for one in (ct, magnetic, table, _enhanced(values))]
    for syntax in (RLELossless, JPEGLSLossless):
        packed = image(values, (0, 0, 0), **more)
        packed.compress(syntax)
        seeds.append(saved(packed))
    for compressor in ("JPEG", "JPEG2000"):
        seeds.append(saved(_compressed(image(values, (0, 0, 0), **more), values, compressor)))
    for syntax in (ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian):
        other = image(values, (0, 0, 0), **more)
        if syntax == ExplicitVRBigEndian:
            other.PixelData = values.astype(">u2").tobytes()
        other.file_meta.TransferSyntaxUID = syntax
        stream = io.BytesIO()
        pydicom.dcmwrite(
            stream,
            _plain(other),
            implicit_vr=syntax.is_implicit_VR,
            little_endian=syntax.is_little_endian,
        )
        seeds.append(stream.getvalue())
    return seeds + _shared("dicom-hard-cases", "*")


def _compressed(made: pydicom.Dataset, values: np.ndarray, compressor: str) -> pydicom.Dataset:
    """The data set with pixels as SimpleITK packs them."""
    with tempfile.TemporaryDirectory() as folder:
        writer = sitk.ImageFileWriter()
        writer.SetImageIO("GDCMImageIO")
        writer.SetCompressor(compressor)
        writer.UseCompressionOn()
        writer.SetFileName(f"{folder}/x.dcm")
        writer.Execute(sitk.GetImageFromArray(values.astype(np.uint16)))
        packed = pydicom.dcmread(f"{folder}/x.dcm")
    made.file_meta.TransferSyntaxUID = packed.file_meta.TransferSyntaxUID
    made.PixelData = packed.PixelData
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    return made


def _plain(made: pydicom.Dataset) -> pydicom.Dataset:
    """The data set without the syntax that it was made in."""
    plain = pydicom.Dataset(made)
    plain.file_meta, plain.preamble = made.file_meta, b"\0" * 128
    return plain


def saved(made: pydicom.Dataset) -> bytes:
    """The file of a data set."""
    stream = io.BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _enhanced(values: np.ndarray) -> pydicom.Dataset:
    made = image(np.vstack([values, values]), (0, 0, 0), SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1")
    made.Rows, made.NumberOfFrames = values.shape[0], 2
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope"):
        delattr(made, keyword)
    made.SharedFunctionalGroupsSequence = [
        dataset(
            PlaneOrientationSequence=[dataset(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
            PixelMeasuresSequence=[dataset(PixelSpacing=[1, 1], SliceThickness=2)],
            PixelValueTransformationSequence=[
                dataset(RescaleSlope=1, RescaleIntercept=-1024, RescaleType="HU")
            ],
        )
    ]
    made.PerFrameFunctionalGroupsSequence = [
        dataset(PlanePositionSequence=[dataset(ImagePositionPatient=[0, 0, 2 * k])]) for k in range(2)
    ]
    return made


def roi_seeds() -> dict[str, list[Files]]:
    """Format module -> sets of files of that format.

    Each set is given to the module that recognises its first file, so a new format is fuzzed as soon as one of
    the writers below makes a file of it.
    """
    found: dict[str, list[Files]] = {}
    for files in (*_json_files(), *_label_maps(), *_scenes(), *_dicom_regions(), *_shared_regions()):
        with tempfile.TemporaryDirectory() as folder:
            for name, data in files.items():
                Path(folder, name).write_bytes(data)
            read = reader_of(AnnotationFile(Path(folder, next(iter(files))), "R1", "P1", Path(folder)))
        if read is not None:
            found.setdefault(read.__module__.rpartition(".")[2], []).append(files)
    return found


def _json_files() -> list[Files]:
    curve = markup("ClosedCurve", controlPoints=points(*SQUARE), display={"visibility": True})
    line = markup("Line", controlPoints=points((28, 30, 8), (28, 12, 8)), measurements=[{"name": "length"}])
    plane = markup(
        "Plane",
        center=[20, 20, 4],
        size=[20, 16],
        baseToNode=[1, 0, 0, 20, 0, 1, 0, 20, 0, 0, 1, 4, 0, 0, 0, 1],
        orientation=[1, 0, 0, 0, 1, 0, 0, 0, 1],
        controlPoints=points(*SQUARE[:3]),
    )
    region = box((20, 20, 4), (16, 12, 2), name="L3_body_middle", baseToNode=[1, 0, 0, 0] * 4)
    flat = {"center": [20, 20, 4], "axis_u": [1, 0, 0], "axis_v": [0, 1, 0]}
    native = {
        "schema": "roi/1",
        "reader": "R1",
        "coordinate_system": "LPS",
        "units": "mm",
        "subject": "P1",
        "rois": [
            {"name": "L3_body_middle", "shape": "ellipse", **flat, "semi_axes_mm": [8, 6], "level": "L3"},
            {"name": "L3_trajectory_left", "shape": "rectangle", **flat, "size_mm": [18, 5], "side": "left"},
            {"id": "L3_csf", "shape": "polygon", **flat, "points_uv_mm": [[0, 0], [8, 0], [8, 8], [0, 8]]},
            {
                "name": "L3_trajectory_right",
                "shape": "cylinder",
                "start": [12, 30, 8],
                "end": [12, 12, 8],
                "radius_mm": 2.5,
            },
        ],
    }
    return [
        {"L3_csf.mrk.json": markups_json(curve)},
        {"L3_trajectory_left.mrk.json": markups_json(line)},
        {"L3_body_middle.mrk.json": markups_json(plane)},
        {"several.mrk.json": markups_json(region, {**curve, "name": "L3_csf", "coordinateSystem": "RAS"})},
        {"roi.json": json.dumps(native).encode()},
        {"L3_csf.fcsv": b"# Markups fiducial file version = 4.11\n1,2,3,4,0,0,0,1,1,1,0,F-1,,\n"},
        {"L3_csf.acsv": b"# pointNumPerLine = 2\npoint|1|2|3|1|1\n"},
    ]


def landmark_seeds() -> list[bytes]:
    """The six landmarks of a lateral radiograph, on a film and in a volume."""
    on_film = ((100, 200, 0), (140, 190, 0), (90, 40, 0), (130, 35, 0), (110, 260, 0), (114, 262, 0))
    in_volume = ((0, 20, 0), (2, 50, 8), (0, 10, 150), (2, 42, 152), (-90, 12, -60), (90, 12, -60))
    found = []
    for positions in (on_film, in_volume):
        listed = [{**one, "label": name} for name, one in zip(LANDMARKS, points(*positions), strict=True)]
        found.append(markups_json(markup("Fiducial", controlPoints=listed)))
    return found


def _label_maps() -> list[Files]:
    voxels = np.zeros((12, 12, 4), np.uint8)
    voxels[2:9, 2:9, 2] = 1
    table = json.dumps({"1": "L3_body_middle", "2": "L3_csf"}).encode()
    place = np.array([[-1, 0, 0, -10], [0, -1, 0, -10], [0, 0, 2, 0]], float)
    plain = nifti(voxels, sform=place)
    packed = {"type": "uint8", "sizes": "12 12 4", "space_directions": "(1,0,0) (0,1,0) (0,0,2)"}
    segments = (
        "Segment0_ID:=S1",
        "Segment0_Name:=L3_body_middle",
        "Segment0_LabelValue:=1",
        "Segment0_Layer:=0",
        "Segment0_Extent:=0 11 0 11 0 3",
    )
    data = voxels.tobytes(order="F")
    return [
        {"m.nii": plain, "labels.json": table},
        {"m.nii.gz": gzip.compress(plain, mtime=0), "m.json": table},
        {"q.nii": nifti(voxels.astype("<i2"), qform=(0, 0, 0, 10, 10, 0), kind=4), "labels.json": table},
        {"m.nrrd": nrrd(data, **packed), "labels.json": table},
        {"m.seg.nrrd": nrrd(data, *segments, **packed)},
        {"r.seg.nrrd": nrrd(data, *segments, encoding="raw", **packed)},
        {
            "m.nhdr": nrrd(b"", "data file: m.raw", encoding="raw", **packed),
            "m.raw": data,
            "labels.json": table,
        },
    ]


def _scenes() -> list[Files]:
    line = markups_json(markup("Line", controlPoints=points((1, 2, 3), (11, 2, 3))))
    scene = mrml(
        transform_node("T1", ras((0, 0, 90), (5, 0, -2)), parent="T2"),
        transform_node("T2", ras(shift=(0, 9, 0))),
        element("Volume", "vtkMRMLScalarVolumeNode1", name="CT"),
        markup_node("L3_csf.mrk.json", transform="T1", name="L3_csf"),
    )
    return [
        {"s.mrb": mrb({"s/s.mrml": scene, "s/L3_csf.mrk.json": line})},
        {"s.mrb": mrb({"s/s.mrml": scene, "s/Data/L3_csf.mrk.json": line}, compression=0)},
        {"L3_csf.mrk.json": line, "s.mrml": scene},
        {"s.mrml": scene, "L3_csf.mrk.json": line},
    ]


def _dicom_regions() -> list[Files]:
    site_name = "L3_body_middle"
    reports = report(
        group(site_name, in_patient("POLYGON", [*SQUARE, SQUARE[0]])),
        group("L3_csf", on_image("POLYLINE", [(10, 10), (30, 10), (30, 30), (10, 10)])),
        group("L3_trajectory_left", on_image("ELLIPSE", [(5, 10), (25, 10), (15, 5), (15, 15)])),
        group("L2_csf", on_image("CIRCLE", [(15, 15), (20, 15)])),
    )
    cube = np.ones((2, 8, 8), np.uint8)
    frames = [frame((10, 10, 2)), frame((10, 10, 4))]
    segments = [segment(1, "L3_body_middle")]
    structures = structure_set(structure(1, "L3_body_middle", SQUARE), structure(2, "L3_csf", SQUARE))
    return [
        {"a.dcm": reports},
        {"b.dcm": segmentation(cube, frames, segments)},
        {"c.dcm": segmentation(cube * 200, frames, segments, kind="FRACTIONAL", MaximumFractionalValue=255)},
        {"d.dcm": structures},
        {"e.dcm": file_bytes(dataset(Modality="SR"), "1.2.840.10008.5.1.4.1.1.88.33")},
    ]


def _shared_regions() -> list[Files]:
    return [{f"x{n}.dcm": data} for n, data in enumerate(_shared("roi-annotations", "*.dcm"))]


def _shared(part: str, pattern: str) -> list[bytes]:
    """Real files that are not in this repository, where they are present and small."""
    folder = Path(os.environ.get("BONEHOLD_SHARED", ROOT.parent / "shared")) / "data" / part
    paths = sorted(folder.rglob(pattern)) if folder.is_dir() else []
    small = [p for p in paths if p.is_file() and p.stat().st_size <= LARGEST_SEED]
    return [p.read_bytes() for p in small if not p.name.startswith("LICENSE")]


def cohort_seeds() -> dict[str, bytes]:
    """The text files of a small cohort; every table that has a schema is among them."""
    with tempfile.TemporaryDirectory() as place:
        folder = write_cohort(Path(place, "cohort"), imaged=(), others=6)
        found = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    found["cohort.yaml"] += b"data_cut: 2024-03-01\n"
    rows: dict[str, str] = {
        "overrides.csv": "patient_id,item,value,reason\nP001,level,L4,x\nP002,ct_series,3,y\nP003,exclude,1,z\n",
        "reading_sessions.csv": "patient_id,reader,session,trajectory_source,blinded_to_outcome\n,R1,1,planned,1\n",
        "ratings.csv": "patient_id,rating,measured,note\nP001,keep,b0c4d71e,fine\nP002,redo,b0c4d71f,\n",
    }
    found |= {name: text.encode() for name, text in rows.items()}
    long = b"patient_id,reader,roi,mean,sd,area_mm2\nP001,R1,L3_body_superior,120.5,10,80\nP001,R1,L3_csf,90,5,60\n"
    return {**found, "long measurements.csv": long}


def table_names() -> list[str]:
    """The tables of a cohort: all that have a schema."""
    schemas = (ROOT / "workflow" / "schemas").glob("*.schema.yaml")
    names = {path.name.partition(".")[0] for path in schemas}
    return sorted(names - {"config", "cohort", "roi"})


def configuration_seeds() -> list[bytes]:
    """config.yaml as it is and with more said."""
    text = (ROOT / "config.yaml").read_bytes()
    more: dict[str, Any] = {
        **yaml.safe_load(text),
        "analyses": [{"name": "one", "where": '(ads == 0 or age >= 60.5) and sex != "F"'}],
        "levels": ["L3", "L2"],
    }
    return [text, yaml.safe_dump(more).encode()]
