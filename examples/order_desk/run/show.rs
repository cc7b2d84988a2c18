//! The three ways to show a run: on a screen, in plain lines, or not at all.

use std::{
    env,
    io::{self, IsTerminal, Write},
    sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    time::{Duration, Instant},
};

use flo_reactive::{Bound, BoundExt};

use super::{Failure, Word};
use crate::{
    desk::Desk,
    feed::Reports,
    options::Options,
    plain,
    terminal::{Input, Screen},
    view::Phase,
};

/// The time between two looks at the desk. However many events there are, what is shown is computed no
/// more often than this.
const FRAME: Duration = Duration::from_millis(50);

/// The time between two plain lines.
const LINE: Duration = Duration::from_secs(1);

/// How long the end of the day stays on the screen when nobody presses a key.
const LINGER: Duration = Duration::from_secs(5);

/// How to show a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Show {
    Screen,
    Lines,
    Nothing,
}

/// Whether a run was played to its end, and then how many events were published.
type Played = Result<Option<u64>, Failure>;

impl Show {
    pub(super) fn choose(options: &Options) -> Self {
        // Who types orders into the terminal needs it as it is.
        let typed = options.reads_stdin() && io::stdin().is_terminal();
        let dumb = env::var_os("TERM").is_some_and(|name| name == "dumb");
        if options.json {
            Self::Nothing
        } else if io::stdout().is_terminal() && !typed && !dumb {
            Self::Screen
        } else {
            Self::Lines
        }
    }

    pub(super) fn reports(self) -> Reports {
        if self == Self::Screen && io::stderr().is_terminal() {
            Reports::later()
        } else {
            Reports::now()
        }
    }

    /// Shows `desk` until `inbox` says that the run is over, then calls `close`, which returns when all
    /// that was published has been counted.
    pub(super) fn run<F>(self, desk: &Desk, inbox: &Receiver<Word>, close: F) -> Played
    where
        F: FnOnce() -> Result<(), Failure>,
    {
        match self {
            Self::Screen => on_screen(desk, inbox, close),
            Self::Lines => in_lines(desk, inbox).and_then(|played| close().map(|()| played)),
            Self::Nothing => {
                // The signal handler holds a sender for as long as the program runs.
                let word = inbox.recv().unwrap_or(Word::Interrupted);
                word.played().and_then(|played| close().map(|()| played))
            }
        }
    }
}

impl Word {
    fn played(self) -> Played {
        match self {
            Self::Ended(published) => published.map(Some),
            Self::Interrupted => Ok(None),
        }
    }
}

fn on_screen<F>(desk: &Desk, inbox: &Receiver<Word>, close: F) -> Played
where
    F: FnOnce() -> Result<(), Failure>,
{
    let mut screen = Screen::take()?;
    let played = until_over(&mut screen, desk, inbox)?;
    close()?;
    desk.phase().set(if played.is_some() { Phase::Over } else { Phase::Stopped });
    desk.tick();
    screen.draw(&desk.view().get())?;
    if played.is_some() {
        linger(&mut screen, desk, inbox)?;
    }
    Ok(played)
}

fn until_over(screen: &mut Screen, desk: &Desk, inbox: &Receiver<Word>) -> Played {
    let view = desk.view();
    loop {
        desk.tick();
        screen.draw(&view.read())?;
        match screen.input(FRAME)? {
            Input::End => return Ok(None),
            Input::Turn(turn) => desk.turn(turn),
            Input::Nothing | Input::AnyKey => {}
        }
        match inbox.try_recv() {
            Ok(word) => return word.played(),
            Err(TryRecvError::Disconnected) => return Ok(None),
            Err(TryRecvError::Empty) => {}
        }
        if !screen.is_taken() {
            return Err(Failure::Fault("a part of the desk has panicked".into()));
        }
    }
}

/// Leaves the end of the day on the screen for a while, or until there is a key or a signal.
fn linger(screen: &mut Screen, desk: &Desk, inbox: &Receiver<Word>) -> io::Result<()> {
    let view = desk.view();
    let due = Instant::now() + LINGER;
    while Instant::now() < due && inbox.try_recv().is_err() {
        if screen.input(FRAME)? != Input::Nothing {
            break;
        }
        desk.tick();
        screen.draw(&view.read())?;
    }
    Ok(())
}

fn in_lines(desk: &Desk, inbox: &Receiver<Word>) -> Played {
    let view = desk.view();
    let mut shown = String::new();
    loop {
        match inbox.recv_timeout(LINE) {
            Ok(word) => return word.played(),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => {}
        }
        desk.tick();
        let line = plain::line(&view.read());
        if line != shown {
            writeln!(io::stdout(), "{line}")?;
            shown = line;
        }
    }
}
