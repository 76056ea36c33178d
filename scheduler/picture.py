"""An SVG picture as PNG, its Arabic shaped, in the font the desk brings. Needs `rasid[plot]`."""

import tempfile
from pathlib import Path

from storage.errors import InputError

FONTS = Path(__file__).parent / "desk" / "static" / "fonts"
FAMILY = "Noto Naskh Arabic"
# Of a screen with fine dots; a page prints well at twice as many.
ZOOM = 2


def png(svg: str) -> bytes:
    """Return *svg* as PNG, the same on every machine: no font of the system is used.

    Raises InputError where what it needs is not installed.
    """
    try:
        import resvg_py
        from fontTools.merge import Merger
        from fontTools.ttLib import TTFont
    except ImportError:
        raise InputError('a PNG needs resvg_py and fonttools; install "rasid[plot]".') from None
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for path in sorted(FONTS.glob("*-400-normal.woff2")):
            part = TTFont(path)
            part.flavor = None
            parts.append(f"{folder}/{path.stem}.ttf")
            part.save(parts[-1])
        # As one font: a mark between two Arabic words is sought in theirs alone.
        whole = f"{folder}/whole.ttf"
        Merger().merge(parts).save(whole)
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                skip_system_fonts=True,
                font_files=[whole],
                font_family=FAMILY,
                sans_serif_family=FAMILY,
                zoom=ZOOM,
            )
        )
