//! Whole scenarios under random schedules, with an oracle for order and loss:
//! `RUSTFLAGS="--cfg flo_shuttle" cargo test -p flo_publish --release --test shuttle`.

#![cfg(flo_shuttle)]

use flo_publish::{Lagged, LossySubscriber, Publisher, RecvError, Subscriber, WorkQueue};
use shuttle::{check_random, future::block_on, thread};

const SCHEDULES: usize = 10_000;
const PUBLISHERS: u32 = 2;
const MESSAGES: u32 = 3;

/// All that a lossless subscriber gets.
fn read_all(mut subscriber: Subscriber<u32>) -> Vec<u32> {
    let mut seen = Vec::new();
    loop {
        match block_on(subscriber.recv()) {
            Ok(message) => seen.push(message),
            Err(RecvError::Closed) => return seen,
            Err(other) => panic!("nobody is cut off here: {other}"),
        }
    }
}

/// What a lossy subscriber gets, gaps as `None`s.
fn read_lossy(mut subscriber: LossySubscriber<u32>) -> Vec<Option<u32>> {
    let mut seen = Vec::new();
    while let Ok(item) = block_on(subscriber.recv()) {
        match item {
            Ok(message) => seen.push(Some(message)),
            Err(Lagged(missed)) => seen.extend((0..missed).map(|_| None)),
        }
    }
    seen
}

#[test]
fn all_see_one_order_and_what_is_missed_is_told() {
    check_random(
        || {
            let publisher = Publisher::new(2);
            let (first, second) = (publisher.subscribe(), publisher.subscribe());
            let lossy = publisher.subscribe_lossy();
            let mut latest = publisher.subscribe_latest();
            let late = publisher.downgrade();
            let publishers: Vec<_> = (0..PUBLISHERS)
                .map(|id| {
                    let publisher = publisher.clone();
                    thread::spawn(move || {
                        for n in 0..MESSAGES {
                            let message = id * 10 + n;
                            if n == 1 {
                                let permit = block_on(publisher.reserve()).expect("open");
                                permit.send(message).expect("open");
                            } else {
                                block_on(publisher.publish(message)).expect("open");
                            }
                        }
                    })
                })
                .collect();
            drop(publisher);
            let reading = thread::spawn(move || read_all(first));
            let missing = thread::spawn(move || read_lossy(lossy));
            let passing = thread::spawn(move || {
                // Comes and goes while the others are at it.
                let reader = late.upgrade().map(|publisher| publisher.subscribe());
                reader.map(|mut reader| (reader.position(), reader.try_recv().ok()))
            });
            let order = read_all(second);
            let mut newest = Vec::new();
            while let Ok(message) = block_on(latest.recv()) {
                newest.push(message);
            }
            for publisher in publishers {
                publisher.join().expect("it is well");
            }
            assert_eq!(order.len(), (PUBLISHERS * MESSAGES) as usize);
            assert_eq!(reading.join().expect("it is well"), order, "one order for all");
            for id in 0..PUBLISHERS {
                let own: Vec<_> = order.iter().filter(|m| **m / 10 == id).collect();
                assert!(own.is_sorted() && own.len() == MESSAGES as usize);
            }
            let gaps = missing.join().expect("it is well");
            assert_eq!(gaps.len(), order.len(), "each message is received or told to be missed");
            for (seen, message) in gaps.iter().zip(&order) {
                assert!(seen.is_none_or(|seen| seen == *message));
            }
            if let Some((position, Some(message))) = passing.join().expect("it is well") {
                let position = usize::try_from(position).expect("few messages");
                assert_eq!(message, order[position]);
            }
            let mut rest = order.iter();
            assert!(newest.iter().all(|seen| rest.any(|message| message == seen)), "in order");
            assert_eq!(newest.last(), order.last(), "the last one is seen");
        },
        SCHEDULES,
    );
}

#[test]
fn each_message_of_a_work_queue_goes_to_one_worker() {
    check_random(
        || {
            let queue = WorkQueue::new(1);
            let workers: Vec<_> = (0..2)
                .map(|id| {
                    let mut worker = queue.worker();
                    thread::spawn(move || {
                        let mut seen = Vec::new();
                        // The first goes away early.
                        while (id > 0 || seen.len() < 2)
                            && let Ok(message) = block_on(worker.recv())
                        {
                            seen.push(message);
                        }
                        seen
                    })
                })
                .collect();
            let pushing = thread::spawn({
                let queue = queue.clone();
                move || {
                    for n in 0..3 {
                        block_on(queue.push(n)).expect("open");
                    }
                }
            });
            for n in 10..12 {
                block_on(queue.push(n)).expect("open");
            }
            drop(queue);
            pushing.join().expect("it is well");
            let mut all = Vec::new();
            for worker in workers {
                all.extend(worker.join().expect("it is well"));
            }
            all.sort_unstable();
            assert_eq!(all, [0, 1, 2, 10, 11]);
        },
        SCHEDULES,
    );
}

#[test]
fn workers_that_are_equally_fast_get_equally_much_on_two_threads() {
    const MESSAGES: usize = 2_000;
    for capacity in [1, 4, 64] {
        check_random(
            move || {
                let queue = WorkQueue::new(capacity);
                // A random schedule lets both run equally often.
                let workers: Vec<_> = (0..2)
                    .map(|_| {
                        let mut worker = queue.worker();
                        thread::spawn(move || {
                            let mut count = 0;
                            while block_on(worker.recv()).is_ok() {
                                count += 1;
                            }
                            count
                        })
                    })
                    .collect();
                for n in 0..MESSAGES {
                    block_on(queue.push(n)).expect("open");
                }
                drop(queue);
                let counts: Vec<usize> =
                    workers.into_iter().map(|worker| worker.join().expect("it is well")).collect();
                assert_eq!(counts.iter().sum::<usize>(), MESSAGES);
                let is_fair = counts.iter().all(|count| (900..=1_100).contains(count));
                assert!(is_fair, "{counts:?} at {capacity}");
            },
            20,
        );
    }
}

#[test]
fn who_begins_to_read_gets_that_message_however_fast_the_next_ones_come() {
    // Publishers go round the ring while a reader is between any two of its steps (ring.rs, "a second
    // race"). The models do not come to all of these: they remember only the last access to a variable,
    // and a publisher looks at a slot's cell before it changes it.
    for capacity in [1, 3] {
        check_random(
            move || {
                let publisher = Publisher::new(capacity);
                let lossy = [publisher.subscribe_lossy(), publisher.subscribe_lossy()];
                let mut latest = publisher.subscribe_latest();
                let readers = lossy.map(|mut reader| {
                    thread::spawn(move || {
                        let mut number = 0;
                        while let Ok(item) = block_on(reader.recv()) {
                            match item {
                                Ok(message) => {
                                    assert_eq!(message, number, "the message that was claimed");
                                    number += 1;
                                }
                                Err(Lagged(missed)) => number += missed,
                            }
                        }
                        number
                    })
                });
                let following = thread::spawn(move || {
                    while let Ok(message) = block_on(latest.recv()) {
                        assert_eq!(message + 1, latest.position(), "the message that was claimed");
                    }
                    latest.position()
                });
                for message in 0..8 {
                    publisher.try_publish(message).expect("nobody is waited for");
                }
                drop(publisher);
                for reader in readers {
                    assert_eq!(reader.join().expect("it is well"), 8);
                }
                assert_eq!(following.join().expect("it is well"), 8);
            },
            SCHEDULES,
        );
    }
}
