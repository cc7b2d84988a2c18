//! Bytes become records, as RFC 4180 has them, in constant memory whatever the bytes are.
//!
//! ```text
//!               ,            "                   "              any other
//!   Start ──────────▶ Start     Start ──▶ Quoted ──▶ Closing ───────────────▶ defect
//!     │ any other                            ▲          │ "  (an escaped quote)
//!     ▼                                      └──────────┘
//!   Plain ── , ─▶ Start       Closing ── , ─▶ Start       Start, Plain, Closing ── end of line ─▶ record
//! ```
//!
//! S1: the window holds the record at hand from its first byte and never more than [`LONGEST`] of it, so
//!     that memory is bounded, and reading can go back to where a quote opened.
//! S2: a record that fails inside or behind a quoted field costs the lines up to the one on which that
//!     quote opened; reading resumes on the next. A quote that somebody forgot to close thus never takes the
//!     rows after it along, not even when a quote further down seems to close it: what follows that one is
//!     text, where a comma or the line's end should be.
//! S3: a record that is too long outside of quotes costs its lines up to the end of the present one.
//!
//! Lines end with `\n` or `\r\n`; any other `\r` is data. A line without a byte is no record. A quote
//! inside a field that does not begin with one stands for itself.

use std::io::{self, Read};

use memchr::memchr2;

use super::{
    record::{Defect, Record},
    window::Window,
};

/// The most bytes that one record may have in the file.
const LONGEST: usize = 1 << 20;

/// A field of this many bytes is no field.
const LONG_FIELD: usize = 1_000_000;

const BYTE_ORDER_MARK: [u8; 3] = *b"\xEF\xBB\xBF";

/// Reads records one after the other.
///
/// ```
/// use order_desk::csv::{Record, Splitter};
///
/// let mut records = Splitter::new(&b"a,\"b\nc\"\r\nd"[..]);
/// let mut record = Record::default();
/// assert_eq!(records.read(&mut record).unwrap(), Some(Ok(())));
/// assert_eq!(record.fields().collect::<Vec<_>>(), [&b"a"[..], b"b\nc"]);
/// assert_eq!(records.read(&mut record).unwrap(), Some(Ok(())));
/// assert_eq!(record.line(), 3);
/// ```
#[derive(Debug)]
pub struct Splitter<R> {
    window: Window<R>,
    /// The physical line that the window begins on.
    line: u64,
    begun: bool,
    consumed: u64,
}

enum State {
    /// At the first byte of a field.
    Start,
    /// In a field without quotes.
    Plain,
    Quoted,
    /// After a quote inside a quoted field: the end of the field, or half of an escaped quote.
    Closing,
    /// After a carriage return that followed a closing quote.
    ClosingReturn,
}

/// Where the scan of one record stands.
struct Scan {
    state: State,
    /// Bytes looked at.
    place: usize,
    line: u64,
    /// Where the last quoted field opened.
    opened: Mark,
}

#[derive(Clone, Copy)]
struct Mark {
    place: usize,
    line: u64,
}

enum Step {
    Go,
    Done,
    Fail(Defect),
}

impl<R: Read> Splitter<R> {
    /// Reads from `input`; a byte order mark at its start is passed over.
    pub fn new(input: R) -> Self {
        Self { window: Window::new(input), line: 1, begun: false, consumed: 0 }
    }

    /// How many bytes of the input the records so far had.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Reads the next record into `record`; `None` at the end of the input. With a defect, `record` knows
    /// only its line.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn read(&mut self, record: &mut Record) -> io::Result<Option<Result<(), Defect>>> {
        self.skip_byte_order_mark()?;
        while self.window.byte(0)?.is_some() {
            record.begin(self.line);
            let (scan, outcome) = self.scan(record)?;
            match outcome {
                Ok(()) => {
                    self.advance(scan.place, scan.line);
                    if record.is_empty() && !scan.ended_quoted() {
                        continue;
                    }
                    return Ok(Some(fields_in_bounds(record)));
                }
                Err(defect) => {
                    record.begin(record.line());
                    self.resume(&scan, defect)?;
                    return Ok(Some(Err(defect)));
                }
            }
        }
        Ok(None)
    }

    fn scan(&mut self, record: &mut Record) -> io::Result<(Scan, Result<(), Defect>)> {
        let opened = Mark { place: 0, line: self.line };
        let mut scan = Scan { state: State::Start, place: 0, line: self.line, opened };
        loop {
            scan.take_run(self.window.loaded(scan.place), record);
            let Some(byte) = self.window.byte(scan.place)? else {
                return Ok(scan.at_end(record));
            };
            if scan.place == LONGEST {
                let defect = scan.too_long();
                return Ok((scan, Err(defect)));
            }
            match scan.step(byte, record) {
                Step::Go => {}
                Step::Done => return Ok((scan, Ok(()))),
                Step::Fail(defect) => return Ok((scan, Err(defect))),
            }
        }
    }

    /// Goes on to where reading resumes after a defect (S2, S3).
    fn resume(&mut self, scan: &Scan, defect: Defect) -> io::Result<()> {
        let from = match defect {
            Defect::LongRecord => Mark { place: scan.place, line: scan.line },
            _ => scan.opened,
        };
        self.advance(from.place, from.line);
        loop {
            // What was looked at goes at once: the rest of the line may be longer than memory.
            match self.window.byte(0)? {
                None => return Ok(()),
                Some(b'\n') => {
                    self.advance(1, self.line + 1);
                    return Ok(());
                }
                Some(_) => self.advance(1, self.line),
            }
        }
    }

    fn advance(&mut self, count: usize, line: u64) {
        self.window.advance(count);
        self.consumed += count as u64;
        self.line = line;
        debug_assert!(self.window.held() <= 2 * LONGEST, "S1");
    }

    fn skip_byte_order_mark(&mut self) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        for (place, byte) in BYTE_ORDER_MARK.into_iter().enumerate() {
            if self.window.byte(place)? != Some(byte) {
                return Ok(());
            }
        }
        self.advance(BYTE_ORDER_MARK.len(), self.line);
        Ok(())
    }
}

impl Scan {
    /// Takes those of the next bytes at once that are data and leave the state as it is: most bytes there are.
    fn take_run(&mut self, ahead: &[u8], record: &mut Record) {
        // S1
        let ahead = &ahead[..ahead.len().min(LONGEST - self.place)];
        let end = match self.state {
            State::Plain => memchr2(b',', b'\n', ahead),
            State::Quoted => memchr2(b'"', b'\n', ahead),
            State::Start | State::Closing | State::ClosingReturn => return,
        };
        let run = &ahead[..end.unwrap_or(ahead.len())];
        record.extend(run);
        self.place += run.len();
    }

    fn step(&mut self, byte: u8, record: &mut Record) -> Step {
        self.place += 1;
        if byte == b'\n' {
            self.line += 1;
        }
        match (&self.state, byte) {
            (State::Start, b'"') => {
                self.opened = Mark { place: self.place - 1, line: self.line };
                self.state = State::Quoted;
            }
            (State::Start | State::Plain, b'\n') => {
                record.pop_return();
                record.end_field();
                return Step::Done;
            }
            (State::Closing | State::ClosingReturn, b'\n') => {
                record.end_field();
                return Step::Done;
            }
            (State::Start | State::Plain | State::Closing, b',') => {
                record.end_field();
                self.state = State::Start;
            }
            (State::Start | State::Plain, _) => {
                record.push(byte);
                self.state = State::Plain;
            }
            (State::Quoted, b'"') => self.state = State::Closing,
            (State::Quoted, _) => record.push(byte),
            (State::Closing, b'"') => {
                record.push(byte);
                self.state = State::Quoted;
            }
            (State::Closing, b'\r') => self.state = State::ClosingReturn,
            (State::Closing | State::ClosingReturn, _) => {
                return Step::Fail(self.misplaced_quote());
            }
        }
        Step::Go
    }

    fn at_end(self, record: &mut Record) -> (Self, Result<(), Defect>) {
        if let State::Quoted = self.state {
            let defect = Defect::UnclosedQuote { line: self.opened.line };
            return (self, Err(defect));
        }
        if let State::Plain = self.state {
            record.pop_return();
        }
        record.end_field();
        (self, Ok(()))
    }

    /// A closing quote with text after it is, on a later line than it opened, one that opens another field.
    fn misplaced_quote(&self) -> Defect {
        if self.line == self.opened.line {
            Defect::TextAfterQuote
        } else {
            Defect::UnclosedQuote { line: self.opened.line }
        }
    }

    /// Whether the last field was a quoted one, which is a field even without a byte.
    fn ended_quoted(&self) -> bool {
        matches!(self.state, State::Closing | State::ClosingReturn)
    }

    fn too_long(&self) -> Defect {
        match self.state {
            State::Quoted | State::Closing => Defect::UnclosedQuote { line: self.opened.line },
            _ => Defect::LongRecord,
        }
    }
}

fn fields_in_bounds(record: &mut Record) -> Result<(), Defect> {
    if record.fields().all(|field| field.len() < LONG_FIELD) {
        return Ok(());
    }
    record.begin(record.line());
    Err(Defect::LongField)
}
