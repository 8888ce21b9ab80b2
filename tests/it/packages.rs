//! The generated files of the packages must match the program. `UPDATE_PACKAGING=1` regenerates them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap_complete::Shell;
use export_desk::cli;

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging")
}

/// Every file of a folder, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| (path.file_name().unwrap().to_string_lossy().into(), fs::read(path).unwrap())).collect()
}

/// Checks that the folder contains exactly the generated files.
fn kept(folder: &Path, made: &BTreeMap<String, Vec<u8>>) {
    if std::env::var_os("UPDATE_PACKAGING").is_some() {
        for name in files(folder).keys() {
            fs::remove_file(folder.join(name)).unwrap();
        }
        fs::create_dir_all(folder).unwrap();
        for (name, bytes) in made {
            fs::write(folder.join(name), bytes).unwrap();
        }
    }
    let there = files(folder);
    let differ: Vec<_> =
        made.keys().chain(there.keys()).filter(|name| made.get(*name) != there.get(*name)).collect();
    assert!(
        differ.is_empty(),
        "stale in {}: {differ:?}; renew with UPDATE_PACKAGING=1 cargo test --test it packages",
        folder.display()
    );
}

#[test]
fn the_manual_is_the_parsers_own() {
    let scratch = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(cli::parser(), scratch.path()).unwrap();
    let made = files(scratch.path());
    assert!(made.contains_key("export-desk.1") && made.contains_key("export-desk-export-start.1"));
    kept(&packaging().join("man"), &made);
}

#[test]
fn the_completions_are_the_parsers_own() {
    let scratch = tempfile::tempdir().unwrap();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
        clap_complete::generate_to(shell, &mut cli::parser(), "export-desk", scratch.path()).unwrap();
    }
    kept(&packaging().join("completions"), &files(scratch.path()));
}

fn text(path: &str) -> String {
    fs::read_to_string(packaging().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn every_package_is_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    for (path, words) in [
        ("debian/changelog", format!("export-desk ({version}-")),
        ("linux/export-desk.metainfo.xml", format!("<release version=\"{version}\" date=\"")),
    ] {
        let text = text(path);
        let first = text.lines().find(|line| line.contains("export-desk (") || line.contains("<release "));
        assert!(first.is_some_and(|line| line.contains(&words)), "{path}: {first:?} is not {words}");
    }
}

/// cargo-deb includes only listed files, and nobody would notice a missing entry.
#[test]
fn every_icon_that_was_rendered_is_in_the_package() {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let assets = manifest["package"]["metadata"]["deb"]["assets"].as_array().unwrap();
    let sources: Vec<_> = assets.iter().filter_map(|asset| asset[0].as_str()).collect();
    for (name, _) in files(&packaging().join("icons")) {
        // Only macOS uses size 1024.
        assert!(
            name == "1024.png" || sources.contains(&format!("packaging/icons/{name}").as_str()),
            "{name}"
        );
    }
    for source in sources.iter().filter(|source| !source.starts_with("target/") && !source.contains('*')) {
        assert!(packaging().parent().unwrap().join(source).is_file(), "{source} is not there");
    }
}

/// The package must depend on everything that the window needs of a machine (`platform/display.rs`).
#[test]
fn the_package_depends_on_what_the_window_opens() {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let depends = manifest["package"]["metadata"]["deb"]["depends"].as_str().unwrap();
    let depends: Vec<_> = depends.split(',').map(str::trim).collect();
    let source = include_str!("../../src/platform/display.rs");
    let pairs =
        source.split("(\"lib").skip(1).filter_map(|rest| rest.split_once("\", \"")?.1.split_once("\")"));
    let mut seen = 0;
    for (package, _) in pairs.filter(|(package, _)| package.starts_with("lib")) {
        assert!(depends.contains(&package), "{package} is not in {depends:?}");
        seen += 1;
    }
    assert!(seen >= 6, "the tables of display.rs were not found");
}

/// The protocol that lets anyone control the window must never be in a default build.
#[test]
fn inspection_is_no_default() {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let features = manifest["features"].as_table().unwrap();
    for feature in ["default", "gui"] {
        let words = features[feature].as_array().unwrap();
        assert!(
            !words.iter().any(|word| word.as_str().unwrap().contains("inspection")),
            "{feature}: {words:?}"
        );
    }
    let eframe = manifest["dependencies"]["eframe"]["features"].as_array().unwrap();
    assert!(!eframe.iter().any(|word| word.as_str() == Some("inspection")));
}

/// The value of a key in the property list: a text, or the name of an element such as `true`.
fn of_info_plist(key: &str) -> String {
    let text = text("macos/Info.plist");
    let (_, rest) =
        text.split_once(&format!("<key>{key}</key>")).unwrap_or_else(|| panic!("{key} is missing"));
    let value = rest.trim_start().lines().next().unwrap().trim();
    value
        .trim_start_matches("<string>")
        .trim_end_matches("</string>")
        .trim_matches(['<', '/', '>'])
        .to_owned()
}

#[cfg(feature = "gui")]
#[test]
fn the_systems_know_the_program_by_one_name() {
    use export_desk::platform::notifications::{MAC_BUNDLE, WINDOWS_APP};
    assert_eq!(of_info_plist("CFBundleIdentifier"), MAC_BUNDLE);
    let shortcut = format!("<ShortcutProperty Key=\"System.AppUserModel.ID\" Value=\"{WINDOWS_APP}\" />");
    assert!(text("windows/export-desk.wxs").contains(&shortcut), "{shortcut}");
}

#[test]
fn macos_knows_what_the_program_needs() {
    assert_eq!(of_info_plist("LSAppNapIsDisabled"), "true");
    for folder in
        ["DesktopFolder", "DocumentsFolder", "DownloadsFolder", "NetworkVolumes", "RemovableVolumes"]
    {
        assert!(of_info_plist(&format!("NS{folder}UsageDescription")).ends_with('.'), "{folder}");
    }
    assert!(of_info_plist("NSLocalNetworkUsageDescription").contains("GitLab"));
    let target = format!("MACOSX_DEPLOYMENT_TARGET={}\n", of_info_plist("LSMinimumSystemVersion"));
    assert!(text("macos/build.sh").contains(&target), "{target}");
}

/// An app that only this Mac trusts must not look like one for everybody.
#[test]
fn an_unsigned_image_says_so() {
    let script = text("macos/build.sh");
    for line in [
        "kind=-unsigned",
        "[ -z \"${IDENTITY:-}\" ] || [ -z \"${NOTARY_PROFILE:-}\" ] || kind=",
        "dmg=\"$out/Export_Desk-$version$kind.dmg\"",
        "hdiutil create -volname \"Export Desk${kind:+ (unsigned)}\"",
    ] {
        assert!(script.contains(line), "{line}");
    }
}

/// The runners' images have another version of Rust, which may be older than the program needs.
#[test]
fn every_build_names_its_runner_and_its_toolchain() {
    const RETIRED: [&str; 6] =
        ["macos-12", "macos-13", "macos-14", "ubuntu-20.04", "windows-2019", "-latest"];
    let rust = env!("CARGO_PKG_RUST_VERSION");
    let workflow = |name: &str| text(&format!("../.github/workflows/{name}.yml"));
    let (release, checks) = (workflow("release"), workflow("checks"));
    for retired in RETIRED {
        assert!(!release.contains(retired) && !checks.contains(retired), "{retired}");
    }
    assert!(checks.contains("[macos-15, windows-2025]") && checks.contains("clippy --locked --all-targets"));
    assert!(release.contains(&format!("rust:{rust}-bookworm")), "Debian's package");
    assert!(text("../.gitattributes").ends_with("\n* -text\n"), "Git for Windows would change every text");
    assert!(release.contains("EXPORT_DESK_HOME: ") && release.contains("--env EXPORT_DESK_HOME "));
    for (script, named) in [
        (checks, "rustup default \"$rust\""),
        (text("macos/build.sh"), "rustup toolchain install \"$RUSTUP_TOOLCHAIN\""),
        (text("windows/build.ps1"), "$env:RUSTUP_TOOLCHAIN = $rust"),
    ] {
        assert!(script.contains(named) && script.contains("rust-version = "), "{named}");
    }
}

/// The start menu opens a program without a console; an installation for one user needs no administrator.
#[test]
fn windows_opens_a_window_without_a_console() {
    let (installer, script) = (text("windows/export-desk.wxs"), text("windows/build.ps1"));
    let (_, window) = installer.split_once("dist\\export-desk-window.exe\"").unwrap();
    assert!(window.contains("<Shortcut Id=\"StartMenu\""));
    assert!(installer.contains("Scope=\"perUserOrMachine\"") && installer.contains("System=\"no\""));
    assert!(script.contains("--features windows-program"));
    assert!(include_str!("../../src/main_window.rs").contains("#![windows_subsystem = \"windows\"]"));
}

/// A machine without the standard library of another system says at its end what it did not check.
#[cfg(unix)]
#[test]
fn a_system_that_is_not_checked_is_named_at_the_end() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    for (name, code) in [("rustup", 1), ("cargo", 9)] {
        fs::write(at(name), format!("#!/bin/sh\nexit {code}\n")).unwrap();
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", scratch.path().display(), std::env::var("PATH").unwrap());
    let mut script = std::process::Command::new("bash");
    script.arg(packaging().join("check-systems.sh")).env("PATH", path).env("UNCHECKED", at("unchecked"));
    let output = crate::waiting::output(&mut script, "check-systems.sh");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.starts_with("NOT CHECKED: aarch64-apple-darwin x86_64-pc-windows-gnu. "), "{said}");
    assert_eq!(fs::read_to_string(at("unchecked")).unwrap(), said);
    let ci = text("../.ci/run");
    let (_, end) = ci.rsplit_once("step \"Done\"").unwrap();
    assert!(ci.contains("UNCHECKED=$unchecked ") && end.contains("cat \"$unchecked\""), "{end}");
}

/// The window's libraries bring some crates in several versions, and each update may bring one more.
#[cfg(unix)]
#[test]
fn a_third_version_of_a_known_crate_is_no_fault_and_a_second_of_any_other_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = tempfile::tempdir().unwrap();
    let cargo = scratch.path().join("cargo");
    let path = format!("{}:{}", scratch.path().display(), std::env::var("PATH").unwrap());
    let run = |extra: &[&str]| {
        let own = "case \"$*\" in\n*apple*) own='objc2 v0.5.2\nobjc2 v0.6.3\nobjc2 v0.7.0' ;;\n\
                   *windows*) own='winreg v0.1.0' ;;\n*) own='zbus v5.0.0' ;;\nesac";
        let extra = extra.join("\\n");
        fs::write(&cargo, format!("#!/bin/sh\n{own}\nprintf \"$own\\n{extra}\\n\"\n")).unwrap();
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
        let mut script = std::process::Command::new("bash");
        script.arg(packaging().join("targets.sh")).env("PATH", &path);
        let output = crate::waiting::output(&mut script, "targets.sh");
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    let (passes, said) = run(&["syn v1.0.0", "syn v2.0.0", "syn v3.0.0", "url v2.5.0"]);
    assert!(passes, "{said}");
    let (passes, said) = run(&["url v2.5.0", "url v3.0.0"]);
    assert!(!passes && said.contains("in two versions, and so compiled and carried twice: url"), "{said}");
    let (passes, said) = run(&["winapi v0.3.9"]);
    assert!(!passes && said.contains("x86_64-unknown-linux-gnu: foreign crates: winapi"), "{said}");
}
