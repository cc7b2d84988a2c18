//! The part of the input that is in memory: from the start of the record at hand to what has been read.

use std::io::{self, ErrorKind, Read};

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// A buffer that grows while one record is looked at, and forgets what lies before it.
///
/// Places are counted from the start of the record.
#[derive(Debug)]
pub(super) struct Window<R> {
    input: R,
    bytes: Vec<u8>,
    start: usize,
    ended: bool,
}

impl<R: Read> Window<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, bytes: Vec::new(), start: 0, ended: false }
    }

    /// The byte at `place`; `None` behind the end of the input.
    pub(super) fn byte(&mut self, place: usize) -> io::Result<Option<u8>> {
        while self.start + place >= self.bytes.len() {
            if self.ended {
                return Ok(None);
            }
            self.fill()?;
        }
        Ok(Some(self.bytes[self.start + place]))
    }

    /// The bytes from `place` on that are in memory, which may be none.
    pub(super) fn loaded(&self, place: usize) -> &[u8] {
        self.bytes.get(self.start + place..).unwrap_or_default()
    }

    /// Lets the record begin `count` bytes later; they must have been seen.
    pub(super) fn advance(&mut self, count: usize) {
        self.start += count;
        debug_assert!(self.start <= self.bytes.len());
    }

    /// How many bytes have been taken from the input and are not before the record.
    pub(super) fn held(&self) -> usize {
        self.bytes.len() - self.start
    }

    fn fill(&mut self) -> io::Result<()> {
        self.bytes.drain(..self.start);
        self.start = 0;
        let held = self.bytes.len();
        self.bytes.resize(held + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.bytes[held..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.bytes.truncate(held + read.as_ref().copied().unwrap_or(0));
        self.ended = read? == 0;
        Ok(())
    }
}
