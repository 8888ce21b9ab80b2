//! Times the window: from the start of the process to its first picture, and from closing it to the end of the process;
//! with an empty data folder, and with 10,000 cases. Also says how much memory the window keeps.
//!
//! `cargo build --release && cargo bench --profile dev --bench start`. The released program is measured on an Xvfb of
//! its own, so pictures are drawn by the processor. Xvfb keeps its screen in a file, where the first picture is seen.
//! The window is closed by its shortcut, which `xdotool` types. Rounds are interleaved; medians are printed.
//! `EXPORT_DESK_BENCH_ROUNDS` changes their number.

mod measure;

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use export_desk::case::{Event, Fact};
use export_desk::engine::api::{Answer, Command as Ask};
use export_desk::engine::{Engine, Setup, Timing};
use measure::{Outcome, from_environment, median, program};

const CASES: usize = 10_000;
/// The most that each may be.
const FIRST_PICTURE_S: [f64; 2] = [0.3, 0.4];
const END_S: f64 = 0.5;
const RESIDENT_MIB: f64 = 130.0;

fn main() -> Outcome<()> {
    let program = program()?;
    let rounds = from_environment("EXPORT_DESK_BENCH_ROUNDS", 5)?.max(1);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-start");
    let screen = Screen::start(&folder)?;
    let empty = folder.join("empty");
    if empty.exists() {
        fs::remove_dir_all(&empty)?;
    }
    let data = [empty, filled(&folder)?];
    let mut seen: [Vec<Seen>; 2] = Default::default();
    for _ in 0..rounds {
        for (data, seen) in data.iter().zip(&mut seen) {
            seen.push(screen.look(&program, data)?);
        }
    }
    for ((name, seen), reach) in ["empty", "10,000 cases"].iter().zip(&seen).zip(FIRST_PICTURE_S) {
        let middle = |take: fn(&Seen) -> Duration| {
            median(&mut seen.iter().map(take).collect::<Vec<_>>()).unwrap_or_default().as_secs_f64()
        };
        let resident_mib = seen.iter().map(|seen| seen.resident_mib).fold(0.0, f64::max);
        println!("{name}: first picture {:.3} s (reach: ≤ {reach})", middle(|seen| seen.first_picture));
        println!("{name}: from closing to the end {:.3} s (reach: ≤ {END_S})", middle(|seen| seen.end));
        println!("{name}: resident {resident_mib:.0} MiB idle (reach: ≤ {RESIDENT_MIB} empty)");
    }
    Ok(())
}

/// What one run of the window shows.
struct Seen {
    first_picture: Duration,
    end: Duration,
    resident_mib: f64,
}

/// An Xvfb. Ends with its value.
struct Screen {
    server: Child,
    display: String,
    /// The picture of the screen, in the format of `xwd`.
    picture: PathBuf,
    home: PathBuf,
}

impl Screen {
    fn start(folder: &Path) -> Outcome<Self> {
        let home = folder.join("home");
        fs::create_dir_all(&home)?;
        let mut server = Command::new("Xvfb")
            .args(["-screen", "0", "1280x800x24", "-nolisten", "tcp", "-displayfd", "1", "-fbdir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut number = String::new();
        BufReader::new(server.stdout.as_mut().ok_or("no output")?).read_line(&mut number)?;
        let display = format!(":{}", number.trim());
        Ok(Self { server, display, picture: folder.join("Xvfb_screen0"), home })
    }

    fn look(&self, program: &Path, data: &Path) -> Outcome<Seen> {
        self.wait(Duration::from_secs(10), || self.is_black())?;
        let began = Instant::now();
        let mut window = Command::new(program)
            .arg("--data-dir")
            .arg(data)
            .env("DISPLAY", &self.display)
            .env("HOME", &self.home)
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let shown = self.wait(Duration::from_secs(20), || Ok(!self.is_black()?));
        let first_picture = began.elapsed();
        // Until nothing is drawn any more.
        sleep(Duration::from_secs(2));
        let resident_mib = resident_mib(window.id())?;
        let closing = Instant::now();
        // It ends with an error, because the window is gone.
        Command::new("xdotool")
            .env("DISPLAY", &self.display)
            .args([
                "search",
                "--onlyvisible",
                "--name",
                "Export Desk",
                "windowfocus",
                "--sync",
                "key",
                "ctrl+q",
            ])
            .stderr(Stdio::null())
            .status()
            .map_err(|error| format!("xdotool: {error}"))?;
        let ended = self.wait(Duration::from_secs(20), || Ok(window.try_wait()?.is_some()));
        let end = closing.elapsed();
        if ended.is_err() {
            window.kill()?;
            window.wait()?;
        }
        shown.and(ended)?;
        Ok(Seen { first_picture, end, resident_mib })
    }

    fn wait(&self, most: Duration, mut is_true: impl FnMut() -> Outcome<bool>) -> Outcome<()> {
        let began = Instant::now();
        while !is_true()? {
            if began.elapsed() > most {
                return Err(format!("nothing happened on {} for {most:?}", self.display).into());
            }
            sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Whether nothing is drawn in the middle of the screen.
    fn is_black(&self) -> Outcome<bool> {
        let mut file = File::open(&self.picture)?;
        let mut header = [0; 100];
        file.read_exact(&mut header)?;
        let field = |index: usize| {
            let at = index * 4;
            u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
        };
        // Of `XWDFileHeader`: header_size, pixmap_height, bytes_per_line, ncolors. A colour has 12 bytes.
        let (head, height, line, colors) = (field(0), field(5), field(12), field(19));
        file.seek(SeekFrom::Start(u64::from(head + colors * 12 + height / 2 * line + line / 2)))?;
        let mut pixels = [0; 16];
        file.read_exact(&mut pixels)?;
        // The fourth byte of a pixel has no colour.
        Ok(pixels.chunks_exact(4).all(|pixel| pixel[..3] == [0; 3]))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

fn resident_mib(process: u32) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}

/// The data folder with many cases at several stages, made on first use.
fn filled(folder: &Path) -> Outcome<PathBuf> {
    let data = folder.join("cases");
    let done = folder.join("cases-are-complete");
    if done.exists() {
        return Ok(data);
    }
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    fs::create_dir_all(&data)?;
    let engine = Engine::start(setup(&data), || {}).map_err(|error| format!("{error:?}"))?;
    let waiter = tokio::runtime::Builder::new_current_thread().build()?;
    let mut snapshots = engine.watch();
    let mut answered = |ask: Ask| -> Outcome<Answer> {
        let id = engine.send(ask);
        loop {
            let reply = snapshots.borrow_and_update().replies.iter().find(|reply| reply.ask == id).cloned();
            match reply {
                Some(reply) => return reply.result.clone().map_err(|error| error.headline.into()),
                None => waiter.block_on(snapshots.changed())?,
            }
        }
    };
    for number in 0..CASES {
        let made = answered(Ask::NewCase {
            ticket: Some(format!("#{}", 400_000 + number)),
            instance: "https://gitlab.com".to_owned(),
            project: format!("acme/team-{}/project-{number}", number % 90),
        })?;
        let (Answer::Case(case) | Answer::CaseOfUnknown(case, _)) = made else {
            return Err(format!("{made:?}").into());
        };
        match number % 3 {
            0 => {
                let error = "Project export could not be created: a worker was killed".to_owned();
                answered(Ask::SetFacts { case, values: vec![(Fact::UiAttemptMessage, error)] })?;
            }
            1 => drop(answered(Ask::CaseEvent { case, event: Event::Close })?),
            _ => {}
        }
    }
    fs::write(done, "")?;
    Ok(data)
}

fn setup(data: &Path) -> Setup {
    Setup {
        data_dir: Some(data.to_owned()),
        config_dir: None,
        download_folder: data.to_owned(),
        timing: Timing::default(),
        ca_file: None,
        token: None,
        instance: None,
        keyring: false,
        practice: None,
        resume: false,
        patient: false,
    }
}
