"""What is used of pydicom, imported after gdcm (`gdcm_guard`), whose own import pydicom would fail with."""

# isort: off
import bonehold.imaging.dicom.gdcm_guard  # noqa: F401  # before pydicom

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import iter_pixels, pixel_array
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

__all__ = [
    "UID",
    "Dataset",
    "ExplicitVRBigEndian",
    "ExplicitVRLittleEndian",
    "FileMetaDataset",
    "ImplicitVRLittleEndian",
    "apply_modality_lut",
    "encapsulate",
    "get_frame",
    "iter_pixels",
    "pixel_array",
    "pydicom",
]
