"""A cohort in which everything that could say who somebody is holds an unmistakable word, day, number or UID."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from cohorts import read_table, write_cohort, write_table
from dicom import box, markup, points, save_markups
from dicom_regions import dataset, file_bytes, report, segment, segmentation, structure, structure_set
from dicom_regions import frame as frame_of
from dicom_regions import group as group_of
from label_maps import nifti, nrrd
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless
from scenes import markup_node, markups_json, mrb, mrml

WORD = "ZZCANARY"
DIGITS = "9173645508"
DAY, SURGERY = "19310417", "1931-05-09"
TIME = "174329.731842"
DAYS = ("19310417", "1931-04-17", "17.04.1931", "04/17/1931", "1931-05-09", "19310509")
TIMES = (TIME, "17:43:29")
SOUGHT = (WORD, DIGITS, *DAYS, *TIMES)
"""What must stand nowhere; UIDs and numbers hold the digits."""

IMAGED = ("GOOD", "PART", "REFD", "PIXL", "BRKN", "LINK", "FALT", "CHNG", "LATN", "KANJ")

USED = {
    "SpecificCharacterSet SOPClassUID Modality Manufacturer ImageType PhotometricInterpretation ScanOptions "
    "ConvolutionKernel ContrastBolusAgent BurnedInAnnotation ScanningSequence SequenceVariant MRAcquisitionType "
    "AngioFlag TransferSyntaxUID MediaStorageSOPClassUID PixelPresentation PatientPosition"
}
_USED = frozenset(next(iter(USED)).split())
_TEXT = {"LO", "SH", "PN", "LT", "ST", "UT", "UC", "UR", "AE", "CS"}
_GROUPS = {0x0008, 0x0010, 0x0012, 0x0018, 0x0020, 0x0032, 0x0038, 0x0040, 0x0088, 0x0400, 0x2050, 0x4008}


class Planter:
    """Gives a new word, UID or value each time, and remembers every UID and path that it planted."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._values: dict[tuple[int, str], Any] = {}
        self.secrets: set[str] = set()

    def word(self, before: str = "") -> str:
        return f"{before}{WORD}{next(self._numbers)}"

    def uid(self) -> str:
        made = f"2.25.{DIGITS}{next(self._numbers)}"
        self.secrets.add(made)
        return made

    def value(self, tag: int, vr: str, before: str) -> Any:
        """A value that says who, when or where, of its own for each element; None where the kind has none."""
        if (tag, before) not in self._values:
            self._values[tag, before] = self._new_value(vr, before)
        return self._values[tag, before]

    def _new_value(self, vr: str, before: str) -> Any:
        if vr in _TEXT:
            return self.word() if vr in ("AE", "CS", "SH", "UR") else self.word(before)
        return self.uid() if vr == "UI" else {"DA": DAY, "TM": TIME, "DT": DAY + TIME, "AS": "091Y"}.get(vr)


def plant(made: Dataset, planter: Planter, before: str = "") -> None:
    """Fill every element of the dictionary that tells of people, places, times or things, but for those in use."""
    for tag, entry in DicomDictionary.items():
        vr, multiplicity, _, retired, keyword = entry
        if tag >> 16 not in _GROUPS or not keyword or keyword in _USED or "SOPInstance" in keyword:
            continue
        if keyword in ("SeriesInstanceUID", "FrameOfReferenceUID") or (vr == "CS" and multiplicity != "1"):
            continue
        value = planter.value(tag, vr, before)
        if value is not None and not (retired and vr == "UI"):
            made.add_new(tag, vr, value)
    made.SeriesDescription, made.ProtocolName = planter.word("T1 sag "), planter.word(before)
    made.Manufacturer = f"SIEMENS {planter.word()}"
    made.ImageType = [*made.get("ImageType", ["ORIGINAL", "PRIMARY"]), planter.word()]
    made.PatientWeight = made.ExposureTime = DIGITS
    person = dataset(PatientID=planter.word(), IssuerOfPatientID=planter.word(), PatientName=planter.word())
    made.OtherPatientIDsSequence = [person]
    made.RequestAttributesSequence = [
        dataset(
            ScheduledProcedureStepDescription=planter.word(),
            ReferencedStudySequence=[dataset(ReferencedSOPInstanceUID=planter.uid(), StudyDate=DAY)],
        )
    ]
    made.IconImageSequence = [dataset(ImageComments=planter.word())]
    block = made.private_block(0x0009, planter.word(), create=True)
    block.add_new(1, "LO", planter.word())
    block.add_new(2, "SQ", [dataset(PatientName=planter.word(), StudyDate=DAY)])
    block.add_new(3, "UN", planter.word().encode() + b" ")
    made.private_block(0x2005, "Philips MR Imaging DD 001", create=True).add_new(5, "LO", planter.word())
    made.add_new(0x60003000, "OB", b"overlay")
    made.add_new(0x60004000, "LT", planter.word())


def write_canaries(folder: Path) -> Planter:
    """A cohort folder of good and bad patients, full of words that must not get out; gives what was planted."""
    planter = Planter()
    cohort = write_cohort(folder, imaged=IMAGED)
    for patient in IMAGED:
        _plant_images(cohort / "dicom" / patient, patient, planter)
        _plant_drawings(cohort / "annotations" / patient, planter)
        for kind in ("dicom", "annotations"):
            place = cohort / kind / f"{planter.word('Maria ')} {DAY}" / patient
            place.parent.mkdir()
            (cohort / kind / patient).rename(place)
    _spoil(cohort, planter)
    _plant_tables(cohort, planter)
    planter.secrets |= {
        text
        for path in cohort.rglob("*")
        if WORD in str(path)
        for text in (path.name, str(path), str(path.relative_to(cohort)))
    }
    return planter


def patient_folder(cohort: Path, kind: str, patient: str) -> Path:
    """A patient's folder of DICOM files or drawings, wherever it is."""
    return next(iter((cohort / kind).glob(f"*/{patient}")))


def _plant_images(folder: Path, patient: str, planter: Planter) -> None:
    character_set, before = {
        "LATN": ("ISO_IR 100", "Zürich "),
        "KANJ": (["", "ISO 2022 IR 87"], "山田 "),
    }.get(patient, ("ISO_IR 192", "Ångström "))
    series = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        made = pydicom.dcmread(path)
        made.SpecificCharacterSet = character_set
        plant(made, planter, before)
        if patient != "REFD":  # whose drawings say that they belong elsewhere
            made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = planter.uid()
            for keyword in ("SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID"):
                uid = series.setdefault((path.parent, keyword), planter.uid())
                setattr(made, keyword, uid)
        made.AcquisitionDate = made.SeriesDate = made.StudyDate = DAY
        made.save_as(path, enforce_file_format=True)
        path.rename(path.with_name(f"{planter.word('Müller, ')} {DAY} {path.name}.dcm"))
    for place in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        place.rename(place.with_name(planter.word("María ")))


def _plant_drawings(folder: Path, planter: Planter) -> None:
    reader = folder / "R1"
    for path in sorted(folder.rglob("*.mrk.json")):
        document = json.loads(path.read_text())
        for one in document["markups"]:
            one |= {"name": path.name.split(".")[0], "description": planter.word()}
            one["display"] = {"textProperty": planter.word()}
            for point in one.get("controlPoints", ()):
                point |= {
                    "label": planter.word(),
                    "description": planter.word(),
                    "associatedNodeID": planter.word(),
                }
        path.write_text(json.dumps(document))
        if path.parent == reader:
            (reader / planter.word()).mkdir()
            path.rename(next(p for p in reader.iterdir() if p.is_dir() and not any(p.iterdir())) / path.name)
    voxels = np.zeros((4, 4, 2), np.uint8)
    more = reader / planter.word()
    more.mkdir()
    packed = bytearray(nifti(voxels, sform=np.eye(3, 4)))
    packed[148:160], packed[228:240] = WORD.encode() + b"1234", WORD.encode() + b"5678"
    (more / f"{planter.word()}.nii").write_bytes(bytes(packed))
    header = (
        f"# {planter.word()}",
        f"{planter.word()}:={planter.word()}",
        f"Segment0_Name:={planter.word()}",
    )
    (more / f"{planter.word()}.seg.nrrd").write_bytes(nrrd(bytes(24), *header, content=planter.word()))
    (more / f"{planter.word()}.nrrd").write_bytes(nrrd(bytes(range(24)), *header))
    (more / "labels.json").write_text(json.dumps({str(n): planter.word() for n in range(1, 9)}))
    (more / f"{planter.word()}.txt").write_text(planter.word("a letter on "))
    native = {"schema": "roi/1", "reader": "R1", "subject": planter.word(), planter.word(): 1, "rois": []}
    (more / "roi.json").write_text(json.dumps(native))
    save_markups(
        more / f"{planter.word()}.mrk.json", markup("Line", name=planter.word(), controlPoints=points())
    )
    save_markups(more / f"{planter.word()}.mrk.json", markup(planter.word(), coordinateUnits=planter.word()))
    scene = mrml(markup_node("L3_csf.mrk.json", name=planter.word(), transform=planter.word()))
    (more / f"{planter.word()}.mrml").write_bytes(scene)
    drawn = markups_json(box((1, 2, 3), (4, 5, 6), name=planter.word()))
    (more / f"{planter.word()}.mrb").write_bytes(
        mrb({f"{planter.word()}/s.mrml": scene, planter.word(): drawn})
    )
    (more / f"{planter.word()}.acsv").write_text(planter.word())
    cube = np.ones((1, 4, 4), np.uint8)
    structures = structure_set(structure(1, planter.word(), [(0, 0, 0), (9, 0, 0), (9, 9, 0)]))
    for data in (
        report(group_of(planter.word())),
        segmentation(
            cube, [frame_of((0, 0, 0))], [segment(1, planter.word(), SegmentDescription=planter.word())]
        ),
        structures,
        file_bytes(dataset(Modality=planter.word()[:16]), planter.uid()),
    ):
        made = pydicom.dcmread(pydicom.filebase.DicomBytesIO(data))
        made.SeriesInstanceUID = planter.uid()
        made.ContentLabel, made.ContentDescription, made.SeriesDescription = (
            planter.word(),
            planter.word(),
            DAY,
        )
        made.StructureSetLabel, made.StructureSetName = planter.word(), planter.word()
        made.PatientID, made.StudyDate, made.InstitutionName = planter.word(), DAY, planter.word()
        made.save_as(more / f"{planter.word()}.dcm")


def _files(cohort: Path, kind: str, patient: str, pattern: str = "*") -> list[Path]:
    return sorted(p for p in patient_folder(cohort, kind, patient).rglob(pattern) if p.is_file())


def _spoil(cohort: Path, planter: Planter) -> None:
    for path in _files(cohort, "annotations", "PART", "L3_body_*"):
        path.unlink()
    for path in _files(cohort, "annotations", "REFD", "L3_*"):
        path.write_text(re.sub(r'"center": \[20', '"center": [920', path.read_text()))
    for path in _files(cohort, "dicom", "PIXL"):
        made = pydicom.dcmread(path)
        made.file_meta.TransferSyntaxUID = JPEG2000Lossless
        made.PixelData = pydicom.encaps.encapsulate([planter.word().encode() * 20])
        made["PixelData"].is_undefined_length = True
        made.save_as(path)
    images = _files(cohort, "dicom", "BRKN")
    images[0].write_bytes(images[0].read_bytes()[:-300])
    images[1].write_bytes(images[1].read_bytes()[:900])
    images[2].write_bytes(planter.word().encode() * 99)
    images[3].write_bytes(b"")
    for path in _files(cohort, "annotations", "BRKN", "*.mrk.json")[:4]:
        path.write_text(f'{{"{planter.word()}": ')
    outside = cohort.parent.parent / planter.word("outside ")
    outside.mkdir()
    (outside / planter.word()).write_bytes(images[4].read_bytes())
    links = patient_folder(cohort, "dicom", "LINK")
    (links / planter.word()).symlink_to(links)
    (links / planter.word()).symlink_to(links / planter.word())
    (links / planter.word()).symlink_to(next(outside.iterdir()))
    loop = links / planter.word()
    loop.symlink_to(loop)
    os.mkfifo(links / planter.word())
    drawn = patient_folder(cohort, "annotations", "LINK")
    (drawn / planter.word()).symlink_to(outside)
    (drawn / planter.word("Dr ")).mkdir()
    (drawn / "R1" / f"{planter.word()}.mrk.json").symlink_to(next(outside.iterdir()))
    next(p for p in drawn.iterdir() if p.is_dir() and not any(p.iterdir())).joinpath("x.mrk.json").write_text(
        "{}"
    )


def _plant_tables(cohort: Path, planter: Planter) -> None:
    patients = read_table(cohort / "patients.csv")
    for row in patients:
        patient = row["patient_id"]
        if patient in IMAGED:
            root = cohort.resolve()
            row |= {
                k: str(patient_folder(root, k, patient).relative_to(root)) for k in ("dicom", "annotations")
            }
        row |= {
            "patient_name": planter.word(),
            "mrn": planter.word(),
            "date_of_birth": SURGERY,
            "surgery_date": SURGERY,
            "surgeon": "Dr " + WORD,
            "ward": planter.word("ward "),
            "hospital_number": f"{DIGITS}{patients.index(row):03d}",
            "seen_on": "17.04.1931",
            "notes": planter.word("talked with "),
        }
    good = patients[-1]
    patients += [
        {**good, "patient_id": planter.word("Maria ")},
        {**good, "patient_id": "WRNG", "age": planter.word("sixty, "), "sex": SURGERY, "dicom": ""},
        {
            **good,
            "patient_id": "AWAY",
            "dicom": f"../{planter.word()}",
            "annotations": f"/{planter.word()}/x",
        },
        {**good, "patient_id": "GONE", "dicom": f"dicom/{planter.word()}", "annotations": planter.word()},
        {**good, "patient_id": "LONG", "dicom": planter.word() * 900, "annotations": planter.word() + "\x07"},
        {
            **good,
            "patient_id": "DATE",
            "surgery_date": planter.word("in spring "),
            "dicom": "",
            "annotations": "",
        },
    ]
    write_table(cohort / "patients.csv", patients)
    visits = read_table(cohort / "visits.csv")
    for row in visits:
        row |= {"comment": planter.word(), "date": SURGERY}
    visits += [
        {**visits[0], "reader": planter.word("Dr ")},
        {**visits[1], "months": planter.word("in autumn, ")},
        {**visits[2], "patient_id": planter.word("Maria ")},
        {**visits[3], "months": SURGERY},
    ]
    write_table(cohort / "visits.csv", visits)
    readings = read_table(cohort / "readings.csv")
    readings += [{**readings[0], "reader": planter.word("Dr "), "value": DAYS[2]}]
    for row in readings:
        row["remark"] = planter.word()
    write_table(cohort / "readings.csv", readings)
    overrides = [
        {"patient_id": "GOOD", "item": "ct_series", "value": "2", "reason": planter.word("as told by ")},
        {"patient_id": "PART", "item": "exclude", "value": "1", "reason": planter.word("as told by ")},
        {"patient_id": "GOOD", "item": planter.word("the "), "value": planter.word("x "), "reason": SURGERY},
        {"patient_id": planter.word("Maria "), "item": "level", "value": "L4", "reason": SURGERY},
    ]
    write_table(cohort / "overrides.csv", overrides)
    ratings = [
        {"patient_id": p, "rating": "redo", "measured": "b0c4d71e", "note": planter.word("says ")}
        for p in IMAGED
    ]
    write_table(cohort / "ratings.csv", ratings)
    sessions = [{"patient_id": "", "reader": "R1", "session": "", "who": planter.word()}]
    write_table(cohort / "reading_sessions.csv", sessions)
    with (cohort / "cohort.yaml").open("a") as about:
        about.write(f"# {planter.word()}\n")


def allowed_tokens(cohort: Path) -> Iterator[str]:
    """The eight digits by which messages call a file: those of its path below the patient's folder, and of no other."""
    from bonehold.imaging.file_listing import list_files, path_token

    for kind in ("dicom", "annotations"):
        for place in (cohort / kind).glob("*/*"):
            listing = list_files(place)
            yield from (path_token(relative) for relative, _ in listing.files)
            yield from map(path_token, listing.passed_over)


def told(hits: Iterable[Any]) -> str:
    """Hits for an assertion's message."""
    return "\n".join(f"{hit.word} in {hit.place}: {hit.around!r}" for hit in list(hits)[:40])
