//! The headless face: arguments in, words and JSON out, exit codes of `../shared/cli.md`.
