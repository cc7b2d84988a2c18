//! Scopes and subscriptions: what they hold ends with them, and never waits.

use std::sync::{Arc, Mutex};

use flo_core::{Closed, Scope, Subscription};
use flo_test::{Calls, assert_pending, assert_ready_eq, woken};

#[test]
fn a_scope_ends_what_it_holds_in_the_order_in_which_it_was_added() {
    let order = Calls::new();
    let scope = Scope::new();
    for number in 0..3 {
        let order = order.clone();
        scope.add(Subscription::on_end(move || order.record(number)));
    }
    scope.hold(Scope::new());
    assert_eq!((scope.len(), scope.is_empty()), (4, false));
    drop(scope);
    order.assert([0, 1, 2]);
}

#[test]
fn a_driver_bound_to_a_scope_ends_with_it_and_is_dropped_then() {
    let token = Arc::new(());
    let scope = Scope::new();
    let kept = Arc::clone(&token);
    let mut driver = woken(scope.bind(async move {
        std::future::pending::<()>().await;
        drop(kept);
    }));
    assert_pending!(driver.poll());
    drop(scope);
    assert!(driver.is_woken());
    assert_ready_eq!(driver.poll(), Err(Closed));
    assert_eq!(Arc::strong_count(&token), 1);
}

#[test]
fn a_driver_that_is_done_is_done() {
    let scope = Scope::new();
    let mut driver = woken(scope.bind(async { 7 }));
    assert_ready_eq!(driver.poll(), Ok(7));
    drop(scope);
    assert!(!driver.is_woken());
}

#[test]
fn a_subscription_ends_once_or_not_at_all() {
    let ended = Calls::new();
    let make = || {
        let ended = ended.clone();
        Subscription::on_end(move || ended.hit())
    };
    drop(make());
    make().end_and_wait();
    make().detach();
    drop(Subscription::none());
    ended.assert_count(2);
}

#[test]
fn a_scope_can_be_used_while_what_it_holds_is_dropped() {
    let slot: Arc<Mutex<Option<Scope>>> = Arc::default();
    let scope = Scope::new();
    scope.add(Subscription::on_end({
        let slot = Arc::clone(&slot);
        move || {
            let scope = Scope::new();
            scope.add(Subscription::none());
            *slot.lock().unwrap() = Some(scope);
        }
    }));
    drop(scope);
    assert_eq!(slot.lock().unwrap().as_ref().map(Scope::len), Some(1));
}
