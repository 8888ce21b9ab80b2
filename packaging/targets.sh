#!/usr/bin/env bash
# No crate of one system slips into the program for another. Compiling for macOS and Windows needs their
# toolchains; that the right crates are asked for can be proven anywhere.
set -euo pipefail
cd "$(dirname "$0")/.."

# Names as cargo knows them, each anchored at its beginning.
linux='zbus|zvariant|wayland-|smithay-|x11|xkbcommon|xcursor|as-raw-xcb|ashpd|atspi|accesskit_unix|dbus|libdbus|secret-service|linux-keyutils|inotify|udev|calloop'
macos='objc2|muda|cocoa|core-foundation|core-graphics|security-framework|accesskit_macos|apple-native|dispatch|metal$|block2'
windows='windows-native|accesskit_windows|clipboard-win|windows$|windows-core|winreg|schannel|winapi$'

faults=0
check() { # target, what must not be there, what must
    local target=$1 foreign=$2 own=$3 crates found
    # Into the program and into its build for that target; build scripts run on the builder's system.
    crates=$(cargo tree --locked --edges normal --target "$target" --prefix none --format '{p}' | awk '{ print $1 }' | sort -u)
    found=$(grep -E "^($foreign)" <<<"$crates" || true)
    if [ -n "$found" ]; then
        echo "$target: foreign crates:" $found >&2
        faults=1
    fi
    # A pattern that matches nothing anywhere would prove nothing.
    grep -qE "^($own)" <<<"$crates" || { echo "$target: none of its own crates was found" >&2; faults=1; }
    echo "$target: $(wc -l <<<"$crates") crates"
}
check x86_64-unknown-linux-gnu "$macos|$windows" "$linux"
check x86_64-apple-darwin "$linux|$windows" "$macos"
check aarch64-apple-darwin "$linux|$windows" "$macos"
check x86_64-pc-windows-msvc "$linux|$macos" "$windows"
exit "$faults"
