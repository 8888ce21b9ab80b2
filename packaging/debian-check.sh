#!/usr/bin/env bash
# Builds the .deb, installs it into a bare Debian root that this makes, starts the installed program there in front
# of an Xvfb, and takes it out again. Needs root and Debian or Ubuntu; installs what it needs.
#
#   packaging/debian-check.sh                 # builds first (cargo-deb, profile dist)
#   packaging/debian-check.sh --deb FILE.deb  # a package that is there
#   … --root DIR                              # the root is kept there and used again
#
# Pictures are left in ci-output/packages/. The root is of the release that this machine runs, from where this
# machine's own apt takes it; SUITE and MIRROR choose another.
set -euo pipefail
cd "$(dirname "$0")/.."

deb="" root=""
while [ $# -gt 0 ]; do
    case "$1" in
        --deb) deb=$(realpath "$2"); shift 2 ;;
        --root) root=$(realpath -m "$2"); shift 2 ;;
        *) sed -n '2,10s/^# \?//p' "$0"; exit 2 ;;
    esac
done
suite=${SUITE:-$(. /etc/os-release && echo "${VERSION_CODENAME:-}")}
# The source of apt that has the main part of that release.
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v suite="$suite" '$2 == suite && $3 == "main" { print $1; exit }')}
pictures=$PWD/ci-output/packages
mkdir -p "$pictures"

step() { printf '\n== %s (%s)\n' "$1" "$(date -u +%H:%M:%S)"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
[ -n "$suite" ] && [ -n "$mirror" ] || fail "apt has no source for the release '$suite': name SUITE and MIRROR"
[ "$(id -u)" = 0 ] || fail "a root for Debian is made by root: run this with sudo"

step "What this needs of the machine"
needed=(debootstrap lintian xvfb xdotool x11-utils imagemagick appstream desktop-file-utils)
missing=()
for package in "${needed[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

step "The files of the package"
desktop-file-validate packaging/linux/export-desk.desktop
appstreamcli validate --no-net packaging/linux/export-desk.metainfo.xml
packaging/icons.sh --check

if [ -z "$deb" ]; then
    step "Building the package"
    command -v cargo-deb >/dev/null || cargo install cargo-deb --locked --quiet
    cargo deb --locked --profile dist --output "$PWD/target/debian/"
    deb=$(ls -t "$PWD"/target/debian/*.deb | head -1)
fi
dpkg-deb --info "$deb"

step "lintian"
lintian --fail-on error,warning --info --tag-display-limit 0 "$deb"

step "A bare root: $suite"
mine="" display=""
processes=()
finish() {
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    umount "$root/proc" 2>/dev/null || true
    [ -z "$mine" ] || rm -rf --one-file-system "$mine"
}
trap finish EXIT
if [ -z "$root" ]; then
    mine=$(mktemp -d) root=$mine/root
fi
if [ ! -e "$root/etc/debian_version" ]; then
    debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$pictures/debootstrap.log" 2>&1 ||
        { tail -5 "$pictures/debootstrap.log"; fail "debootstrap"; }
fi
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
[ ! -e /etc/resolv.conf ] || cp -L /etc/resolv.conf "$root/etc/resolv.conf"
# Services of a package do not start in here.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" && chmod +x "$root/usr/sbin/policy-rc.d"
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
grep -q '^engineer:' "$root/etc/passwd" || inside useradd --create-home engineer
as_engineer() { inside su engineer -s /bin/sh -c "$1"; }

step "Installing it with apt, without what is only recommended"
cp "$deb" "$root/tmp/export-desk.deb"
chmod 644 "$root/tmp/export-desk.deb"
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends /tmp/export-desk.deb >"$pictures/apt.log" 2>&1 ||
    { tail -20 "$pictures/apt.log"; fail "apt could not install it"; }
inside dpkg -s export-desk | grep -E '^(Status|Version|Installed-Size)'
inside dpkg --verify export-desk || fail "files differ from the package"
for file in usr/share/man/man1/export-desk.1.gz usr/share/bash-completion/completions/export-desk \
    usr/share/applications/export-desk.desktop usr/share/icons/hicolor/48x48/apps/export-desk.png \
    usr/share/doc/export-desk/copyright; do
    [ -e "$root/$file" ] || fail "/$file is not there"
done

step "The command line, as a person who is not root"
as_engineer 'export-desk --version'
as_engineer 'export-desk practice --tour' >"$pictures/tour.txt" 2>&1 || { tail "$pictures/tour.txt"; fail "the tour"; }
tail -4 "$pictures/tour.txt"

step "The window"
exec 3< <(exec Xvfb -displayfd 1 -screen 0 1280x820x24 -nolisten tcp 2>/dev/null)
processes+=($!)
read -r display <&3
export DISPLAY=:$display
# The socket's other name is not in the file system, so the root reaches it; the test protocol is asked for and
# must not answer.
port=$((20000 + RANDOM % 20000))
as_engineer "mkdir -p -m 700 /tmp/run-engineer; exec env DISPLAY=:$display EGUI_INSPECTION=127.0.0.1:$port \
    XDG_RUNTIME_DIR=/tmp/run-engineer export-desk" >"$pictures/window.log" 2>&1 &
processes+=($!)
window=""
for _ in $(seq 300); do
    window=$(xdotool search --onlyvisible --name '^Export Desk$' 2>/dev/null | head -1) && [ -n "$window" ] && break
    sleep 0.2
done
[ -n "$window" ] || { cat "$pictures/window.log"; fail "no window came"; }
xwininfo -id "$window" | grep -E 'xwininfo|Width|Height|Map State'
# Drawn when there is more than a few plain colours.
drawn() { import -window "$window" "$pictures/$1.png" && [ "$(identify -format %k "$pictures/$1.png")" -gt "$2" ]; }
until_drawn() {
    for _ in $(seq 300); do
        drawn "$1" "$2" && return
        sleep 0.2
    done
    fail "the window stays empty ($1)"
}
until_drawn 1-first-run 200
if (exec 4<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then fail "the released window listens"; fi
xdotool windowfocus --sync "$window"
before=$(identify -format '%#' "$pictures/1-first-run.png")
xdotool key --clearmodifiers ctrl+shift+p
for _ in $(seq 300); do
    drawn 2-practice 200 && [ "$(identify -format '%#' "$pictures/2-practice.png")" != "$before" ] && break
    sleep 0.2
done
sleep 2 && drawn 2-practice 200
[ "$(identify -format '%#' "$pictures/2-practice.png")" != "$before" ] || fail "a key did nothing"
xdotool key --clearmodifiers ctrl+q
for _ in $(seq 100); do
    kill -0 "${processes[1]}" 2>/dev/null || break
    sleep 0.2
done
if kill -0 "${processes[1]}" 2>/dev/null; then fail "Ctrl+Q did not end it"; fi
wait "${processes[1]}" || fail "it ended badly: $(cat "$pictures/window.log")"

step "Taking it out again"
inside apt-get purge -y -qq export-desk >>"$pictures/apt.log" 2>&1
left=$(find "$root/usr" "$root/etc" "$root/var/lib/dpkg/info" -name '*export-desk*' -print)
[ -z "$left" ] || fail "left behind: $left"

step "Done: the package installs, starts, and goes"
