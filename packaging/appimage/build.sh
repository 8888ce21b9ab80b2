#!/usr/bin/env bash
# Makes target/appimage/Export_Desk-VERSION-x86_64.AppImage. Build it on the oldest Debian that is to be served: an
# AppImage needs the C library of the machine that made it, or a newer one.
# Needs appimagetool on the PATH (https://appimage.github.io); without it the AppDir is made, started and left.
set -euo pipefail
cd "$(dirname "$0")/../.."

program=${1:-}
if [ -z "$program" ]; then
    cargo build --profile dist --locked
    program=target/dist/export-desk
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
dir=target/appimage/ExportDesk.AppDir
rm -rf "$dir"
install -Dm755 "$program" "$dir/usr/bin/export-desk"
install -Dm755 packaging/appimage/AppRun "$dir/AppRun"
install -Dm644 packaging/linux/export-desk.desktop "$dir/export-desk.desktop"
install -Dm644 packaging/linux/export-desk.desktop "$dir/usr/share/applications/export-desk.desktop"
install -Dm644 packaging/linux/export-desk.metainfo.xml "$dir/usr/share/metainfo/export-desk.appdata.xml"
install -Dm644 packaging/NOTICES.md "$dir/usr/share/doc/export-desk/NOTICES.md"
install -Dm644 packaging/debian/copyright "$dir/usr/share/doc/export-desk/copyright"
install -Dm644 packaging/icons/256.png "$dir/export-desk.png"
ln -s export-desk.png "$dir/.DirIcon"
for size in 16 22 24 32 48 64 128 256 512; do
    install -Dm644 "packaging/icons/$size.png" "$dir/usr/share/icons/hicolor/${size}x$size/apps/export-desk.png"
done
for library in libxkbcommon-x11.so.0 libxcb-xkb.so.1; do
    path=$(/sbin/ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ { print $NF; exit }')
    [ -n "$path" ] || { echo "$library is missing (Debian: apt install libxkbcommon-x11-0)" >&2; exit 1; }
    install -Dm644 "$path" "$dir/usr/lib/$library"
done
"$dir/AppRun" --version
if ! command -v appimagetool >/dev/null; then
    echo "$dir is made; appimagetool is not here, so it is not packed" >&2
    exit 0
fi
ARCH=x86_64 appimagetool --no-appstream "$dir" "target/appimage/Export_Desk-$version-x86_64.AppImage"
