//! The prefixes of secrets: one list for what is refused, redacted and left out of diagnostics.

/// Prefixes of GitLab's tokens (docs.gitlab.com, security/tokens, "Token prefixes").
pub const GITLAB_TOKENS: [&str; 14] = [
    "glpat-",
    "gloas-",
    "gldt-",
    "glrt-",
    "glrtr-",
    "glcbt-",
    "glptt-",
    "glft-",
    "glimt-",
    "glagent-",
    "glsoat-",
    "glffct-",
    "glwt-",
    "GR1348941",
];

/// Prefixes of Amazon's access key IDs.
pub const AMAZON_KEYS: [&str; 2] = ["AKIA", "ASIA"];

/// Prefixes of other common tokens: GitHub, Google, JSON web tokens, Slack.
pub const OTHER_TOKENS: [&str; 5] = ["ghp_", "gho_", "ya29.", "eyJ", "xox"];
