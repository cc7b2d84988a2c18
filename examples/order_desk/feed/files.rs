//! All files of a run, read one after the other.

use super::{Source, SourceError, Supply};
use crate::{csv::RowParser, model::Progress};

/// Gives the sales of several sources, and how far it has come when it knows how long they are.
#[derive(Debug)]
pub struct Files {
    sources: std::vec::IntoIter<Source>,
    current: Option<Source>,
    parser: RowParser,
    /// The bytes of the sources that are done.
    done: u64,
    whole: Option<u64>,
}

impl Files {
    /// Reads `sources` in their order.
    pub fn new(sources: Vec<Source>) -> Self {
        let whole = sources.iter().map(Source::size).sum();
        let parser = RowParser::default();
        Self { sources: sources.into_iter(), current: None, parser, done: 0, whole }
    }

    fn progress(&self, source: &Source) -> Option<Progress> {
        // A file that grows while it is read does not make the bar longer than its frame.
        self.whole.map(|whole| Progress { done: (self.done + source.consumed()).min(whole), whole })
    }
}

impl Iterator for Files {
    type Item = Result<(Supply, Option<Progress>), SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut source = self.current.take().or_else(|| self.sources.next())?;
            match source.read(&mut self.parser) {
                Ok(None) => self.done += source.consumed(),
                Ok(Some(supply)) => {
                    let progress = self.progress(&source);
                    self.current = Some(source);
                    return Some(Ok((supply, progress)));
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
