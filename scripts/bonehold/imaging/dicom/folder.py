"""Index a folder of DICOM files by their headers, whatever the files are called.

No name, identifier, date, UID or path of a file leaves this module's objects in text: a file is called by its
number in the folder and eight hexadecimal digits of the hash of its relative path (`make which` finds it).
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bonehold.imaging.dicom.headers import DicomFile, ImageHeader, image_headers
from bonehold.imaging.dicom.tag_walker import Surprise, walk
from bonehold.imaging.file_listing import Listing, list_files, passed_over_problems, path_token
from bonehold.problems import Problem

NOT_IMAGES_OF_OURS = {"DICOMDIR"}
MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"

TRIED_FIRST = 8
SLOW_OPEN_S = 0.001
THREADS = 16
"""When even the quickest of the first files takes longer, threads read the others: they hide a network's delay."""


@dataclass(frozen=True)
class FolderIndex:
    """The images found in a folder, how many files it holds, and what could not be used."""

    images: tuple[ImageHeader, ...]
    files: int
    problems: tuple[Problem, ...]


def dicom_files(folder: Path) -> list[DicomFile]:
    """The files of a patient's DICOM folder, numbered in the order of their relative paths."""
    return _numbered(folder, list_files(folder))


def index_folder(folder: Path, inside: Path) -> FolderIndex:
    """Read the headers of all files below a folder.

    Args:
        folder: the patient's DICOM folder; any depth, any file names.
        inside: files that resolve to a place outside this folder (links) are refused.
    """
    listing = list_files(folder)
    files = _numbered(folder, listing)
    problems = passed_over_problems("dicom", listing.passed_over)
    images: list[ImageHeader] = []
    linked = {folder / relative for relative in listing.links}
    root = inside.resolve()

    def read(file: DicomFile) -> list[ImageHeader] | Problem:
        if file.path in linked and not file.path.resolve().is_relative_to(root):
            return Problem(str(file), "is a link to a place outside the cohort folder", "copy the file")
        return read_headers(file)

    candidates = [file for file in files if file.path.name.upper() not in NOT_IMAGES_OF_OURS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's tell values; set once here, for threads share the filters
        results = list(_read_all(read, candidates))
    for found in results:
        if isinstance(found, Problem):
            problems.append(found)
            continue
        images += found
        if found and found[0].cut_short:
            remedy = "export the series again from the PACS"
            problems.append(Problem(str(found[0].file), "its pixel data are cut short", remedy))
    return FolderIndex(tuple(images), len(files), tuple(problems))


def _numbered(folder: Path, listing: Listing) -> list[DicomFile]:
    return [
        DicomFile(number, len(listing.files), path_token(relative), folder / relative, status.st_size)
        for number, (relative, status) in enumerate(listing.files, start=1)
    ]


_Found = list[ImageHeader] | Problem


def _read_all(read: Callable[[DicomFile], _Found], files: Sequence[DicomFile]) -> Iterator[_Found]:
    """Read all files in their order; by threads where opening a file is slow."""
    quickest = float("inf")
    for file in files[:TRIED_FIRST]:
        began = time.perf_counter()
        found = read(file)
        quickest = min(quickest, time.perf_counter() - began)
        yield found
    if quickest > SLOW_OPEN_S and len(files) > TRIED_FIRST:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(THREADS) as threads:
            yield from threads.map(read, files[TRIED_FIRST:])
    else:
        yield from map(read, files[TRIED_FIRST:])


def read_headers(file: DicomFile) -> list[ImageHeader] | Problem:
    """The images of a file; none for other DICOM objects; a problem if it is no DICOM file, or cannot be used."""
    try:
        return image_headers(file, walk(file.path, file.size))
    except Surprise:
        pass
    except OSError:
        return Problem(str(file), "cannot be read", "it must be a file that you may read; it was passed over")
    from bonehold.imaging.dicom.header_stream import EndlessHeader
    from bonehold.imaging.dicom.pydicom_headers import TooLarge, read_elements

    not_dicom = Problem(str(file), "is not a DICOM file", "remove it or export it again; it was passed over")
    try:
        elements = read_elements(file.path)
        if elements.values.get("SOPClassUID") == (MEDIA_DIRECTORY,):
            return []
        if not {"SOPClassUID", "Modality"} & elements.values.keys():
            return not_dicom
        return image_headers(file, elements)
    except TooLarge:
        remedy = "export it uncompressed, or as single images; it was passed over"
        return Problem(str(file), "unpacks to more than 256 MB, or has more than 10,000 frames", remedy)
    except EndlessHeader:
        return Problem(str(file), "has a header without end", "export the series again; it was passed over")
    except Exception:
        # pydicom meets hostile bytes here and raises nearly anything; the file is passed over, and named.
        return not_dicom
