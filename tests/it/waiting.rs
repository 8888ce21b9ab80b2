//! Waiting in tests: what never comes ends with a message, so that no test hangs.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

/// Longer than anything takes on a busy machine.
pub const LONGEST: Duration = Duration::from_mins(3);

/// Between two looks.
const BETWEEN: Duration = Duration::from_millis(2);

/// Looks until `found` has an answer; where none comes, says what was waited for.
#[track_caller]
pub fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = found() {
            return answer;
        }
        assert!(began.elapsed() < LONGEST, "never came, in {LONGEST:?}: {what}");
        std::thread::sleep(BETWEEN);
    }
}

/// Waits for the end of a program; one that does not end is killed, and the test says so.
#[track_caller]
pub fn ended(program: &mut Child, what: &str) -> ExitStatus {
    let began = Instant::now();
    loop {
        if let Some(status) = program.try_wait().unwrap() {
            return status;
        }
        if began.elapsed() > LONGEST {
            program.kill().unwrap();
            program.wait().unwrap();
            panic!("the program did not end, in {LONGEST:?}: {what}");
        }
        std::thread::sleep(BETWEEN);
    }
}

/// Whether this process, and so each that it starts, ignores Ctrl+C: as under a script that ends with `&`.
#[cfg(unix)]
pub fn ignores_ctrl_c() -> bool {
    const INT: u32 = 2;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = line.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored & (1 << (INT - 1)) != 0
}

#[test]
fn what_comes_late_is_taken_and_a_program_s_end_is_told() {
    let mut looks = 0;
    let seen = until("the third look", || {
        looks += 1;
        (looks == 3).then_some(looks)
    });
    assert_eq!(seen, 3);
    let home = tempfile::tempdir().unwrap();
    let mut program = crate::desk::bare_program(home.path()).arg("--version").spawn().unwrap();
    assert!(ended(&mut program, "--version").success());
}
