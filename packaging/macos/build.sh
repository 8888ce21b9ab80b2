#!/usr/bin/env bash
# Makes target/macos/Export Desk.app and Export_Desk-VERSION.dmg for both kinds of Mac. Run it on macOS with Xcode's
# command line tools and rustup.
#   IDENTITY="Developer ID Application: …"   signs for other people's Macs; without it the app is for this Mac alone
#   NOTARY_PROFILE=NAME                      as kept by `xcrun notarytool store-credentials NAME`; has Apple check it
# Without both, the file is named Export_Desk-VERSION-unsigned.dmg: other Macs refuse to open it.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(uname)" = Darwin ] || { echo "this runs on macOS" >&2; exit 1; }

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
out=target/macos
app="$out/Export Desk.app"
kind=-unsigned
[ -z "${IDENTITY:-}" ] || [ -z "${NOTARY_PROFILE:-}" ] || kind=
dmg="$out/Export_Desk-$version$kind.dmg"
rm -rf "$out" && mkdir -p "$app/Contents/MacOS" "$app/Contents/Resources"

# The Rust of the machine may be older than the program needs.
RUSTUP_TOOLCHAIN=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
export RUSTUP_TOOLCHAIN MACOSX_DEPLOYMENT_TARGET=11.0
rustup toolchain install "$RUSTUP_TOOLCHAIN" --profile minimal
programs=()
for target in aarch64-apple-darwin x86_64-apple-darwin; do
    rustup target add "$target"
    cargo build --profile dist --locked --target "$target"
    programs+=("target/$target/dist/export-desk")
done
lipo -create -output "$app/Contents/MacOS/export-desk" "${programs[@]}"
sed "s/VERSION/$version/" packaging/macos/Info.plist >"$app/Contents/Info.plist"
plutil -lint "$app/Contents/Info.plist"
cp packaging/NOTICES.md packaging/debian/copyright "$app/Contents/Resources/"

# The names that iconutil wants: a size, and the same at twice the density.
iconset=$out/export-desk.iconset
mkdir "$iconset"
for size in 16 32 128 256 512; do
    cp "packaging/icons/$size.png" "$iconset/icon_${size}x$size.png"
    cp "packaging/icons/$((size * 2)).png" "$iconset/icon_${size}x$size@2x.png"
done
iconutil --convert icns --output "$app/Contents/Resources/export-desk.icns" "$iconset"

# Apple's clock signs along where somebody does; an app for this Mac alone needs none.
if [ -n "${IDENTITY:-}" ]; then stamp=--timestamp; else stamp=--timestamp=none; fi
codesign --force --options runtime "$stamp" --sign "${IDENTITY:--}" \
    --entitlements packaging/macos/entitlements.plist "$app"
codesign --verify --strict --verbose=2 "$app"
"$app/Contents/MacOS/export-desk" --version

# Apple's ticket goes into the app too: the copied app has to open without a network.
if [ -z "$kind" ]; then
    ditto -c -k --keepParent "$app" "$out/app.zip"
    xcrun notarytool submit "$out/app.zip" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$app"
fi

stage=$out/stage
mkdir "$stage" && cp -R "$app" "$stage/" && ln -s /Applications "$stage/Applications"
hdiutil create -volname "Export Desk${kind:+ (unsigned)}" -srcfolder "$stage" -format UDZO -ov "$dmg"
if [ -n "${IDENTITY:-}" ]; then
    codesign --force --timestamp --sign "$IDENTITY" "$dmg"
fi
if [ -z "$kind" ]; then
    xcrun notarytool submit "$dmg" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$dmg"
    spctl --assess --type open --context context:primary-signature --verbose "$dmg"
fi
echo "$dmg"
