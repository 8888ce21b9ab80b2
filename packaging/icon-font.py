#!/usr/bin/env python3
"""Writes assets/icons.ttf: of the font with 4,000 icons, those that src/gui/icons.rs names.

    pip install fonttools
    packaging/icon-font.py MaterialSymbolsRounded_Filled-Regular.ttf

The whole font is Google's (https://github.com/google/material-design-icons), under the Apache License 2.0. The crate
`egui_material_icons` carries it as that file.
"""

import re
import sys
from pathlib import Path

from fontTools import subset

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "gui" / "icons.rs"
PLACE = ROOT / "assets" / "icons.ttf"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    points = [int(point, 16) for point in re.findall(r'^ +[A-Z_]+ = "\\u\{(\w+)\}",', SOURCE.read_text("utf-8"), re.M)]
    # Without the ligatures that make icons of words, and without the axes of the variable font.
    options = subset.Options(layout_features=[], notdef_outline=True, glyph_names=False)
    options.drop_tables += ["GSUB", "STAT"]
    font = subset.load_font(sys.argv[1], options)
    missing = [f"{point:x}" for point in points if point not in font.getBestCmap()]
    if missing:
        sys.exit(f"the font has no icon for {', '.join(missing)}")
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    subset.save_font(font, str(PLACE), options)
    print(f"{PLACE.relative_to(ROOT)}: {len(points)} icons, {PLACE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
