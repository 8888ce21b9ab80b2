#!/usr/bin/env bash
# Renders assets/icon.svg to the sizes that the packages carry. Needs rsvg-convert (Debian: librsvg2-bin).
# With --check nothing is written; it fails where a kept picture is missing or of another size.
set -euo pipefail
cd "$(dirname "$0")/.."
sizes=(16 22 24 32 48 64 128 256 512 1024)
if [ "${1:-}" = --check ]; then
    for size in "${sizes[@]}"; do
        # Width and height stand in the first chunk of a PNG, at byte 16.
        read -r width height < <(od -An -tu4 --endian=big -j16 -N8 "packaging/icons/$size.png")
        [ "$width" = "$size" ] && [ "$height" = "$size" ] || { echo "icons/$size.png is ${width}x$height" >&2; exit 1; }
    done
    exit 0
fi
command -v rsvg-convert >/dev/null || { echo "rsvg-convert is missing (Debian: apt install librsvg2-bin)" >&2; exit 1; }
mkdir -p packaging/icons
for size in "${sizes[@]}"; do
    rsvg-convert --width "$size" --height "$size" --output "packaging/icons/$size.png" assets/icon.svg
done
# Windows wants them in one file: a list of places, then the pictures as they are.
python3 - <<'PYTHON'
import struct
sizes = [16, 24, 32, 48, 64, 128, 256]
pictures = [open(f"packaging/icons/{size}.png", "rb").read() for size in sizes]
place = 6 + 16 * len(sizes)
head, entries = struct.pack("<HHH", 0, 1, len(sizes)), b""
for size, picture in zip(sizes, pictures):
    entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), place)
    place += len(picture)
open("packaging/windows/export-desk.ico", "wb").write(head + entries + b"".join(pictures))
PYTHON
cmp -s packaging/icons/256.png assets/icon-256.png || echo "assets/icon-256.png, which the window shows, was rendered otherwise"
