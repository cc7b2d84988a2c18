//! How many events a second go by: a lossy subscriber, which never makes anybody wait.
//!
//! What it misses it is told the number of, and a number is all it needs.

use std::time::{Duration, Instant};

use flo_reactive::{BindRef, Computed, Lagged, bind_stream, computed_from};
use futures::Stream;
use imbl::Vector;

use crate::model::OrderEvent;

/// The span over which events are counted.
const WINDOW: Duration = Duration::from_secs(1);

/// Events this close together share one entry, which bounds how many there are.
const GRAIN: Duration = Duration::from_millis(50);

/// The component that counts events in time.
#[derive(Clone, Debug)]
pub struct Rate {
    /// All it knows.
    pub recent: BindRef<Recent>,
    /// Events in the last second.
    pub per_second: Computed<u64>,
}

/// When the events of the last second came.
#[derive(Clone, Debug, Default)]
pub struct Recent(Vector<(Duration, u64)>);

impl Rate {
    /// Counts `events` as they arrive. `now` is the time since `start` at which the views look; that it
    /// goes on while no event comes is why the rate falls to nothing then.
    pub fn new<S>(events: S, start: Instant, now: &BindRef<Duration>) -> Self
    where
        S: Stream<Item = Result<OrderEvent, Lagged>> + Send + 'static,
    {
        let recent = bind_stream(events, Recent::default(), move |recent: &mut Recent, event| {
            let count = event.map_or_else(|Lagged(missed)| missed, |_| 1);
            recent.add(start.elapsed(), count);
        });
        let per_second = computed_from((&recent, now), |(recent, now)| recent.up_to(*now));
        Self { recent, per_second }
    }
}

impl Recent {
    fn add(&mut self, at: Duration, count: u64) {
        match self.0.back_mut() {
            Some((begun, events)) if at < *begun + GRAIN => *events += count,
            _ => self.0.push_back((at, count)),
        }
        while self.0.front().is_some_and(|(begun, _)| *begun + WINDOW < at) {
            self.0.pop_front();
        }
    }

    fn up_to(&self, now: Duration) -> u64 {
        self.0.iter().filter(|(begun, _)| *begun + WINDOW >= now).map(|(_, count)| count).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_second_counts_and_is_kept() {
        let mut recent = Recent::default();
        for millisecond in 0..5000 {
            recent.add(Duration::from_millis(millisecond), 1);
        }
        assert!(recent.0.len() <= 22, "one entry a grain");
        let rate = recent.up_to(Duration::from_secs(5));
        assert!((1000..=1050).contains(&rate), "{rate} events");
        assert_eq!(recent.up_to(Duration::from_secs(7)), 0, "nothing came since");
    }
}
