//! Rejected rows: all are counted, the first few are told of.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use flo_reactive::{Binding, BoundExt};

use super::Place;
use crate::csv::RowError;

/// How many rejected rows are told of one by one.
const TOLD: u64 = 20;

/// Where reports go: to standard error, at once or later. A clone is another handle to the same.
#[derive(Clone, Debug)]
pub struct Reports(When);

#[derive(Clone, Debug)]
enum When {
    Now,
    Later(Arc<Mutex<Vec<String>>>),
}

impl Reports {
    /// Tells at once.
    pub fn now() -> Self {
        Self(When::Now)
    }

    /// Tells at the end, for who draws on the terminal that standard error goes to.
    pub fn later() -> Self {
        Self(When::Later(Arc::default()))
    }

    /// Tells what has not been told, and how many of the `rejected` rows went without a report.
    pub fn finish(&self, rejected: u64) {
        if let When::Later(waiting) = &self.0 {
            let waiting = mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner));
            for report in waiting {
                print(&report);
            }
        }
        match rejected.saturating_sub(TOLD) {
            0 => {}
            1 => print("1 more row rejected"),
            more => print(&format!("{more} more rows rejected")),
        }
    }

    fn tell(&self, report: String) {
        match &self.0 {
            When::Now => print(&report),
            When::Later(waiting) => {
                waiting.lock().unwrap_or_else(PoisonError::into_inner).push(report);
            }
        }
    }
}

fn print(report: &str) {
    // Nobody is left to hear of a standard error that cannot be written to.
    writeln!(io::stderr(), "{report}").unwrap_or_default();
}

/// Counts rejected rows and reports the first of them.
#[derive(Debug)]
pub(super) struct Rejections {
    count: Binding<u64>,
    reports: Reports,
}

impl Rejections {
    pub(super) fn new(count: Binding<u64>, reports: Reports) -> Self {
        Self { count, reports }
    }

    pub(super) fn add(&mut self, place: &Place, error: &RowError) {
        if self.count.get() < TOLD {
            self.reports.tell(format!("{}:{}: {error}", place.file, place.line));
        }
        self.count.update(|count| *count += 1);
    }
}
