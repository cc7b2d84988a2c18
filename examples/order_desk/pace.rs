//! How fast a day is played.

use std::time::{Duration, Instant};

use jiff::civil::DateTime;

use crate::stop::Stop;

/// How fast sales follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way to keep time")]
pub enum Pace {
    /// As fast as the desk takes them.
    Unbounded,
    /// This many times as fast as their dates say.
    Times(f64),
}

/// Keeps a pace: the first sale is due at once, the others as much later as their dates are, divided by
/// the speed. Who falls behind catches up; a sale dated before the first one is due at once.
#[derive(Debug)]
pub(crate) struct Metronome {
    pace: Pace,
    first: Option<(Instant, DateTime)>,
}

impl Metronome {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { pace, first: None }
    }

    /// Waits until a sale of the time `at` is due. Returns whether to go on.
    pub(crate) fn wait(&mut self, at: DateTime, stop: &Stop) -> bool {
        let Pace::Times(speed) = self.pace else {
            return stop.wait_until(Instant::now());
        };
        let (begun, first) = *self.first.get_or_insert_with(|| (Instant::now(), at));
        stop.wait_until(begun + played(at.duration_since(first).as_secs_f64(), speed))
    }
}

/// How long `seconds` take at `speed`: a year for whatever is longer, so that it can be added to a clock.
fn played(seconds: f64, speed: f64) -> Duration {
    const YEAR: Duration = Duration::from_hours(365 * 24);
    Duration::try_from_secs_f64((seconds / speed).max(0.0)).map_or(YEAR, |time| time.min(YEAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_divided_by_the_speed_and_never_negative() {
        assert_eq!(played(7200.0, 720.0), Duration::from_secs(10));
        assert_eq!(played(-5.0, 1.0), Duration::ZERO);
        assert_eq!(played(1e9, 1e-300), Duration::from_hours(365 * 24));
    }

    #[test]
    fn a_wish_to_end_cuts_the_longest_wait_short() {
        let stop = Stop::default();
        let mut metronome = Metronome::new(Pace::Times(1.0));
        let start = jiff::civil::datetime(2010, 12, 1, 8, 0, 0, 0);
        assert!(metronome.wait(start, &stop));
        stop.wish();
        assert!(!metronome.wait(start.with().year(2011).build().unwrap(), &stop));
    }
}
