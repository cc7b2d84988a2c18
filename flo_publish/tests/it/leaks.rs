//! Dropping the last handle frees everything.

use flo_publish::Publisher;
use flo_test::{assert_pending, woken};
use futures::{FutureExt, executor::block_on};

use flo_test::{Leak, Leaks};

#[test]
fn no_message_outlives_those_who_need_it() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(4);
    let weak = publisher.downgrade();
    let (first, mut second) = (publisher.subscribe(), publisher.subscribe());
    let lossy = publisher.subscribe_lossy();
    for n in 0..4 {
        publisher.try_publish(leaks.track(n)).unwrap();
    }
    drop(second.try_recv().unwrap());
    drop(publisher);
    assert_eq!(leaks.alive_count(), 4);
    drop(first);
    assert_eq!(leaks.alive_count(), 4, "the lossy one needs them all");
    drop(lossy);
    assert_eq!(leaks.alive_count(), 3);
    drop(second);
    assert_eq!(leaks.alive_count(), 0, "a weak handle keeps no message");
    drop(weak);
}

#[test]
fn a_message_in_a_future_goes_with_the_future() {
    let leaks = Leaks::new();
    let publisher = Publisher::new(1);
    let subscriber = publisher.subscribe();
    publisher.try_publish(leaks.track(0)).unwrap();
    let mut waiting = woken(publisher.publish(leaks.track(1)));
    assert_pending!(waiting.poll());
    drop(subscriber);
    assert_eq!(leaks.alive_count(), 1);
    drop(waiting);
    leaks.check();
}

#[test]
fn wakers_go_with_those_who_waited() {
    let publisher = Publisher::<u32>::new(1);
    let mut outer = woken(());
    let mut subscriber = publisher.subscribe();
    let mut lossy = publisher.subscribe_lossy();
    outer.enter(|cx, _| {
        use futures::StreamExt;
        assert_pending!(subscriber.poll_next_unpin(cx));
        assert_pending!(lossy.poll_next_unpin(cx));
    });
    drop((subscriber, lossy));
    assert_eq!(outer.kept_wakers(), 0);
}

#[test]
fn a_clone_that_panicked_leaks_nothing() {
    struct Bomb {
        _leak: Leak<u32>,
    }
    impl Clone for Bomb {
        fn clone(&self) -> Self {
            panic!("a message's clone");
        }
    }
    let leaks = Leaks::new();
    let publisher = Publisher::new(1);
    let (mut first, second) = (publisher.subscribe(), publisher.subscribe());
    publisher.try_publish(Bomb { _leak: leaks.track(1) }).unwrap();
    let caught =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| first.recv().now_or_never()));
    assert!(caught.is_err());
    assert_eq!(leaks.alive_count(), 1);
    drop(second);
    assert_eq!(leaks.alive_count(), 0);
    assert!(block_on(publisher.reserve()).is_ok());
}
