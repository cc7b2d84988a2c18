//! Switchable streams: the source changes under a running reader, which misses no switch.

use std::sync::Arc;

use flo_core::{Closed, switchable_stream};
use futures::{StreamExt, stream};
use tokio_test::{assert_pending, assert_ready_eq, task};

#[test]
fn a_switch_wakes_the_reader_and_drops_the_old_source() {
    let token = Arc::new(());
    let endless = |token: Option<Arc<()>>| {
        stream::pending::<u32>()
            .chain(stream::once(async move { u32::from(token.is_some()) }))
            .boxed()
    };
    let (switch, numbers) = switchable_stream(endless(Some(Arc::clone(&token))));
    let mut numbers = task::spawn(numbers);
    assert_pending!(numbers.poll_next());
    switch.switch_to(stream::iter([7, 8]).boxed()).unwrap();
    assert!(numbers.is_woken());
    assert_ready_eq!(numbers.poll_next(), Some(7));
    assert_eq!(Arc::strong_count(&token), 1);
    switch.switch_to(endless(None)).unwrap();
    assert_pending!(numbers.poll_next());
}

#[test]
fn an_ended_source_means_nothing_now_while_the_switch_lives() {
    let (switch, numbers) = switchable_stream(stream::iter([1]));
    let mut numbers = task::spawn(numbers);
    assert_ready_eq!(numbers.poll_next(), Some(1));
    assert_pending!(numbers.poll_next());
    let other = switch.clone();
    drop(switch);
    assert!(!numbers.is_woken());
    other.switch_to(stream::iter([2])).unwrap();
    assert!(numbers.is_woken());
    assert_ready_eq!(numbers.poll_next(), Some(2));
    drop(other);
    assert_ready_eq!(numbers.poll_next(), None);
}

#[test]
fn the_last_switchs_drop_wakes_a_reader_whose_source_has_ended() {
    let (switch, numbers) = switchable_stream(stream::empty::<u32>());
    let mut numbers = task::spawn(numbers);
    assert_pending!(numbers.poll_next());
    drop(switch);
    assert!(numbers.is_woken());
    assert_ready_eq!(numbers.poll_next(), None);
    assert_ready_eq!(numbers.poll_next(), None);
}

#[test]
fn a_switch_that_came_last_is_read_to_its_end_after_the_switch_is_gone() {
    let (switch, numbers) = switchable_stream(stream::iter(vec![1]));
    switch.switch_to(stream::iter(vec![2, 3])).unwrap();
    drop(switch);
    let mut numbers = task::spawn(numbers);
    assert_ready_eq!(numbers.poll_next(), Some(2));
    assert_ready_eq!(numbers.poll_next(), Some(3));
    assert_ready_eq!(numbers.poll_next(), None);
}

#[test]
fn switching_for_nobody_is_an_error() {
    let (switch, numbers) = switchable_stream(stream::empty::<u32>());
    drop(numbers);
    assert_eq!(switch.switch_to(stream::empty()), Err(Closed));
}
