//! Which files, and which words of them, the tests of the words judge.

/// Modules in which every literal may be a sentence for people. Of the others only the sentences of their errors are
/// included.
pub const WITH_SENTENCES: [&str; 10] =
    ["archive", "case", "cli", "download", "engine", "gitlab", "gui", "platform", "store", "texts"];

/// Modules in which a single word is often a label or a state.
pub const WITH_LABELS: [&str; 3] = ["cli", "engine", "gui"];

/// The first words of SQL and of the names of API calls.
pub const OF_MACHINES: [&str; 14] = [
    "ALTER", "CREATE", "DELETE", "DROP", "GET", "HEAD", "INSERT", "PATCH", "POST", "PRAGMA", "PUT", "SELECT",
    "UPDATE", "VACUUM",
];

/// Texts that a person reads unchanged: drafts for tickets and trackers, the handbook's words with its comments, the
/// lessons, the changes, the manuals, and what a software centre or an installer shows.
pub const ASSETS: [&str; 10] = [
    "README.md",
    "assets/CHANGELOG.md",
    "assets/handbook.toml",
    "assets/practice",
    "assets/texts",
    "packaging/README.md",
    "packaging/debian/changelog",
    "packaging/debian/description",
    "packaging/linux",
    "packaging/windows/export-desk.wxs",
];

/// Macros whose arguments are for developers.
pub const UNSEEN: [&str; 13] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "debug",
    "debug_assert",
    "debug_assert_eq",
    "error",
    "info",
    "matches",
    "panic",
    "trace",
    "unreachable",
    "warn",
];

/// Programmers' jargon, and words without content.
pub const JARGON: [&str; 21] = [
    "backend",
    "boolean",
    "callback",
    "deserialize",
    "deserialized",
    "endpoint",
    "enum",
    "exception",
    "failure occurred",
    "illegal",
    "instantiate",
    "invalid",
    "mutex",
    "oops",
    "parse error",
    "payload",
    "sorry",
    "stack trace",
    "unhandled",
    "unwrap",
    "whitelist",
];

/// Retired words: each now has one plain replacement, which the program, its help and its assets use. The old names
/// of pages remain as aliases in the palette.
pub const RETIRED: [&str; 45] = [
    "a find",
    "a no",
    "all the same",
    "anew",
    "asked for",
    "bring again",
    "brought again",
    "clocks",
    "coming",
    "gave up",
    "gitlab says",
    "gitlab's word",
    "goes on",
    "halt",
    "halted",
    "is held",
    "is met",
    "it stands",
    "ledger",
    "look again",
    "mend",
    "mended",
    "next look",
    "no longer watched",
    "nobody knows",
    "of before",
    "on its way",
    "own texts",
    "own wording",
    "please report this",
    "project number",
    "proof",
    "proven",
    "proving",
    "put aside",
    "rehearsal",
    "rehearse",
    "said no",
    "switched off",
    "take up",
    "the way out",
    "the yes",
    "transfers",
    "trouble",
    "troubles",
];

/// Words of the old dialect that names of tests must not use, beside [`RETIRED`].
pub const RETIRED_IN_NAMES: [&str; 14] = [
    "a yes",
    "clock",
    "comes back",
    "go on",
    "heard",
    "hears",
    "is said",
    "is taken",
    "looked for",
    "met run",
    "stands",
    "stand first",
    "taken for",
    "told",
];

/// Files in which an old word is data: sentences in databases of the previous version, and aliases in the palette.
pub const OLD_WORDS_ARE_DATA: [(&str, &str); 2] =
    [("src/case/hint.rs", "of_sentence: "), ("src/gui/command.rs", "aliases: ")];
