//! The feed: takes sales from files or from the built-in day, and publishes them.
//!
//! It is the only one who writes to the publisher, knows nobody who reads from it, and counts what it
//! rejects. Every subscriber is waited for: a slow one slows the feed down, and memory stays bounded.

mod files;
mod rejections;
mod source;

use std::sync::Arc;

use flo_reactive::{Binding, Publisher};

use self::rejections::Rejections;
pub use self::{
    files::Files,
    rejections::Reports,
    source::{STDIN, Source, SourceError},
};
use crate::{
    csv::RowError,
    model::{OrderEvent, Progress, Sale},
    pace::{Metronome, Pace},
    stop::Stop,
};

/// What a source of sales gives, one after the other.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a feed must deal with each of these")]
pub enum Supply {
    /// A sale.
    Sale(Sale),
    /// A record that is none.
    Rejected(Place, RowError),
}

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named on the command line.
    pub file: Arc<str>,
    /// The physical line that the record begins on, counted from 1.
    pub line: u64,
}

/// Publishes what a source gives.
#[derive(Debug)]
pub struct Feed {
    publisher: Publisher<OrderEvent>,
    pace: Pace,
    stop: Stop,
    rejections: Rejections,
}

impl Feed {
    /// A feed that keeps `pace` until `stop`, and counts rejected rows in `rejected`.
    pub fn new(
        publisher: Publisher<OrderEvent>,
        pace: Pace,
        stop: Stop,
        rejected: Binding<u64>,
        reports: Reports,
    ) -> Self {
        Self { publisher, pace, stop, rejections: Rejections::new(rejected, reports) }
    }

    /// Publishes all that `source` gives, and returns how many events that were.
    ///
    /// # Errors
    /// When a source fails as a whole; what it gave before has been published.
    pub fn run<I>(mut self, source: I) -> Result<u64, SourceError>
    where
        I: IntoIterator<Item = Result<(Supply, Option<Progress>), SourceError>>,
    {
        let mut metronome = Metronome::new(self.pace);
        let mut published = 0;
        for supply in source {
            let (supply, progress) = supply?;
            let sale = match supply {
                Supply::Sale(sale) => sale,
                Supply::Rejected(place, error) => {
                    self.rejections.add(&place, &error);
                    continue;
                }
            };
            if !metronome.wait(sale.at, &self.stop) {
                break;
            }
            let event = OrderEvent { number: published + 1, sale: Arc::new(sale), progress };
            // An error says that the desk has closed: nobody wants any more.
            if self.publisher.publish_blocking(event).is_err() {
                break;
            }
            published += 1;
        }
        Ok(published)
    }
}
