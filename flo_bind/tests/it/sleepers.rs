//! Followers of collections that sleep, and how they are told.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, Wake, Waker},
};

use flo_bind::{
    BoundExt, FollowChanges, ListBinding, MapBinding, Store, bind, snapshot, transaction,
};
use flo_test::{Woken, assert_pending, assert_ready, woken};
use futures::Stream;

/// Polls it until there is nothing more.
fn sleep<S: Stream>(follower: &mut Woken<S>) {
    while let Poll::Ready(Some(_)) = follower.poll_next() {}
}

fn asleep<S: Stream>(follower: S) -> Woken<S> {
    let mut follower = woken(follower);
    sleep(&mut follower);
    follower
}

#[test]
fn s1_every_sleeper_is_woken_once_until_it_sleeps_again() {
    let list = ListBinding::from(vec![1, 2, 3]);
    let big = list.filter(|item| *item > 1);
    let mut followers: Vec<_> = (0..4).map(|_| asleep(list.follow_changes())).collect();
    let mut of_derived: Vec<_> = (0..4).map(|_| asleep(big.follow_changes())).collect();
    let wakes = |followers: &[Woken<FollowChanges<i32>>]| {
        followers.iter().map(Woken::wakes).collect::<Vec<_>>()
    };
    transaction(|| {
        list.push(4);
        list.push(5);
        assert_eq!(wakes(&followers), [0; 4], "nothing is committed yet");
    });
    list.push(6);
    assert_eq!(wakes(&followers), [1; 4]);
    assert_eq!(wakes(&of_derived), [1; 4]);
    for follower in [&mut followers[1], &mut of_derived[1]] {
        let batch = assert_ready!(follower.poll_next()).unwrap();
        assert_eq!(batch.iter().count(), 3);
    }
    list.push(7);
    assert_eq!(wakes(&followers), [1; 4], "who has not polled until nothing was new is awake");
    for followers in [&mut followers, &mut of_derived] {
        sleep(&mut followers[2]);
    }
    list.push(8);
    assert_eq!(wakes(&followers), [1, 1, 2, 1]);
    assert_eq!(wakes(&of_derived), [1, 1, 2, 1]);
    drop(followers.remove(1));
    followers.iter_mut().for_each(sleep);
    drop(list);
    assert_eq!(wakes(&followers), [2, 3, 2], "that it has ended is told, too");
    for follower in &mut followers {
        assert!(assert_ready!(follower.poll_next()).is_none());
    }
}

#[test]
fn who_polls_again_for_nothing_keeps_one_waker_and_who_is_dropped_none() {
    let (map, store) = (MapBinding::from_iter([(1, 'a')]), Store::<(), char>::new());
    let mut of_map = asleep(map.follow_changes());
    let mut of_store = asleep(store.follow_changes());
    for _ in 0..3 {
        assert_pending!(of_map.poll_next());
        assert_pending!(of_store.poll_next());
    }
    assert_eq!((of_map.kept_wakers(), of_store.kept_wakers()), (1, 1));
    map.insert(2, 'b');
    store.insert('b');
    assert_eq!((of_map.wakes(), of_store.wakes()), (1, 1));
    assert_eq!((of_map.kept_wakers(), of_store.kept_wakers()), (0, 0));
    sleep(&mut of_map);
    let waker = Arc::new(Count::default());
    let mut of_map = of_map.into_inner();
    // Another task has it now.
    assert!(poll(&mut of_map, &waker).is_pending());
    assert_eq!(Arc::strong_count(&waker), 2);
    map.insert(3, 'c');
    assert_eq!(waker.0.load(Relaxed), 1);
    assert!(poll(&mut of_map, &waker).is_ready());
    assert!(poll(&mut of_map, &waker).is_pending());
    drop(of_map);
    assert_eq!(Arc::strong_count(&waker), 1, "nobody holds it any more");
}

#[test]
fn who_has_ended_keeps_no_waker() {
    let (list, map, value) =
        (ListBinding::from(vec![1]), MapBinding::from_iter([(1, 'a')]), bind(1));
    let mut of_list = asleep(list.follow_changes());
    let mut of_map = asleep(map.follow_changes());
    let mut of_value = asleep(value.follow());
    drop((list, map, value));
    assert!(assert_ready!(of_list.poll_next()).is_none());
    assert!(assert_ready!(of_map.poll_next()).is_none());
    assert!(assert_ready!(of_value.poll_next()).is_none());
    let kept = (of_list.kept_wakers(), of_map.kept_wakers(), of_value.kept_wakers());
    assert_eq!(kept, (0, 0, 0));
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

fn poll<S: Stream + Unpin, W: Wake + Send + Sync + 'static>(
    follower: &mut S,
    waker: &Arc<W>,
) -> Poll<Option<S::Item>> {
    let waker = Waker::from(Arc::clone(waker));
    Pin::new(follower).poll_next(&mut Context::from_waker(&waker))
}

#[test]
fn who_sleeps_in_an_old_snapshot_is_told_when_that_is_over() {
    let list = ListBinding::from(vec![1]);
    let (mut one, mut other) = (asleep(list.follow_changes()), asleep(list.follow_changes()));
    snapshot(|| {
        assert_eq!(list.len(), 1);
        std::thread::scope(|scope| {
            scope.spawn(|| list.push(2));
        });
        assert_eq!((one.wakes(), other.wakes()), (1, 1));
        assert_pending!(one.poll_next());
        assert_pending!(other.poll_next());
    });
    assert!(one.is_woken() && other.is_woken(), "what is new is told again");
    for follower in [&mut one, &mut other] {
        assert_eq!(assert_ready!(follower.poll_next()).unwrap().iter().count(), 1);
        assert_pending!(follower.poll_next());
    }
    list.push(3);
    assert!(one.is_woken() && other.is_woken());
}

#[test]
fn a_waker_that_panics_keeps_no_other_from_being_woken_and_reaches_the_committer() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("in a waker");
        }
    }
    let list = ListBinding::from(vec![1]);
    let mut first = asleep(list.follow_changes());
    let mut broken = list.follow_changes();
    let panics = Arc::new(Panics);
    while poll(&mut broken, &panics).is_ready() {}
    let mut last = asleep(list.follow_changes());
    for number in 1..3 {
        let caught = catch_unwind(AssertUnwindSafe(|| list.push(number)));
        assert_eq!(caught.unwrap_err().downcast_ref::<&str>(), Some(&"in a waker"));
        assert_eq!((first.wakes(), last.wakes()), (number, number));
        assert_eq!(list.len(), 1 + number, "it is committed");
        sleep(&mut first);
        sleep(&mut last);
        while poll(&mut broken, &panics).is_ready() {}
    }
}

/// Edits and follows the list, in its waker and when that is dropped.
struct Busy {
    list: ListBinding<usize>,
    follower: Mutex<Option<FollowChanges<usize>>>,
    wakes: AtomicUsize,
}

impl Busy {
    fn work(&self) {
        let mut other = asleep(self.list.follow_changes());
        if self.list.len() < 10 {
            self.list.push(0);
        }
        sleep(&mut other);
        drop(self.follower.lock().unwrap().take());
    }
}

impl Wake for Busy {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Relaxed);
        self.work();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.work();
    }
}

#[test]
fn s2_wakers_may_edit_the_list_follow_it_and_drop_followers() {
    let list = ListBinding::from(vec![1]);
    let mut beside = asleep(list.follow_changes());
    let busy: Vec<_> = (0..3)
        .map(|_| {
            let mut follower = list.follow_changes();
            let wakes = AtomicUsize::new(0);
            let busy = Arc::new(Busy { list: list.clone(), follower: Mutex::default(), wakes });
            while poll(&mut follower, &busy).is_ready() {}
            *busy.follower.lock().unwrap() = Some(follower);
            busy
        })
        .collect();
    list.push(2);
    let wakes: Vec<_> = busy.iter().map(|busy| busy.wakes.load(Relaxed)).collect();
    assert_eq!(wakes, [1; 3]);
    assert_eq!((list.len(), beside.wakes()), (5, 1));
    drop(busy);
    assert_eq!(list.len(), 8);
    let batch = assert_ready!(beside.poll_next()).unwrap();
    assert_eq!(batch.iter().count(), 7);
}
