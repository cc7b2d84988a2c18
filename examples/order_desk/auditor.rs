//! Full subscribers that check what they get: every event, once, and in order.

use flo_reactive::{BindRef, BoundExt, bind_stream};
use futures::Stream;
use imbl::OrdSet;
use serde::Serialize;

use crate::model::OrderEvent;

/// The component that checks the numbers of the events.
#[derive(Clone, Debug)]
pub struct Auditor {
    /// What it has found so far.
    pub findings: BindRef<Findings>,
}

/// What an auditor has found. Persistent, so that a clone is a count.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    received: u64,
    highest: u64,
    /// Numbers that were passed over and have not come since.
    missing: OrdSet<u64>,
    repeated: u64,
    disordered: u64,
}

/// What an auditor has to say in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AuditReport {
    /// Events that it got.
    pub received: u64,
    /// Events that it did not get.
    pub missed: u64,
    /// Events that it had got before.
    pub repeated: u64,
    /// Events that came after a later one.
    pub disordered: u64,
    /// Whether it got every event, once and in order.
    pub complete: bool,
}

impl Auditor {
    /// Checks `events`.
    pub fn new<S>(events: S) -> Self
    where
        S: Stream<Item = OrderEvent> + Send + 'static,
    {
        let check = |findings: &mut Findings, event: OrderEvent| findings.check(event.number);
        Self { findings: bind_stream(events, Findings::default(), check) }
    }

    /// What it has found, when so many events were published.
    pub fn report(&self, published: u64) -> AuditReport {
        self.findings.with(|findings| findings.report(published))
    }
}

impl Findings {
    fn check(&mut self, number: u64) {
        self.received += 1;
        if number > self.highest {
            self.missing.extend(self.highest + 1..number);
            self.highest = number;
        } else if self.missing.remove(&number).is_some() {
            self.disordered += 1;
        } else {
            self.repeated += 1;
        }
    }

    fn report(&self, published: u64) -> AuditReport {
        let missed = self.missing.len() as u64 + published.saturating_sub(self.highest);
        let Self { received, repeated, disordered, .. } = *self;
        let complete = received == published && missed + repeated + disordered == 0;
        AuditReport { received, missed, repeated, disordered, complete }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(numbers: &[u64], published: u64) -> AuditReport {
        let mut findings = Findings::default();
        for number in numbers {
            findings.check(*number);
        }
        findings.report(published)
    }

    #[test]
    fn every_event_once_and_in_order_is_complete() {
        let complete = report(&[1, 2, 3], 3);
        assert!(complete.complete);
        assert_eq!(complete.received, 3);
    }

    #[test]
    fn what_is_missed_repeated_or_out_of_order_is_told_apart() {
        let found = |numbers: &[u64]| {
            let AuditReport { missed, repeated, disordered, complete, .. } = report(numbers, 4);
            assert!(!complete);
            (missed, repeated, disordered)
        };
        assert_eq!(found(&[1, 2, 4]), (1, 0, 0));
        assert_eq!(found(&[1, 2, 3]), (1, 0, 0), "the last one is missed too");
        assert_eq!(found(&[1, 2, 2, 3, 4]), (0, 1, 0));
        assert_eq!(found(&[1, 3, 2, 4]), (0, 0, 1));
    }
}
