#!/usr/bin/env bash
# No crate of one system slips into the program for another, and no further crate is in it in two versions. Compiling
# for macOS and Windows needs their toolchains; which crates are asked for can be checked anywhere.
set -euo pipefail
cd "$(dirname "$0")/.."

# Names as cargo knows them, each anchored at its beginning.
linux='zbus|zvariant|wayland-|smithay-|x11|xkbcommon|xcursor|as-raw-xcb|ashpd|atspi|accesskit_unix|dbus|libdbus|secret-service|linux-keyutils|inotify|udev|calloop'
macos='objc2|muda|cocoa|core-foundation|core-graphics|security-framework|accesskit_macos|apple-native|dispatch|metal$|block2'
windows='windows-native|accesskit_windows|clipboard-win|windows$|windows-core|winreg|schannel|winapi$'

faults=0
check() { # target, what must not be there, what must, what may be there in two versions
    local target=$1 foreign=$2 own=$3 twice=$4 crates found
    # Into the program and into its build for that target; build scripts run on the builder's system.
    crates=$(cargo tree --locked --edges normal --target "$target" --prefix none --format '{p}' | awk '{ print $1, $2 }' | sort -u)
    # `uniq -d` prints a name once, however many versions there are.
    found=$(awk '{ print $1 }' <<<"$crates" | uniq -d | grep -vxE "$twice" || true)
    if [ -n "$found" ]; then
        echo "$target: in two versions, and so compiled and carried twice:" $found >&2
        faults=1
    fi
    crates=$(awk '{ print $1 }' <<<"$crates" | uniq)
    found=$(grep -E "^($foreign)" <<<"$crates" || true)
    if [ -n "$found" ]; then
        echo "$target: foreign crates:" $found >&2
        faults=1
    fi
    # A pattern that matches nothing anywhere would prove nothing.
    grep -qE "^($own)" <<<"$crates" || { echo "$target: none of its own crates was found" >&2; faults=1; }
    echo "$target: $(wc -l <<<"$crates") crates"
}
# What the window's libraries bring in two versions. The older `objc2` and its frameworks belong to winit.
anywhere='hashbrown|miniz_oxide|rustc-hash|syn'
desktop='calloop|calloop-wayland-source|foldhash|getrandom|linux-raw-sys|pollster|rustix|smithay-client-toolkit|thiserror|thiserror-impl'
frameworks='bitflags|block2|core-foundation|objc2|objc2-app-kit|objc2-foundation'
check x86_64-unknown-linux-gnu "$macos|$windows" "$linux" "$anywhere|$desktop"
check x86_64-apple-darwin "$linux|$windows" "$macos" "$anywhere|$frameworks"
check aarch64-apple-darwin "$linux|$windows" "$macos" "$anywhere|$frameworks"
check x86_64-pc-windows-msvc "$linux|$macos" "$windows" "$anywhere|windows-sys"
exit "$faults"
