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

# Without the standard library of a system nothing can be compiled for it, and a machine may reach the registry of
# crates and not where rustup fetches from. That system is then left to the workflow `checks`, and named at the end.
unchecked=()
for target in aarch64-apple-darwin x86_64-pc-windows-gnu; do
    if ! rustup target list --installed | grep -qx "$target" && ! rustup target add "$target"; then
        unchecked+=("$target")
        continue
    fi
    name=${target//-/_}
    env "CC_$name=$tools/cc" "CXX_$name=$tools/cc" "AR_$name=$tools/ar" "RANLIB_$name=$tools/ar" SDKROOT=/ \
        cargo clippy --keep-going --locked --all-targets --features windows-program --target "$target" -- -D warnings
done

if [ "${#unchecked[@]}" -gt 0 ]; then
    echo "NOT CHECKED: ${unchecked[*]}. rustup could not fetch the standard library. Run \`rustup target add" \
        "${unchecked[*]}\` where it can, or look at the workflow \`checks\` before a release."
fi | tee "${UNCHECKED:-/dev/null}"
