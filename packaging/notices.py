#!/usr/bin/env python3
"""Writes packaging/NOTICES.md: whose work is inside the program, under which licence, with the licences' texts.

Reads what cargo has downloaded; no network. With --check nothing is written, and it fails where the file is stale.
Of "A OR B" the first of CHOICE is taken; of "A AND B" both.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "packaging" / "NOTICES.md"
# What the packages are made for. The same list stands in deny.toml.
TARGETS = [
    "x86_64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
]
CHOICE = [
    "MIT", "MIT-0", "0BSD", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception", "BSL-1.0", "Unicode-3.0", "CC0-1.0", "Unlicense", "MPL-2.0", "OFL-1.1",
    "Ubuntu-font-1.0",
]
# How a licence is told from its text, where the file's name does not say it.
SIGNS = {
    "MIT": "permission is hereby granted, free of charge",
    "MIT-0": "permission is hereby granted, free of charge",
    "Apache-2.0": "apache license",
    "Apache-2.0 WITH LLVM-exception": "apache license",
    "BSD-2-Clause": "redistribution and use in source and binary forms",
    "BSD-3-Clause": "redistribution and use in source and binary forms",
    "0BSD": "permission to use, copy, modify, and/or distribute",
    "ISC": "permission to use, copy, modify, and",
    "Zlib": "this software is provided 'as-is'",
    "BSL-1.0": "boost software license",
    "Unicode-3.0": "unicode license v3",
    "CC0-1.0": "creative commons",
    "MPL-2.0": "mozilla public license",
    "Unlicense": "this is free and unencumbered software",
    "OFL-1.1": "sil open font license",
    "Ubuntu-font-1.0": "ubuntu font licence",
}
# What the whole text has beside its sign, where shorter or other texts share that.
WHOLE = {
    "MIT": ["the above copyright notice and this permission notice"],
    "Apache-2.0": ["appendix: how to apply"],
}
# Work inside a crate that its licence field does not tell of.
INSIDE = {
    "epaint_default_fonts": ("Ubuntu, Hack, Noto Emoji and Emoji Icon fonts", []),
    "libsqlite3-sys": ("SQLite, which its authors gave to the public domain", []),
    "aws-lc-sys": ("AWS-LC, with work of the OpenSSL project and of Google", []),
}
# Work of others in assets/: its name, where it is, its licence.
ASSETS = [("Material Symbols Rounded by Google", "assets/icons.ttf", "Apache-2.0")]


def cargo(*words):
    return subprocess.run(["cargo", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def shipped():
    """Name and version of every crate in a release binary of any target."""
    found = set()
    for target in TARGETS:
        lines = cargo("tree", "--locked", "-e", "normal", "--target", target, "--prefix", "none", "--format", "{p}")
        for line in lines.splitlines():
            words = line.split()
            if len(words) >= 2 and words[0] != "export-desk":
                found.add((words[0], words[1].lstrip("v")))
    return sorted(found)


def chosen(expression):
    """The licences under which a crate is taken, or None where the expression is not understood."""
    taken = []
    for part in re.split(r"\s+AND\s+(?![^(]*\))", expression.replace("/", " OR ")):
        ways = [way.strip() for way in re.split(r"\s+OR\s+", part.strip().strip("()"))]
        known = [licence for licence in CHOICE if licence in ways]
        if not known:
            return None
        taken.append(known[0])
    return taken


def plain(text):
    """A text without what differs between two copies of it."""
    text = text.replace("\r\n", "\n").replace("\f", "\n").replace("\ufeff", "").expandtabs(4)
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def files_of(folder):
    beginnings = ("licen", "copying", "unlicense", "copyright", "notice")
    names = [name for name in sorted(os.listdir(folder)) if name.lower().startswith(beginnings)]
    found = []
    for name in names:
        path = Path(folder) / name
        inner = sorted(path.iterdir()) if path.is_dir() else [path]
        for one in inner:
            if one.is_file() and one.suffix.lower() not in (".rs", ".py", ".html"):
                found.append((one.name, plain(one.read_text(encoding="utf-8", errors="replace"))))
    return found


def texts_of(package, licences, fallback):
    """The texts of a crate: its own files where it has them, else the licence's usual words."""
    folder = Path(package["manifest_path"]).parent
    files = files_of(folder)
    texts = [text for name, text in files if name.lower().startswith("notice")]
    if package["name"] == "epaint_default_fonts":
        # Each font has its licence beside it.
        fonts = [plain(path.read_text(encoding="utf-8")) for path in sorted((folder / "fonts").glob("*.txt"))]
        return texts + fonts + [fallback("MIT")]
    for licence in licences:
        word = licence.split("-")[0].lower()
        by_name = [text for name, text in files if word in name.lower().replace("license", "")]
        by_sign = [text for _, text in files if SIGNS[licence] in re.sub(r"\s+", " ", text.lower())]
        own = by_name or by_sign
        texts.append(own[0] if own else fallback(licence))
    return list(dict.fromkeys(texts))


def written():
    metadata = json.loads(cargo("metadata", "--locked", "--format-version", "1"))
    packages = {(package["name"], package["version"]): package for package in metadata["packages"]}

    def fallback(licence):
        """Crates without a file of their own name the licence alone; its words are taken from another crate."""
        heads = {"MIT": "MIT License\n\nCopyright (c) the authors of these crates\n\n"}
        for package in sorted(packages.values(), key=lambda one: (one["name"], one["version"])):
            for _, text in files_of(Path(package["manifest_path"]).parent):
                words = re.sub(r"\s+", " ", text.lower())
                if any(sign not in words for sign in [SIGNS[licence], *WHOLE.get(licence, [])]):
                    continue
                start = text.find("Permission is hereby granted") if licence == "MIT" else 0
                return heads.get(licence, "") + text[start:]
        raise SystemExit(f"no text of {licence} is among the crates")

    rows, texts, faults = [], {}, []
    kept = {}

    def usual(licence):
        if licence not in kept:
            kept[licence] = fallback(licence)
        return kept[licence]

    for name, version in shipped():
        package = packages[(name, version)]
        licences = chosen(package["license"] or "")
        if licences is None:
            faults.append(f"{name} {version}: {package['license']!r} is not understood")
            continue
        inside, more = INSIDE.get(name, ("", []))
        numbers = []
        for text in texts_of(package, licences + more, usual):
            number = texts.setdefault(text, (len(texts) + 1, []))
            number[1].append(f"{name} {version}")
            numbers.append(number[0])
        under = " and ".join(dict.fromkeys(licences + more))
        note = f"Inside: {inside}." if inside else ""
        rows.append(f"| {name} | {version} | {under} | {', '.join(map(str, numbers))} | {note} |")
    for name, place, licence in ASSETS:
        number = texts.setdefault(usual(licence), (len(texts) + 1, []))
        number[1].append(name)
        rows.append(f"| {name} | | {licence} | {number[0]} | `{place}`: only the icons in use. |")
    if faults:
        raise SystemExit("\n".join(faults))
    out = [
        "# Third-party notices",
        "",
        "Export Desk is linked with the work of the people below. Made by `packaging/notices.py`; do not edit.",
        "Where a work may be had under several licences, the one named here is the one that is used.",
        "",
        "| crate | version | licence | text | |",
        "| --- | --- | --- | --- | --- |",
    ]
    out += rows
    for text, (number, users) in texts.items():
        out += ["", f"## {number}", "", f"For {', '.join(users)}.", "", "~~~text", text.replace("~~~", "~ ~ ~"), "~~~"]
    return "\n".join(out) + "\n"


def main():
    text = written()
    if "--check" in sys.argv[1:]:
        if not PLACE.exists() or PLACE.read_text(encoding="utf-8") != text:
            sys.exit("packaging/NOTICES.md is stale: run packaging/notices.py")
        return
    PLACE.write_text(text, encoding="utf-8")
    print(f"{PLACE.relative_to(ROOT)}: {len(text) // 1024} KiB")


if __name__ == "__main__":
    main()
