//! A subscriber that is cut off rather than to miss anything.

use flo_publish::{Lagged, Publisher, RecvError, TryRecvError};
use flo_test::{Leaks, StreamProbe};
use futures::stream::FusedStream;

#[test]
fn it_gets_everything_as_long_as_it_keeps_up() {
    let publisher = Publisher::new(2);
    let mut patient = publisher.subscribe_or_close();
    for n in 0..10 {
        publisher.try_publish(n).unwrap();
        assert_eq!(patient.try_recv(), Ok(n));
    }
    drop(publisher);
    assert_eq!(patient.try_recv(), Err(TryRecvError::Closed));
}

#[test]
fn too_slow_it_ends_and_says_why_whenever_it_is_asked() {
    let publisher = Publisher::new(2);
    let mut patient = publisher.subscribe_or_close();
    publisher.try_publish(0).unwrap();
    assert_eq!(patient.try_recv(), Ok(0));
    for n in 1..=3 {
        publisher.try_publish(n).unwrap();
    }
    assert_eq!(patient.len(), 0, "what is there still is of no use to it");
    for _ in 0..2 {
        assert_eq!(patient.try_recv(), Err(TryRecvError::CutOff(Lagged(1))));
        assert_eq!(patient.recv_blocking(), Err(RecvError::CutOff(Lagged(1))));
    }
    assert!(patient.is_terminated() && patient.is_closed());
    assert_eq!(patient.clone().try_recv(), Err(TryRecvError::CutOff(Lagged(1))));
}

#[test]
fn asked_again_it_says_how_many_are_gone_by_then() {
    let publisher = Publisher::new(1);
    let mut patient = publisher.subscribe_or_close();
    for n in 1..=3 {
        publisher.try_publish(n).unwrap();
        if n > 1 {
            let gone = Lagged(n - 1);
            assert_eq!(patient.try_recv(), Err(TryRecvError::CutOff(gone)));
        }
    }
}

#[test]
fn as_a_stream_it_ends() {
    let publisher = Publisher::new(1);
    let mut patient = StreamProbe::new(publisher.subscribe_or_close());
    patient.expect("-");
    publisher.try_publish(1).unwrap();
    publisher.try_publish(2).unwrap();
    patient.expect("|");
}

#[test]
fn nobody_waits_for_it_and_its_claims_go_when_it_is_cut_off() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(2);
    let mut patient = publisher.subscribe_or_close();
    for n in 0..5 {
        publisher.try_publish(leaks.track(n)).unwrap();
    }
    assert_eq!(leaks.alive_count(), 2);
    assert!(patient.try_recv().is_err());
    leaks.check();
    publisher.try_publish(leaks.track(5)).unwrap();
    leaks.check();
}
