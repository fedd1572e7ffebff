"""From a folder of DICOM files and drawn regions to one measured value per region."""
