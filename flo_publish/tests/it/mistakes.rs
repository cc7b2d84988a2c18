//! Faults that this algorithm had once, on the way to what it is.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
};

use flo_publish::{Lagged, Publisher, TryRecvError, WorkQueue};
use flo_test::{Leak, Leaks, assert_pending, assert_ready_ok, woken};
use futures::executor::block_on;

/// A message whose clone waits for somebody, the first time.
struct Waits {
    number: u32,
    leak: Leak<()>,
    first: Arc<AtomicBool>,
    barrier: Arc<Barrier>,
}

impl Clone for Waits {
    fn clone(&self) -> Self {
        if self.first.swap(false, SeqCst) {
            self.barrier.wait();
            self.barrier.wait();
        }
        let (first, barrier) = (Arc::clone(&self.first), Arc::clone(&self.barrier));
        Self { number: self.number, leak: self.leak.clone(), first, barrier }
    }
}

/// While a lossy subscriber clones message 0, `meanwhile` runs; then everything must be freed.
fn while_one_clones(
    capacity: usize,
    meanwhile: impl FnOnce(&Publisher<Waits>, &dyn Fn(u32) -> Waits),
) {
    let leaks = Leaks::new();
    let (first, barrier) = (Arc::new(AtomicBool::new(true)), Arc::new(Barrier::new(2)));
    let make = |number| Waits {
        number,
        leak: leaks.track(()),
        first: Arc::clone(&first),
        barrier: Arc::clone(&barrier),
    };
    let publisher = Publisher::new(capacity);
    let (mut slow, other) = (publisher.subscribe_lossy(), publisher.subscribe_lossy());
    publisher.try_publish(make(0)).expect("room");
    let cloning = thread::spawn(move || {
        let message = slow.try_recv().expect("a message").expect("no gap");
        (message.number, slow)
    });
    barrier.wait();
    meanwhile(&publisher, &make);
    barrier.wait();
    let (number, slow) = cloning.join().expect("it is well");
    assert_eq!(number, 0);
    drop((slow, other));
    leaks.check();
}

#[test]
fn m1_a_message_is_not_kept_beyond_its_last_reader_by_a_claim_of_the_rings_own() {
    while_one_clones(2, |publisher, make| {
        for n in 1..=2 {
            publisher.try_publish(make(n)).unwrap();
        }
    });
}

#[test]
fn m2_a_clone_that_panics_costs_a_lossy_subscriber_that_message_and_no_more() {
    struct Bomb(u32, Leak<()>);
    impl Clone for Bomb {
        fn clone(&self) -> Self {
            assert!(self.0 != 1, "a clone");
            Self(self.0, self.1.clone())
        }
    }
    let leaks = Leaks::new();
    let publisher = Publisher::new(4);
    let mut lossy = publisher.subscribe_lossy();
    let mut latest = publisher.subscribe_latest();
    let others = (publisher.subscribe_lossy(), publisher.subscribe_latest());
    publisher.try_publish(Bomb(0, leaks.track(()))).unwrap();
    publisher.try_publish(Bomb(1, leaks.track(()))).unwrap();
    assert_eq!(lossy.try_recv().ok().and_then(Result::ok).map(|bomb| bomb.0), Some(0));
    assert!(catch_unwind(AssertUnwindSafe(|| lossy.try_recv().is_ok())).is_err());
    assert!(catch_unwind(AssertUnwindSafe(|| latest.try_recv().is_ok())).is_err());
    publisher.try_publish(Bomb(2, leaks.track(()))).unwrap();
    assert_eq!(lossy.try_recv().ok().and_then(Result::ok).map(|bomb| bomb.0), Some(2));
    assert_eq!(latest.try_recv().ok().map(|bomb| bomb.0), Some(2));
    drop((publisher, lossy, latest, others));
    leaks.check();
}

#[test]
fn m3_places_that_are_all_promised_are_no_room() {
    let publisher = Publisher::new(2);
    let permits = [(); 2].map(|()| block_on(publisher.reserve()).unwrap());
    assert!(publisher.try_publish(1).unwrap_err().is_full());
    let mut third = woken(publisher.reserve());
    assert_pending!(third.poll());
    drop(permits);
    drop(assert_ready_ok!(third.poll()));
}

#[test]
fn m4_replay_does_not_reach_into_what_is_promised() {
    let publisher = Publisher::new(1).with_replay(1);
    publisher.try_publish(0).unwrap();
    let permit = block_on(publisher.reserve()).unwrap();
    let mut late = publisher.subscribe();
    assert_eq!(late.len(), 0);
    assert_eq!(publisher.subscribe_from(0).unwrap_err().oldest, 1);
    permit.send(1).unwrap();
    assert_eq!(late.try_recv(), Ok(1));
}

#[test]
fn m5_a_box_that_its_slot_lets_go_of_is_freed_by_whoever_comes_second() {
    // Twice round a ring of one slot: the slot's own cell is cloned, so the next ones are in boxes.
    while_one_clones(1, |publisher, make| {
        for n in 1..=4 {
            publisher.try_publish(make(n)).unwrap();
        }
    });
}

#[test]
fn m6_a_message_that_is_being_taken_is_not_overwritten() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    let reading = thread::spawn(move || {
        let mut next = 0;
        while let Ok(message) = subscriber.recv_blocking() {
            assert_eq!(message, vec![next; 8]);
            next += 1;
        }
        next
    });
    for n in 0..20_000_u64 {
        publisher.publish_blocking(vec![n; 8]).unwrap();
    }
    drop(publisher);
    assert_eq!(reading.join().unwrap(), 20_000);
}

#[test]
fn m7_a_served_worker_that_is_neither_polled_nor_dropped_keeps_its_turn() {
    let queue = WorkQueue::new(4);
    let mut served = woken(queue.worker());
    assert_pending!(served.poll_next());
    queue.try_push(1).unwrap();
    let mut other = queue.worker();
    assert_eq!(other.try_recv(), Err(TryRecvError::Empty));
    queue.try_push(2).unwrap();
    assert_eq!(other.try_recv(), Ok(1), "it keeps a turn, not a message");
    assert_eq!(other.try_recv(), Err(TryRecvError::Empty));
    drop(served);
    assert_eq!(other.try_recv(), Ok(2));
}

#[test]
fn m8_the_claims_of_one_who_is_cut_off_go_when_it_learns_of_it() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(2);
    let mut patient = publisher.subscribe_or_close();
    for n in 0..3 {
        publisher.try_publish(leaks.track(n)).unwrap();
    }
    assert_eq!(patient.try_recv().unwrap_err(), TryRecvError::CutOff(Lagged(1)));
    leaks.check();
}
