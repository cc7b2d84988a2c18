//! The ring under every order of steps of a few threads:
//! `RUSTFLAGS="--cfg flo_loom" cargo test -p flo_publish --release --test loom`.

#![cfg(flo_loom)]

use flo_publish::{PublishError, Publisher, RecvError, TryRecvError};
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
