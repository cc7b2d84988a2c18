//! The ring under every order of steps of a few threads:
//! `RUSTFLAGS="--cfg flo_loom" cargo test -p flo_publish --release --test loom`.

#![cfg(flo_loom)]

use flo_publish::{PublishError, Publisher, RecvError, TryRecvError, WorkQueue};
use loom::{future::block_on, model::Builder, thread};

/// Every order of steps there is.
fn model(f: impl Fn() + Send + Sync + 'static) {
    Builder::new().check(f);
}

/// Every order with at most so many switches of threads beside those that waiting forces.
fn model_with_switches(switches: usize, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(switches);
    builder.check(f);
}

#[test]
fn a_publish_reaches_a_reader_that_waits() {
    model(|| {
        let publisher = Publisher::new(2);
        let mut subscriber = publisher.subscribe();
        let writer = thread::spawn(move || publisher.try_publish(1).unwrap());
        assert_eq!(block_on(subscriber.recv()), Ok(1));
        assert_eq!(block_on(subscriber.recv()), Err(RecvError::Closed));
        writer.join().unwrap();
    });
}

#[test]
fn a_publish_goes_on_when_the_subscriber_in_its_way_goes() {
    model(|| {
        let publisher = Publisher::new(1);
        let subscriber = publisher.subscribe();
        publisher.try_publish(1).unwrap();
        let reader = thread::spawn(move || drop(subscriber));
        block_on(publisher.publish(2)).unwrap();
        reader.join().unwrap();
        assert_eq!(publisher.subscriber_count(), 0);
        assert!(publisher.try_publish(3).is_ok());
    });
}

#[test]
fn a_waiting_publish_is_served_by_the_last_read() {
    model(|| {
        let publisher = Publisher::new(1);
        let mut first = publisher.subscribe();
        let mut second = publisher.subscribe();
        publisher.try_publish(1).unwrap();
        let reader = thread::spawn(move || {
            assert_eq!(first.try_recv(), Ok(1));
            first
        });
        let other = thread::spawn(move || {
            assert_eq!(second.try_recv(), Ok(1));
            second
        });
        block_on(publisher.publish(2)).unwrap();
        let (mut first, mut second) = (reader.join().unwrap(), other.join().unwrap());
        assert_eq!((first.try_recv(), second.try_recv()), (Ok(2), Ok(2)));
    });
}

#[test]
fn two_publishers_and_one_slow_subscriber_have_one_order() {
    // Three threads that wait for each other have too many orders to try them all.
    model_with_switches(3, || {
        let publisher = Publisher::new(1);
        let mut subscriber = publisher.subscribe();
        let writers = [10, 20].map(|n| {
            let publisher = publisher.clone();
            thread::spawn(move || block_on(publisher.publish(n)).unwrap())
        });
        drop(publisher);
        let mut received = [block_on(subscriber.recv()), block_on(subscriber.recv())];
        assert_eq!(block_on(subscriber.recv()), Err(RecvError::Closed));
        received.sort_by_key(|message| message.unwrap());
        assert_eq!(received, [Ok(10), Ok(20)]);
        for writer in writers {
            writer.join().unwrap();
        }
    });
}

#[test]
fn the_end_reaches_a_reader_that_waits() {
    model(|| {
        let publisher = Publisher::<u32>::new(1);
        let mut subscriber = publisher.subscribe();
        let closer = thread::spawn({
            let publisher = publisher.clone();
            move || publisher.close_all()
        });
        assert_eq!(block_on(subscriber.recv()), Err(RecvError::Closed));
        closer.join().unwrap();
        assert_eq!(publisher.try_publish(1).unwrap_err().into_inner(), 1);
    });
}

#[test]
fn the_end_gives_a_waiting_publish_its_message_back() {
    model(|| {
        let publisher = Publisher::new(1);
        let mut subscriber = publisher.subscribe();
        publisher.try_publish(1).unwrap();
        let closer = thread::spawn({
            let publisher = publisher.clone();
            move || publisher.close_all()
        });
        let reader = thread::spawn(move || (subscriber.try_recv(), subscriber));
        let answer = block_on(publisher.publish(2));
        closer.join().unwrap();
        let (first, mut subscriber) = reader.join().unwrap();
        assert_eq!(first, Ok(1));
        match answer {
            Ok(()) => assert_eq!(subscriber.try_recv(), Ok(2)),
            Err(PublishError::Closed(message)) => assert_eq!(message, 2),
            Err(_) => unreachable!("there is no other way not to publish"),
        }
        assert_eq!(subscriber.try_recv(), Err(TryRecvError::Closed));
    });
}

#[test]
fn two_readers_of_one_slot_get_the_message_and_one_of_them_takes_it() {
    model(|| {
        let publisher = Publisher::new(1);
        let (mut first, mut second) = (publisher.subscribe(), publisher.subscribe());
        publisher.try_publish(Box::new(7)).unwrap();
        let reader = thread::spawn(move || first.try_recv());
        let other = thread::spawn(move || second.try_recv());
        let publish = publisher.try_publish(Box::new(8));
        assert_eq!(reader.join().unwrap(), Ok(Box::new(7)));
        assert_eq!(other.join().unwrap(), Ok(Box::new(7)));
        // Both have gone by now, with what they had not read.
        drop(publish);
        assert!(publisher.try_publish(Box::new(9)).is_ok());
    });
}

#[test]
fn a_subscriber_that_comes_while_a_message_is_published_gets_it_or_all_after_it() {
    model(|| {
        let publisher = Publisher::new(2);
        let writer = thread::spawn({
            let publisher = publisher.clone();
            move || publisher.try_publish(1).unwrap()
        });
        let mut subscriber = publisher.subscribe();
        writer.join().unwrap();
        publisher.try_publish(2).unwrap();
        let first = subscriber.try_recv();
        if first == Ok(1) {
            assert_eq!(subscriber.try_recv(), Ok(2));
        } else {
            assert_eq!(first, Ok(2));
        }
        assert_eq!(subscriber.try_recv(), Err(TryRecvError::Empty));
    });
}

#[test]
fn a_late_subscriber_claims_what_is_kept_while_the_next_message_comes() {
    model(|| {
        let publisher = Publisher::new(2).with_replay(1);
        publisher.try_publish(Box::new(1)).unwrap();
        let writer = thread::spawn({
            let publisher = publisher.clone();
            move || publisher.try_publish(Box::new(2)).unwrap()
        });
        let mut subscriber = publisher.subscribe();
        writer.join().unwrap();
        let first = subscriber.try_recv();
        if first == Ok(Box::new(1)) {
            assert_eq!(subscriber.try_recv(), Ok(Box::new(2)));
        } else {
            assert_eq!(first, Ok(Box::new(2)));
        }
    });
}

#[test]
fn a_dropped_reservation_goes_to_the_publish_that_waits() {
    model(|| {
        let publisher = Publisher::new(1);
        let mut subscriber = publisher.subscribe();
        let permit = block_on(publisher.reserve()).unwrap();
        let holder = thread::spawn(move || drop(permit));
        block_on(publisher.publish(1)).unwrap();
        holder.join().unwrap();
        assert_eq!(subscriber.try_recv(), Ok(1));
    });
}

/// A message whose clone lets others run.
#[derive(Debug, PartialEq)]
struct Slow(Box<u32>);

impl Clone for Slow {
    fn clone(&self) -> Self {
        thread::yield_now();
        Self(self.0.clone())
    }
}

#[test]
fn a_publish_overtakes_a_slow_clone_and_each_reader_gets_what_it_claimed() {
    model_with_switches(3, || {
        let publisher = Publisher::new(1);
        let (mut first, mut second) = (publisher.subscribe_lossy(), publisher.subscribe_lossy());
        publisher.try_publish(Slow(Box::new(1))).unwrap();
        let reader = thread::spawn(move || first.try_recv());
        for n in 2..=3 {
            publisher.try_publish(Slow(Box::new(n))).unwrap();
        }
        match reader.join().unwrap() {
            Ok(Ok(Slow(number))) => assert_eq!(*number, 1),
            Ok(Err(lagged)) => assert!((1..=2).contains(&lagged.0)),
            Err(error) => panic!("there was a message: {error}"),
        }
        assert_eq!(second.try_recv(), Ok(Err(flo_publish::Lagged(2))));
        assert_eq!(second.try_recv(), Ok(Ok(Slow(Box::new(3)))));
    });
}

#[test]
fn the_latest_message_is_taken_by_the_last_who_wants_it() {
    model_with_switches(3, || {
        let publisher = Publisher::new(1);
        let (mut first, mut second) = (publisher.subscribe_latest(), publisher.subscribe_latest());
        publisher.try_publish(Slow(Box::new(1))).unwrap();
        let reader = thread::spawn(move || first.try_recv());
        let other = thread::spawn(move || second.try_recv());
        publisher.try_publish(Slow(Box::new(2))).unwrap();
        for seen in [reader.join().unwrap(), other.join().unwrap()] {
            let Slow(number) = seen.unwrap();
            assert!((1..=2).contains(&*number));
        }
    });
}

#[test]
fn a_lossy_reader_begins_while_its_like_comes_and_goes() {
    model_with_switches(3, || {
        let publisher = Publisher::new(1).with_replay(1);
        let (mut reads, stays) = (publisher.subscribe_lossy(), publisher.subscribe_lossy());
        publisher.try_publish(Slow(Box::new(1))).unwrap();
        let reading = thread::spawn(move || reads.try_recv());
        let mut clone = stays.clone();
        let mut late = publisher.subscribe_lossy();
        drop(stays);
        drop(publisher.clone().with_replay(0));
        assert_eq!(reading.join().unwrap(), Ok(Ok(Slow(Box::new(1)))));
        assert_eq!(clone.try_recv(), Ok(Ok(Slow(Box::new(1)))));
        assert_eq!(late.try_recv(), Ok(Ok(Slow(Box::new(1)))));
    });
}

#[test]
fn one_who_is_to_be_cut_off_reads_or_is() {
    model_with_switches(3, || {
        // Four slots for three places: a slot keeps its number after its message has gone.
        let publisher = Publisher::new(3);
        let mut patient = publisher.subscribe_or_close();
        for n in 0..3 {
            publisher.try_publish(Box::new(n)).unwrap();
        }
        let reading = thread::spawn(move || (patient.try_recv(), patient.try_recv()));
        for n in 3..5 {
            publisher.try_publish(Box::new(n)).unwrap();
        }
        let is_end = |answer: &Result<Box<i32>, TryRecvError>| matches!(answer, Err(TryRecvError::CutOff(lagged)) if (1..=2).contains(&lagged.0));
        match reading.join().unwrap() {
            (Ok(first), Ok(second)) => assert_eq!((*first, *second), (0, 1)),
            (Ok(first), second) => assert!(*first == 0 && is_end(&second)),
            (first, second) => assert!(is_end(&first) && is_end(&second)),
        }
    });
}

#[test]
fn a_flusher_is_told_by_the_last_reader() {
    model(|| {
        let publisher = Publisher::new(2);
        let mut subscriber = publisher.subscribe();
        publisher.try_publish(1).unwrap();
        let reader = thread::spawn(move || (subscriber.try_recv(), subscriber));
        block_on(publisher.drained());
        let (received, _subscriber) = reader.join().unwrap();
        assert_eq!(received, Ok(1));
    });
}

#[test]
fn a_worker_that_waits_gets_what_is_pushed_and_what_another_leaves() {
    model_with_switches(3, || {
        let queue = WorkQueue::new(2);
        let (mut stays, goes) = (queue.worker(), queue.worker());
        let leaving = thread::spawn(move || drop(goes));
        let pushing = thread::spawn(move || queue.try_push(Box::new(1)).unwrap());
        assert_eq!(block_on(stays.recv()), Ok(Box::new(1)));
        assert_eq!(block_on(stays.recv()), Err(flo_publish::Closed));
        leaving.join().unwrap();
        pushing.join().unwrap();
    });
}

#[test]
fn who_waits_for_a_queue_to_be_drained_is_told_by_who_takes_the_last() {
    model_with_switches(3, || {
        let queue = WorkQueue::new(2);
        let mut worker = queue.worker();
        queue.try_push(1).unwrap();
        let working = thread::spawn(move || (block_on(worker.recv()), worker.try_recv(), worker));
        block_on(queue.drained());
        assert_eq!(queue.len(), 0);
        queue.try_push(2).unwrap();
        let (first, second, _worker) = working.join().unwrap();
        assert_eq!(first, Ok(1));
        assert!(matches!(second, Ok(2) | Err(TryRecvError::Empty)));
    });
}

#[test]
fn a_place_in_a_queue_that_is_given_back_goes_to_who_waits() {
    model_with_switches(3, || {
        let queue = WorkQueue::new(1);
        let permit = block_on(queue.reserve()).unwrap();
        let giving_back = thread::spawn(move || drop(permit));
        block_on(queue.reserve()).unwrap().send(1).unwrap();
        assert_eq!(queue.worker().try_recv(), Ok(1));
        giving_back.join().unwrap();
    });
}

#[test]
fn who_waits_until_nobody_listens_is_told_by_the_last_that_goes() {
    model_with_switches(3, || {
        let publisher = Publisher::new(1);
        let (one, other) = (publisher.subscribe(), publisher.subscribe_lossy());
        publisher.try_publish(1).unwrap();
        let goes = thread::spawn(move || drop(one));
        let goes_too = thread::spawn(move || drop(other));
        block_on(publisher.unsubscribed());
        assert_eq!(publisher.subscriber_count(), 0);
        goes.join().unwrap();
        goes_too.join().unwrap();
    });
}

#[test]
fn the_length_of_a_publisher_is_right_beside_a_reader() {
    model_with_switches(3, || {
        let publisher = Publisher::new(2);
        let mut subscriber = publisher.subscribe();
        publisher.try_publish(1).unwrap();
        publisher.try_publish(2).unwrap();
        let reading = thread::spawn(move || {
            subscriber.try_recv().unwrap();
            subscriber
        });
        let before = publisher.len();
        let after = publisher.len();
        assert!(before <= 2 && after <= before && after >= 1);
        drop(reading.join().unwrap());
        assert!(publisher.is_empty());
    });
}

#[test]
fn c5_a_lossless_reader_takes_beside_a_lossy_one_and_what_is_kept_while_the_next_message_comes() {
    model_with_switches(2, || {
        let publisher = Publisher::new(1).with_replay(1);
        let (mut lossless, mut lossy) = (publisher.subscribe(), publisher.subscribe_lossy());
        publisher.try_publish(Slow(Box::new(1))).unwrap();
        let reader = thread::spawn(move || {
            assert_eq!(lossless.try_recv(), Ok(Slow(Box::new(1))));
            lossless
        });
        let other = thread::spawn(move || {
            let seen = lossy.try_recv().unwrap();
            assert!(seen.is_err() || seen == Ok(Slow(Box::new(1))));
            lossy
        });
        block_on(publisher.publish(Slow(Box::new(2)))).unwrap();
        let (mut lossless, mut lossy) = (reader.join().unwrap(), other.join().unwrap());
        assert_eq!(lossless.try_recv(), Ok(Slow(Box::new(2))));
        assert_eq!(lossy.try_recv(), Ok(Ok(Slow(Box::new(2)))));
    });
}

#[test]
fn c5_the_last_reader_stores_that_a_cell_is_free_while_the_ring_lets_go_of_it() {
    model_with_switches(3, || {
        let publisher = Publisher::new(2).with_replay(1);
        let mut lossless = publisher.subscribe();
        publisher.try_publish(Box::new(1)).unwrap();
        let reader = thread::spawn(move || {
            assert_eq!(lossless.try_recv(), Ok(Box::new(1)));
            lossless
        });
        drop(publisher.clone().with_replay(0));
        for number in 2..=3 {
            block_on(publisher.publish(Box::new(number))).unwrap();
        }
        let mut lossless = reader.join().unwrap();
        assert_eq!(lossless.try_recv(), Ok(Box::new(2)));
        assert_eq!(lossless.try_recv(), Ok(Box::new(3)));
    });
}
