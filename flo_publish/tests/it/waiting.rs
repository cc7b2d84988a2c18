//! Publishers that find no place stand in line, first in, first out.

use flo_publish::Publisher;
use flo_test::{Woken, assert_pending, assert_ready, assert_ready_ok, woken};

#[test]
fn where_there_is_room_the_first_poll_publishes() {
    let publisher = Publisher::new(2);
    let mut subscriber = publisher.subscribe();
    assert_ready_ok!(woken(publisher.publish(1)).poll());
    assert_ready_ok!(woken(publisher.publish(2)).poll());
    assert_pending!(woken(publisher.publish(3)).poll());
    assert_eq!(subscriber.try_recv(), Ok(1));
}

#[test]
fn they_are_served_in_the_order_in_which_they_came() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut waiting: Vec<_> = (1..=3).map(|n| woken(publisher.publish(n))).collect();
    for publish in &mut waiting {
        assert_pending!(publish.poll());
    }
    for n in 0..3 {
        assert_eq!(subscriber.try_recv(), Ok(n));
        let woken: Vec<usize> = (0..3).filter(|&index| waiting[index].is_woken()).collect();
        let turn = usize::try_from(n).unwrap();
        assert_eq!(woken.last(), Some(&turn), "one place, one publisher");
        assert_ready_ok!(waiting[turn].poll());
    }
    assert_eq!(subscriber.try_recv(), Ok(3));
}

#[test]
fn nobody_overtakes_those_who_wait() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut first = woken(publisher.publish(1));
    assert_pending!(first.poll());
    assert_eq!(subscriber.try_recv(), Ok(0));
    assert!(publisher.try_publish(9).unwrap_err().is_full(), "the place is promised");
    let mut second = woken(publisher.publish(2));
    assert_pending!(second.poll());
    assert_ready_ok!(first.poll());
    assert_eq!(subscriber.try_recv(), Ok(1));
    assert_ready_ok!(second.poll());
}

#[test]
fn as_many_are_served_as_places_fall_free() {
    let publisher = Publisher::new(3);
    let subscriber = publisher.subscribe();
    for n in 0..3 {
        publisher.try_publish(n).unwrap();
    }
    let mut waiting: Vec<_> = (0..5).map(|n| woken(publisher.publish(n))).collect();
    for publish in &mut waiting {
        assert_pending!(publish.poll());
    }
    drop(subscriber);
    let served: Vec<bool> = waiting.iter().map(Woken::is_woken).collect();
    assert_eq!(served, [true, true, true, false, false]);
    assert_ready_ok!(waiting[0].poll());
}

#[test]
fn a_subscriber_that_goes_lets_publishers_go_on() {
    let publisher = Publisher::new(1);
    let (slow, mut fast) = (publisher.subscribe(), publisher.subscribe());
    publisher.try_publish(0).unwrap();
    fast.try_recv().unwrap();
    let mut waiting = woken(publisher.publish(1));
    assert_pending!(waiting.poll());
    drop(slow);
    assert!(waiting.is_woken());
    assert_ready_ok!(waiting.poll());
    assert_eq!(fast.try_recv(), Ok(1));
}

#[test]
fn reservations_and_publishes_stand_in_one_line() {
    let publisher = Publisher::new(1);
    let mut subscriber = publisher.subscribe();
    publisher.try_publish(0).unwrap();
    let mut reserve = woken(publisher.reserve());
    let mut publish = woken(publisher.publish(2));
    assert_pending!(reserve.poll());
    assert_pending!(publish.poll());
    subscriber.try_recv().unwrap();
    assert!(reserve.is_woken() && !publish.is_woken());
    assert_ready!(reserve.poll()).unwrap().send(1).unwrap();
    assert_eq!(subscriber.try_recv(), Ok(1));
    assert_ready_ok!(publish.poll());
    assert_eq!(subscriber.try_recv(), Ok(2));
}
