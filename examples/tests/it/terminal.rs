//! The built program under a pseudo-terminal: it takes the terminal, shows the desk, and gives the terminal
//! back as it was. Nothing here waits for time to pass: the tests read what the program writes until it is
//! there, and give up on a program that writes nothing for a minute.

use std::{
    env,
    fs::File,
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Command},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use order_desk::terminal::Screen;
use rustix::{
    fs::{Mode, OFlags, open},
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Termios, Winsize, tcgetattr, tcsetwinsize},
};

use crate::process::program;

/// What only the end of the day shows, at a place where every letter differs from what was there before:
/// only the difference is sent.
const AT_THE_END: &str = "any key";
const ALTERNATE: &str = "\x1b[?1049h";
const BACK: &str = "\x1b[?1049l";
const HIDE_CURSOR: &str = "\x1b[?25l";
const SHOW_CURSOR: &str = "\x1b[?25h";

/// A program on a terminal of its own.
struct Session {
    child: Child,
    /// The end that a person sits at.
    person: File,
    /// The end that the program has; held, so that what it left there can be looked at.
    terminal: OwnedFd,
    /// What the program writes.
    written: Receiver<Vec<u8>>,
    before: Termios,
    seen: Vec<u8>,
}

impl Session {
    fn start(arguments: &[&str]) -> Self {
        Self::start_with(Command::new(program()).args(arguments))
    }

    fn start_with(command: &mut Command) -> Self {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let terminal = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let size = Winsize { ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&terminal, size).unwrap();
        let before = tcgetattr(&terminal).unwrap();
        let end = || terminal.try_clone().unwrap();
        let child = command
            .env("TERM", "xterm-256color")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .unwrap();
        let person = File::from(person);
        let written = read_all(person.try_clone().unwrap());
        Self { child, person, terminal, written, before, seen: Vec::new() }
    }

    /// Reads until `text` has been written since the last wait.
    fn wait_for(&mut self, text: &str) -> String {
        loop {
            let found = self.seen.windows(text.len()).position(|window| window == text.as_bytes());
            if let Some(place) = found {
                let rest = self.seen.split_off(place + text.len());
                let seen = std::mem::replace(&mut self.seen, rest);
                return String::from_utf8_lossy(&seen).into_owned();
            }
            let more = self.written.recv_timeout(Duration::from_mins(1));
            let seen = String::from_utf8_lossy(&self.seen);
            self.seen.extend(more.unwrap_or_else(|_| panic!("no {text:?} in {seen:?}")));
        }
    }

    /// Checks that the program ends well, says `last`, and leaves the terminal as it was.
    fn ends_with(mut self, last: &str) {
        self.wait_for(BACK);
        self.wait_for(SHOW_CURSOR);
        let totals = self.wait_for(last);
        assert!(totals.contains("net revenue"), "{totals}");
        assert!(!totals.contains('\x1b'), "plain totals: {totals:?}");
        assert!(self.child.wait().unwrap().success());
        self.assert_as_it_was();
    }

    fn assert_as_it_was(&self) {
        let now = tcgetattr(&self.terminal).unwrap();
        assert_eq!(modes(&now), modes(&self.before));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // For a test that fails: a program that has ended cannot be killed, and that is fine.
        self.child.kill().unwrap_or_default();
        self.child.wait().map_or_else(drop, drop);
    }
}

/// Reads on a thread of its own until the terminal is gone.
fn read_all(mut person: File) -> Receiver<Vec<u8>> {
    let (tell, written) = mpsc::channel();
    thread::spawn(move || {
        let mut chunk = [0; 4096];
        while let Ok(count @ 1..) = person.read(&mut chunk) {
            if tell.send(chunk[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    written
}

/// All that a terminal can be set to.
fn modes(terminal: &Termios) -> impl PartialEq + std::fmt::Debug + use<> {
    let Termios { input_modes, output_modes, control_modes, local_modes, special_codes, .. } =
        terminal;
    (*input_modes, *output_modes, *control_modes, *local_modes, format!("{special_codes:?}"))
}

fn running() -> Session {
    let mut session = Session::start(&["--seed", "3", "--speed", "3000"]);
    session.wait_for(ALTERNATE);
    session.wait_for("Order desk");
    session.wait_for(HIDE_CURSOR);
    // The first order has been drawn.
    session.wait_for("700001");
    let during = tcgetattr(&session.terminal).unwrap();
    assert_ne!(modes(&during), modes(&session.before), "raw mode");
    session
}

#[test]
fn ctrl_c_ends_it_with_the_totals_so_far_and_the_terminal_as_it_was() {
    let mut session = running();
    session.person.write_all(b"\x03").unwrap();
    session.ends_with("top products");
}

#[test]
fn open_orders_are_a_key_away() {
    let mut session = running();
    session.person.write_all(b"o").unwrap();
    session.wait_for("longest waiting first");
    session.person.write_all(b"q").unwrap();
    session.ends_with("top products");
}

#[test]
fn a_signal_does_the_same() {
    for signal in [Signal::INT, Signal::TERM] {
        let session = running();
        kill_process(Pid::from_child(&session.child), signal).unwrap();
        session.ends_with("top products");
    }
}

#[test]
fn the_end_of_the_day_stays_until_there_is_a_key() {
    let mut session = Session::start(&["--fast"]);
    session.wait_for(AT_THE_END);
    session.person.write_all(b" ").unwrap();
    session.ends_with("top products");
}

#[test]
fn reports_of_rejected_rows_wait_until_the_terminal_is_back() {
    let edge = concat!(env!("CARGO_MANIFEST_DIR"), "/data/edge.csv");
    let mut session = Session::start(&["--orders", edge]);
    session.wait_for(AT_THE_END);
    session.person.write_all(b"q").unwrap();
    let screen = session.wait_for(BACK);
    assert!(!screen.contains("edge.csv:7"), "{screen}");
    session.wait_for("edge.csv:7: Quantity");
    session.wait_for("net revenue");
    assert!(session.child.wait().unwrap().success());
}

/// Says to a child process that it is one, and where to panic.
const PANIC_ON: &str = "ORDER_DESK_PANIC_ON";

#[test]
fn a_panic_gives_the_terminal_back_before_its_message() {
    for thread in ["this thread", "another thread"] {
        let myself = env::current_exe().unwrap();
        let mut session = Session::start_with(
            Command::new(myself)
                .args(["--exact", "terminal::child_that_panics", "--nocapture"])
                .env(PANIC_ON, thread),
        );
        session.wait_for(ALTERNATE);
        session.wait_for(BACK);
        session.wait_for(SHOW_CURSOR);
        session.wait_for("panicked at");
        session.wait_for(&format!("on {thread}"));
        assert!(!session.child.wait().unwrap().success());
        session.assert_as_it_was();
    }
}

/// Does nothing, unless it is the child of the test above.
#[test]
fn child_that_panics() {
    let Ok(thread) = env::var(PANIC_ON) else { return };
    let screen = Screen::take().unwrap();
    if thread == "another thread" {
        let panicked = thread::spawn(|| panic!("on another thread")).join();
        assert!(panicked.is_err());
        assert!(!screen.is_taken(), "whoever draws must know");
    }
    panic!("on {thread}");
}
