# Makes target\windows\Export_Desk-VERSION-x64.msi. Run it on Windows with Visual Studio's C++ build tools, rustup,
# NASM (for aws-lc-sys) and WiX 5 (dotnet tool install --global wix --version 5.0.2).
#   $env:SIGN_THUMBPRINT   of a code signing certificate in the user's store; without it nothing is signed
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true
$root = (Resolve-Path "$PSScriptRoot\..\..").Path
Set-Location $root

$version = (Select-String -Path Cargo.toml -Pattern '^version = "(.*)"' | Select-Object -First 1).Matches[0].Groups[1].Value
# The Rust of the machine may be older than the program needs.
$rust = (Select-String -Path Cargo.toml -Pattern '^rust-version = "(.*)"' | Select-Object -First 1).Matches[0].Groups[1].Value
rustup toolchain install $rust --profile minimal
$env:RUSTUP_TOOLCHAIN = $rust
$target = 'x86_64-pc-windows-msvc'
$program = "target\$target\dist\export-desk.exe"
# The same program without a console window, for the start menu.
$window = "target\$target\dist\export-desk-window.exe"
$msi = "target\windows\Export_Desk-$version-x64.msi"
New-Item -ItemType Directory -Force target\windows | Out-Null

rustup target add $target
# The C runtime goes into the program: a bare Windows has none.
$env:CARGO_TARGET_X86_64_PC_WINDOWS_MSVC_RUSTFLAGS = '-C target-feature=+crt-static'
cargo build --profile dist --locked --target $target --features windows-program
& $program --version

function Sign([string] $file) {
    if ($env:SIGN_THUMBPRINT) {
        signtool sign /sha1 $env:SIGN_THUMBPRINT /fd SHA256 /tr http://timestamp.digicert.com /td SHA256 $file
        signtool verify /pa $file
    }
}
Sign $program
Sign $window
wix build packaging\windows\export-desk.wxs -arch x64 -d "Version=$version" -d "Root=$root" -o $msi
Sign $msi
Write-Output $msi
