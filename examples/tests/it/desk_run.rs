//! Runs a whole desk in the test's own process.

use std::io::Cursor;

use flo_reactive::{BoundExt, Publisher};
use futures::executor::block_on;
use order_desk::{
    desk::Desk,
    feed::{Feed, Files, Reports, Source},
    pace::Pace,
    stop::Stop,
};
use serde_json::Value;

/// A source of these bytes.
pub(crate) fn source(bytes: &[u8]) -> Source {
    Source::new("test.csv", Box::new(Cursor::new(bytes.to_vec())), Some(bytes.len() as u64))
}

/// The totals of `sources` on a desk with so many auditors, as the JSON that is printed.
pub(crate) fn totals(sources: Vec<Source>, subscribers: usize) -> Value {
    let publisher = Publisher::new(64);
    let desk = Desk::new(&publisher, subscribers);
    let feed = Feed::new(
        publisher.clone(),
        Pace::Unbounded,
        Stop::default(),
        desk.rejected().clone(),
        Reports::later(),
    );
    let published = feed.run(Files::new(sources)).expect("the sources are files of orders");
    publisher.close_all();
    block_on(desk.settled()).expect("no component panics");
    assert_eq!(desk.totals().with(|totals| totals.lines), published);
    let mut json = Vec::new();
    desk.final_totals(published).write_json(&mut json).unwrap();
    serde_json::from_slice(&json).expect("one JSON object")
}
