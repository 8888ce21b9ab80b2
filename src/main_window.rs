//! `export-desk-window`: the same program for the start menu of Windows, which opens no console window for it.
#![windows_subsystem = "windows"]

#[path = "main.rs"]
mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
