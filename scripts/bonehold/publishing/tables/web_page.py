"""A page that stands alone: opened from a disk, it asks nothing from anywhere and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import Any

from bonehold.files import canonical_json
from bonehold.publishing.figures.style import SYNTHETIC_NOTE

WEB = Path(__file__).parents[1] / "web"
"""Styles and scripts of the pages."""


def asset(*names: str) -> str:
    """The text of one or several files of the folder `web`, one after the other."""
    return "\n".join((WEB / name).read_text(encoding="utf-8") for name in names)


def web_page(
    title: str, body: str, *, style: str, script: str, data: Any, images: str, synthetic: bool
) -> str:
    """The page as HTML.

    The content security policy names the hashes of the one style and the one script, so that no text that found
    its way into the page could ever run.

    Args:
        title: its name, not yet escaped.
        body: HTML of the body.
        style: CSS.
        script: JavaScript; finds `data` in the element `data`.
        data: what the script works on, as JSON.
        images: where pictures may come from, as the policy writes it.
        synthetic: whether the data are made up, which is then printed on top.
    """
    policy = "; ".join(
        [
            "default-src 'none'",
            f"img-src {images}",
            f"style-src {_hash(style)}",
            f"script-src {_hash(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    note = f'<p class="synthetic">{escape(SYNTHETIC_NOTE)}</p>\n' if synthetic else ""
    listed = canonical_json(data).replace("<", "\\u003c")  # so that no text can end the element
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{note}{body}\n"
        f'<script type="application/json" id="data">{listed}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
