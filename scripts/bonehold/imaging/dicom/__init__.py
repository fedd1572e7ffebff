"""DICOM files: which there are, what their headers say, and their pixels as HU or signal."""
