"""Office files (docx, xlsx) that are the same bytes each time: both are zip archives of XML."""

from __future__ import annotations

import io
import re
import zipfile

FIXED_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip archive can hold."""
_MADE = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def with_fixed_date(office_file: bytes) -> bytes:
    """The file with one fixed date in place of the time it was written.

    Args:
        office_file: content of a docx or xlsx file.
    """
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(office_file)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _MADE.sub(rb"\g<1>1980-01-01T00:00:00Z\g<3>", content)
            info = zipfile.ZipInfo(name, FIXED_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, content)
    return out.getvalue()
