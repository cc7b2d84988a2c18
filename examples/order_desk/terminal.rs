//! The terminal: taken over, drawn on, and given back as it was on every way out.
//!
//! Raw mode and the alternate screen belong to the whole process, and a panic on any thread must give them
//! back before its message is printed. So whether they are taken is one flag for the process; whoever clears
//! it gives them back, once.

use std::{
    io::{self, Stdout},
    panic,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossterm::{
    cursor::Show,
    event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers},
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend};

use crate::view::{DeskView, Turn, draw};

static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over. Its drop gives it back.
#[must_use = "dropping it gives the terminal back"]
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    drawn: Option<DeskView>,
}

/// What somebody at the terminal wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "whoever runs a screen must deal with each of these")]
pub enum Input {
    /// Nothing in the time that was given.
    Nothing,
    /// A key that means nothing in particular.
    AnyKey,
    /// Something else to look at: `o`, Page Up or Page Down.
    Turn(Turn),
    /// The end: Ctrl-C, `q` or Escape.
    End,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When that cannot be done; then it is as it was.
    pub fn take() -> io::Result<Self> {
        give_back_on_panic();
        TAKEN.store(true, Ordering::SeqCst);
        let taken = enable_raw_mode()
            .and_then(|()| execute!(io::stdout(), EnterAlternateScreen))
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match taken {
            Ok(terminal) => Ok(Self { terminal, drawn: None }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Whether it is still taken: a panic on some thread may have given it back.
    pub fn is_taken(&self) -> bool {
        TAKEN.load(Ordering::SeqCst)
    }

    /// Draws `view`, unless it is what was drawn last; what has not changed is not sent again.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn draw(&mut self, view: &DeskView) -> io::Result<()> {
        if self.drawn.as_ref() != Some(view) {
            self.terminal.draw(|frame| draw(view, frame))?;
            self.drawn = Some(view.clone());
        }
        Ok(())
    }

    /// Waits for a key for at most `time`.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub fn input(&mut self, time: Duration) -> io::Result<Input> {
        if !event::poll(time)? {
            return Ok(Input::Nothing);
        }
        Ok(match event::read()? {
            Event::Key(key) if key.kind == KeyEventKind::Press => meaning(key),
            Event::Resize(..) => {
                self.drawn = None;
                Input::Nothing
            }
            _ => Input::Nothing,
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Otherwise the terminal's own drop does it, when the screen is no longer ours.
        self.terminal.show_cursor().unwrap_or_default();
        give_back();
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").field("taken", &self.is_taken()).finish_non_exhaustive()
    }
}

fn meaning(key: KeyEvent) -> Input {
    match key.code {
        // In raw mode the terminal makes no signal of it.
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Input::End,
        KeyCode::Char('q') | KeyCode::Esc => Input::End,
        KeyCode::Char('o') => Input::Turn(Turn::Over),
        KeyCode::PageDown => Input::Turn(Turn::On),
        KeyCode::PageUp => Input::Turn(Turn::Back),
        _ => Input::AnyKey,
    }
}

/// Gives the terminal back, if it is taken. What fails here fails on a terminal that is gone.
fn give_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        execute!(io::stdout(), LeaveAlternateScreen, Show).unwrap_or_default();
        disable_raw_mode().unwrap_or_default();
    }
}

fn give_back_on_panic() {
    static HOOKED: Once = Once::new();
    HOOKED.call_once(|| {
        let message = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            give_back();
            message(panic);
        }));
    });
}
