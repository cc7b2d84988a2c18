//! Subscribers with a name: what is told of them, and who holds publishers up.

use std::panic::{AssertUnwindSafe, catch_unwind};

use flo_publish::{Policy, Publisher};
use flo_test::{assert_ready, woken};
use futures::future::ready;

#[test]
fn stats_tell_policy_position_lag_and_missed_of_those_with_a_name() {
    let publisher = Publisher::new(2);
    let mut ledger = publisher.subscribe().named("ledger");
    let mut gauge = publisher.subscribe_lossy().named("gauge");
    let mut price = publisher.subscribe_latest().named("price");
    let _nameless = publisher.subscribe_lossy();
    for n in 0..6 {
        publisher.try_publish(n).unwrap();
        ledger.try_recv().unwrap();
    }
    while gauge.try_recv().is_ok() {}
    price.try_recv().unwrap();
    publisher.try_publish(6).unwrap();
    let told: Vec<_> = publisher
        .stats()
        .into_iter()
        .map(|s| (s.name, s.policy, s.position, s.lag, s.missed))
        .collect();
    assert_eq!(
        told,
        [
            ("ledger".to_owned(), Policy::Lossless, 6, 1, 0),
            ("gauge".to_owned(), Policy::Lossy, 6, 1, 4),
            ("price".to_owned(), Policy::Latest, 6, 1, 5),
        ]
    );
}

#[test]
fn stats_tell_once_what_one_who_is_cut_off_missed() {
    let publisher = Publisher::new(1);
    let mut patient = publisher.subscribe_or_close().named("patient");
    for n in 0..4 {
        publisher.try_publish(n).unwrap();
    }
    for _ in 0..2 {
        assert!(patient.try_recv().is_err());
        assert_eq!(publisher.stats()[0].missed, 3);
    }
}

#[test]
fn a_clone_that_panics_leaves_the_stats_right() {
    struct Bad;
    impl Clone for Bad {
        fn clone(&self) -> Self {
            panic!("a bad clone")
        }
    }
    let publisher = Publisher::new(1);
    let (mut all, _all) = (publisher.subscribe().named("all"), publisher.subscribe_latest());
    let mut some = publisher.subscribe_lossy().named("some");
    let mut newest = publisher.subscribe_latest().named("newest");
    publisher.try_publish(Bad).unwrap();
    let receives: [&mut dyn FnMut() -> bool; 3] =
        [&mut || all.try_recv().is_ok(), &mut || some.try_recv().is_ok(), &mut || {
            newest.try_recv().is_ok()
        }];
    for receive in receives {
        assert!(catch_unwind(AssertUnwindSafe(receive)).is_err());
    }
    for stats in publisher.stats() {
        assert_eq!((stats.position, stats.lag), (1, 0), "{}", stats.name);
    }
}

#[test]
fn a_name_goes_with_its_subscriber_and_not_to_its_clone() {
    let publisher = Publisher::<u32>::new(2);
    let named = publisher.subscribe().named("first").named("second");
    let clone = named.clone();
    assert_eq!(publisher.stats().len(), 1);
    assert_eq!(publisher.stats()[0].name, "second");
    drop(named);
    assert!(publisher.stats().is_empty());
    let _again = clone.named("third");
    assert_eq!(publisher.stats()[0].name, "third");
}

#[test]
fn a_closed_gate_is_nobodys_fault() {
    let publisher = Publisher::<u32>::new(2).gated(2);
    let _early = publisher.subscribe().named("early");
    assert!(publisher.try_publish(1).unwrap_err().is_full());
    assert!(assert_ready!(woken(publisher.stuck(ready(()))).poll()).is_empty());
}

#[test]
fn many_may_have_a_name() {
    let publisher = Publisher::<u32>::new(2);
    let all: Vec<_> = (0..65_535).map(|n| publisher.subscribe().named(&n.to_string())).collect();
    assert_eq!(publisher.stats().len(), all.len());
    let one_more = publisher.subscribe_lossy();
    let text = flo_test::must_fail(|| one_more.named("one more"));
    assert_eq!(text, "a publisher has at most 65535 subscribers with a name");
    drop(all);
    assert!(publisher.stats().is_empty());
    let _again = publisher.subscribe().named("again");
}

#[test]
fn stuck_tells_who_has_not_moved_and_is_in_the_way() {
    let publisher = Publisher::new(2);
    let mut slow = publisher.subscribe().named("slow");
    let mut fast = publisher.subscribe().named("fast");
    publisher.try_publish(0).unwrap();
    assert!(assert_ready!(woken(publisher.stuck(ready(()))).poll()).is_empty(), "there is room");
    publisher.try_publish(1).unwrap();
    fast.try_recv().unwrap();
    let stuck = assert_ready!(woken(publisher.stuck(ready(()))).poll());
    assert_eq!(stuck.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["slow"]);
    let mut moving = woken(publisher.stuck(ready(())));
    slow.try_recv().unwrap();
    assert!(assert_ready!(moving.poll()).is_empty(), "it has moved meanwhile");
}
