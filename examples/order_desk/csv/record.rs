//! A record: the fields between two line ends, as bytes, and where it began.

use std::fmt;

/// The fields of one record, one after the other in one buffer that the next record uses again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    line: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// What keeps bytes from being a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Defect {
    /// A quote is not closed before the end of the file, or within a megabyte.
    UnclosedQuote {
        /// The line it is on.
        line: u64,
    },
    /// Something other than a comma or the end of the line follows a closing quote.
    TextAfterQuote,
    /// One field has a megabyte.
    LongField,
    /// The whole record has more than a megabyte.
    LongRecord,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnclosedQuote { line } => {
                write!(f, "the quote opened on line {line} is not closed")
            }
            Self::TextAfterQuote => f.write_str("text after a closing quote"),
            Self::LongField => f.write_str("a field of a megabyte"),
            Self::LongRecord => f.write_str("a record of more than a megabyte"),
        }
    }
}

impl Record {
    /// The physical line of the file that the record begins on, counted from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Its fields, quotes resolved.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.ends.iter().enumerate().map(|(place, end)| {
            let begin = if place == 0 { 0 } else { self.ends[place - 1] };
            &self.bytes[begin..*end]
        })
    }

    pub(super) fn begin(&mut self, line: u64) {
        self.line = line;
        self.bytes.clear();
        self.ends.clear();
    }

    pub(super) fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes the carriage return of a line's end off the field at hand.
    pub(super) fn pop_return(&mut self) {
        let begin = self.ends.last().copied().unwrap_or(0);
        if self.bytes.len() > begin && self.bytes.ends_with(b"\r") {
            self.bytes.pop();
        }
    }

    pub(super) fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Whether it is one field without a byte.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.ends.len() == 1
    }
}
