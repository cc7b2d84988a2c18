//! One file of orders, or standard input, past its header.

use std::{
    error::Error,
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use super::{Place, Supply};
use crate::csv::{COLUMNS, Record, RowParser, Splitter};

/// The name of standard input.
pub const STDIN: &str = "-";

/// An open source of records.
pub struct Source {
    name: Arc<str>,
    records: Splitter<Box<dyn Read + Send>>,
    record: Record,
    header_seen: bool,
    size: Option<u64>,
}

/// Why a source cannot be used at all.
#[derive(Debug)]
pub struct SourceError {
    name: Arc<str>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Open(io::Error),
    Read(io::Error),
    Empty,
    Header,
}

impl Source {
    /// Opens `file`, or standard input when it is [`STDIN`]. The header of a regular file is checked here,
    /// that of a pipe only when reading begins: it may not have been written yet.
    ///
    /// # Errors
    /// When there is no such file, or it is empty, or has another header.
    pub fn open(file: &Path) -> Result<Self, SourceError> {
        let name = &*file.to_string_lossy();
        if name == STDIN {
            return Ok(Self::new(name, Box::new(io::stdin()), None));
        }
        let fail = |error| SourceError { name: name.into(), problem: Problem::Open(error) };
        let file = File::open(file).map_err(fail)?;
        let about = file.metadata().map_err(fail)?;
        let size = about.is_file().then_some(about.len());
        let mut source = Self::new(name, Box::new(file), size);
        if about.is_file() || about.is_dir() {
            source.check_header()?;
        }
        Ok(source)
    }

    /// Reads `input`, which errors and reports call `name`, and which has `size` bytes if that is known.
    pub fn new(name: &str, input: Box<dyn Read + Send>, size: Option<u64>) -> Self {
        Self {
            name: name.into(),
            records: Splitter::new(input),
            record: Record::default(),
            header_seen: false,
            size,
        }
    }

    /// How many bytes it has, if that can be known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes have been read.
    pub fn consumed(&self) -> u64 {
        self.records.consumed()
    }

    /// Reads the next record, and parses it with `parser`; `None` at the end.
    ///
    /// # Errors
    /// When the source cannot be read, or has no header.
    pub(super) fn read(&mut self, parser: &mut RowParser) -> Result<Option<Supply>, SourceError> {
        self.check_header()?;
        let Some(outcome) =
            self.records.read(&mut self.record).map_err(|error| self.fail(Problem::Read(error)))?
        else {
            return Ok(None);
        };
        let parsed = outcome.map_err(Into::into).and_then(|()| parser.parse(&self.record));
        Ok(Some(match parsed {
            Ok(sale) => Supply::Sale(sale),
            Err(error) => {
                let place = Place { file: Arc::clone(&self.name), line: self.record.line() };
                Supply::Rejected(place, error)
            }
        }))
    }

    fn check_header(&mut self) -> Result<(), SourceError> {
        if self.header_seen {
            return Ok(());
        }
        match self.records.read(&mut self.record) {
            Err(error) => Err(self.fail(Problem::Read(error))),
            Ok(None) => Err(self.fail(Problem::Empty)),
            Ok(Some(_)) if !self.record.fields().eq(COLUMNS.map(str::as_bytes)) => {
                Err(self.fail(Problem::Header))
            }
            Ok(Some(_)) => {
                self.header_seen = true;
                Ok(())
            }
        }
    }

    fn fail(&self, problem: Problem) -> SourceError {
        SourceError { name: Arc::clone(&self.name), problem }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.name)?;
        match &self.problem {
            Problem::Open(error) => write!(f, "cannot be opened: {error}"),
            Problem::Read(error) => write!(f, "cannot be read: {error}"),
            Problem::Empty => f.write_str("is empty"),
            Problem::Header => write!(f, "does not begin with the header {}", COLUMNS.join(",")),
        }
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            Problem::Open(error) | Problem::Read(error) => Some(error),
            Problem::Empty | Problem::Header => None,
        }
    }
}
