#!/usr/bin/env bash
# Compiles the program and its tests for macOS and Windows as far as types and lints go, on Linux. Nothing is linked,
# so the C parts of libraries are replaced by empty files and no other compiler is needed.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
cat >"$tools/cc" <<'SCRIPT'
#!/bin/sh
out='' last='' preprocess=''
for argument in "$@"; do
    [ "$last" = -o ] && out=$argument
    case $argument in
        -o?*) out=${argument#-o} ;;
        -E) preprocess=yes ;;
    esac
    last=$argument
done
[ -z "$preprocess" ] || exec cc -E "$last"
[ -z "$out" ] || : >"$out"
SCRIPT
cat >"$tools/ar" <<'SCRIPT'
#!/bin/sh
for argument in "$@"; do
    case $argument in *.a) : >"$argument" ;; esac
done
SCRIPT
chmod +x "$tools/cc" "$tools/ar"

for target in aarch64-apple-darwin x86_64-pc-windows-gnu; do
    # A machine that cannot fetch the standard library of a system leaves that system to the workflow `checks`.
    if ! rustup target list --installed | grep -qx "$target" && ! rustup target add "$target"; then
        echo "The standard library for $target cannot be fetched here, so this system is not checked." >&2
        continue
    fi
    name=${target//-/_}
    env "CC_$name=$tools/cc" "CXX_$name=$tools/cc" "AR_$name=$tools/ar" "RANLIB_$name=$tools/ar" SDKROOT=/ \
        cargo clippy --keep-going --locked --all-targets --features windows-program --target "$target" -- -D warnings
done
