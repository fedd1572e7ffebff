"""The kinds of DICOM objects that are read, by their SOP class: images of CT, MR and radiography."""

from __future__ import annotations

CLASSIC_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4": "MR",
}
MULTI_FRAME_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.2.1": "CT",
    "1.2.840.10008.5.1.4.1.1.2.2": "CT",
    "1.2.840.10008.5.1.4.1.1.4.1": "MR",
    "1.2.840.10008.5.1.4.1.1.4.4": "MR",
}
RADIOGRAPH_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "DX",
}
IMAGE_CLASSES = CLASSIC_CLASSES | MULTI_FRAME_CLASSES | RADIOGRAPH_CLASSES
"""SOP class -> Modality, where the header does not say it."""

CLASS_OF_MODALITY = {modality: sop_class for sop_class, modality in CLASSIC_CLASSES.items()}
"""What an image without a class must be: some anonymisers empty SOPClassUID."""
