"""Import gdcm unharmed by the working directory; import this module before pydicom, which imports gdcm.

gdcm tries to import modules `dl` and `DLFCN` of long ago. A folder of such a name in the working directory (`dl` for
downloads, say) is a package to Python, without what gdcm looks for, and gdcm and with it pydicom fail to import.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

_OF_LONG_AGO = ("dl", "DLFCN")


@contextlib.contextmanager
def _without(*names: str) -> Iterator[None]:
    """Modules of these names cannot be found meanwhile: None in `sys.modules` means so (Python reference 5.3.1)."""
    kept = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(kept)


with _without(*_OF_LONG_AGO), contextlib.suppress(ImportError):
    import gdcm  # noqa: F401
