//! Many threads, one order.

use std::{sync::Barrier, thread};

use flo_publish::{Lagged, Publisher};
use futures::{StreamExt, executor::block_on};

const PUBLISHERS: usize = 16;
const MESSAGES: usize = 200;

#[test]
fn all_subscribers_see_the_messages_of_all_publishers_in_one_order() {
    let publisher = Publisher::new(4);
    let readers: Vec<_> = (0..3)
        .map(|_| {
            let subscriber = publisher.subscribe();
            thread::spawn(move || block_on(subscriber.collect::<Vec<_>>()))
        })
        .collect();
    let lossy = publisher.subscribe_lossy();
    let lossy_reader = thread::spawn(move || block_on(lossy.collect::<Vec<_>>()));
    let start = Barrier::new(PUBLISHERS);
    thread::scope(|scope| {
        for id in 0..PUBLISHERS {
            let (publisher, start) = (publisher.clone(), &start);
            scope.spawn(move || {
                start.wait();
                for n in 0..MESSAGES {
                    if n % 3 == 0 {
                        let permit = block_on(publisher.reserve()).unwrap();
                        permit.send((id, n)).unwrap();
                    } else {
                        publisher.publish_blocking((id, n)).unwrap();
                    }
                }
            });
        }
    });
    drop(publisher);
    let seen: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    assert_eq!(seen[0].len(), PUBLISHERS * MESSAGES);
    assert!(seen.iter().all(|order| *order == seen[0]), "one order for all");
    for id in 0..PUBLISHERS {
        let own: Vec<_> = seen[0].iter().filter(|(from, _)| *from == id).map(|(_, n)| *n).collect();
        assert_eq!(own, (0..MESSAGES).collect::<Vec<_>>(), "a publisher's own order is kept");
    }

    // The lossy one saw the same order with holes of exactly the size it was told.
    let mut position = 0;
    for item in lossy_reader.join().unwrap() {
        match item {
            Ok(message) => {
                assert_eq!(message, seen[0][position]);
                position += 1;
            }
            Err(Lagged(missed)) => position += usize::try_from(missed).unwrap(),
        }
    }
    assert_eq!(position, seen[0].len());
}

#[test]
fn subscribers_come_and_go_while_publishers_publish() {
    let publisher = Publisher::new(2);
    let mut steady = publisher.subscribe();
    thread::scope(|scope| {
        for _ in 0..2 {
            let writer = publisher.clone();
            scope.spawn(move || {
                for n in 0..500_u32 {
                    writer.publish_blocking(n).unwrap();
                }
            });
            let weak = publisher.downgrade();
            scope.spawn(move || {
                while let Some(publisher) = weak.upgrade() {
                    let mut subscriber = publisher.subscribe();
                    let clone = subscriber.clone();
                    drop(publisher);
                    let _ = subscriber.try_recv();
                    drop(clone);
                }
            });
        }
        drop(publisher);
        let mut received = 0;
        while steady.recv_blocking().is_ok() {
            received += 1;
        }
        assert_eq!(received, 1000);
    });
}
