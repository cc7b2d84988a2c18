//! Dropping the last handle frees everything.

use flo_publish::Publisher;
use futures::{FutureExt, executor::block_on};
use tokio_test::{assert_pending, task};

use crate::counted::{Counted, Counts};

#[test]
fn no_message_outlives_those_who_need_it() {
    let counts = Counts::default();
    let publisher = Publisher::new(4);
    let weak = publisher.downgrade();
    let (first, mut second) = (publisher.subscribe(), publisher.subscribe());
    let lossy = publisher.subscribe_lossy();
    for n in 0..4 {
        publisher.try_publish(counts.message(n)).unwrap();
    }
    drop(second.try_recv().unwrap());
    drop(publisher);
    assert_eq!(counts.living(), 4);
    drop(first);
    assert_eq!(counts.living(), 4, "the lossy one needs them all");
    drop(lossy);
    assert_eq!(counts.living(), 3);
    drop(second);
    assert_eq!(counts.living(), 0, "a weak handle keeps no message");
    drop(weak);
}

#[test]
fn a_message_in_a_future_goes_with_the_future() {
    let counts = Counts::default();
    let publisher = Publisher::new(1);
    let subscriber = publisher.subscribe();
    publisher.try_publish(counts.message(0)).unwrap();
    let mut waiting = task::spawn(publisher.publish(counts.message(1)));
    assert_pending!(waiting.poll());
    drop(subscriber);
    assert_eq!(counts.living(), 1);
    drop(waiting);
    assert_eq!(counts.living(), 0);
}

#[test]
fn wakers_go_with_those_who_waited() {
    let publisher = Publisher::<u32>::new(1);
    let mut outer = task::spawn(());
    let before = outer.waker_ref_count();
    let mut subscriber = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    outer.enter(|cx, _| {
        use futures::StreamExt;
        assert_pending!(subscriber.poll_next_unpin(cx));
        assert_pending!(lossy.poll_next_unpin(cx));
    });
    drop((subscriber, lossy));
    assert_eq!(outer.waker_ref_count(), before);
}

#[test]
fn a_clone_that_panicked_leaks_nothing() {
    struct Bomb {
        _counted: Counted,
    }
    impl Clone for Bomb {
        fn clone(&self) -> Self {
            panic!("a message's clone");
        }
    }
    let counts = Counts::default();
    let publisher = Publisher::new(1);
    let (mut first, second) = (publisher.subscribe(), publisher.subscribe());
    publisher.try_publish(Bomb { _counted: counts.message(1) }).unwrap();
    let caught =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| first.recv().now_or_never()));
    assert!(caught.is_err());
    assert_eq!(counts.living(), 1);
    drop(second);
    assert_eq!(counts.living(), 0);
    assert!(block_on(publisher.reserve()).is_ok());
}
