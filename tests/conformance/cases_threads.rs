//! Several threads: who sees what, and on which thread closures run.

use std::{
    sync::Barrier,
    thread::{self, ThreadId},
};

use flo_test::Calls;
use futures::{StreamExt, executor::block_on, future};

use crate::{
    case::{Case, same, saw},
    library::{Library, Read, Write},
};

pub(crate) fn cases() -> Vec<Case> {
    vec![
        same!(handles_are_sent_and_shared, "(2, 3)"),
        same!(what_one_thread_sets_another_reads, "[2, 3]"),
        same!(updates_of_four_threads_lose_nothing, "400"),
        same!(sets_of_two_threads_leave_one_of_the_values, "true"),
        same!(two_threads_that_read_one_computed_get_the_same, "[3, 3]"),
        same!(a_set_on_another_thread_wakes_a_follower, "Some(3)"),
        same!(a_follower_comes_to_the_last_of_many_sets, "Some(1000)"),
        same!(a_listener_runs_on_the_thread_that_set, "true"),
        same!(a_computed_runs_on_the_thread_that_read, "true"),
        same!(a_follower_runs_its_computed_on_the_thread_that_polls, "true"),
    ]
}

/// Runs `f` on another thread, to its end.
fn elsewhere<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| scope.spawn(f).join().unwrap())
}

fn handles_are_sent_and_shared<L: Library>() -> String {
    let source = L::bind(1);
    let next = source.map(|value| value + 1);
    let listening = source.when_changed(|| {});
    let shared = elsewhere(|| (source.get(), next.get()).1);
    let sent = elsewhere(move || {
        drop(listening);
        source.set(2);
        next.get()
    });
    saw((shared, sent))
}

fn what_one_thread_sets_another_reads<L: Library>() -> String {
    let source = L::bind(1);
    let next = source.map(|value| value + 1);
    next.get();
    elsewhere(|| source.set(2));
    saw([source.get(), next.get()])
}

fn updates_of_four_threads_lose_nothing<L: Library>() -> String {
    let (count, barrier) = (L::bind(0), Barrier::new(4));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..100 {
                    count.update(|count| *count += 1);
                }
            });
        }
    });
    saw(count.get())
}

fn sets_of_two_threads_leave_one_of_the_values<L: Library>() -> String {
    let (source, barrier) = (L::bind(0), Barrier::new(2));
    thread::scope(|scope| {
        for own in [10, 20] {
            let (source, barrier) = (&source, &barrier);
            scope.spawn(move || {
                barrier.wait();
                source.set(own);
            });
        }
    });
    saw([10, 20].contains(&source.get()))
}

fn two_threads_that_read_one_computed_get_the_same<L: Library>() -> String {
    let (source, barrier) = (L::bind(1), Barrier::new(2));
    let next = source.map(|value| value + 1);
    next.get();
    source.set(2);
    let read = || {
        barrier.wait();
        next.get()
    };
    saw(thread::scope(|scope| [scope.spawn(read), scope.spawn(read)].map(|t| t.join().unwrap())))
}

fn a_set_on_another_thread_wakes_a_follower<L: Library>() -> String {
    let source = L::bind(1);
    let mut values = source.map(|value| value + 1).follow();
    assert_eq!(block_on(values.next()), Some(2));
    let setting = thread::spawn(move || {
        source.set(2);
        source
    });
    let value = block_on(values.next());
    drop(setting.join().unwrap());
    saw(value)
}

fn a_follower_comes_to_the_last_of_many_sets<L: Library>() -> String {
    let source = L::bind(0);
    let values = source.follow();
    let setting = thread::spawn(move || {
        (1..=1000).for_each(|value| source.set(value));
        source
    });
    let last = block_on(values.filter(|value| future::ready(*value == 1000)).next());
    drop(setting.join().unwrap());
    saw(last)
}

/// Notes the thread that it is called on.
fn notes_thread(threads: &Calls<ThreadId>) -> impl Fn() + Send + Sync + 'static {
    let threads = threads.clone();
    move || threads.record(thread::current().id())
}

fn a_listener_runs_on_the_thread_that_set<L: Library>() -> String {
    let (source, threads) = (L::bind(0), Calls::new());
    let _listening = source.when_changed(notes_thread(&threads));
    let setting = elsewhere(|| {
        source.set(1);
        thread::current().id()
    });
    saw(threads.take() == [setting])
}

/// A computed that notes the threads of its runs.
fn noting<L: Library>(source: &L::Binding<i32>, threads: &Calls<ThreadId>) -> L::Reader<i32> {
    let note = notes_thread(threads);
    source.map(move |value| {
        note();
        value + 1
    })
}

fn a_computed_runs_on_the_thread_that_read<L: Library>() -> String {
    let (source, threads) = (L::bind(0), Calls::new());
    let next = noting::<L>(&source, &threads);
    next.get();
    elsewhere(|| source.set(1));
    let reading = elsewhere(|| {
        next.get();
        thread::current().id()
    });
    saw(threads.take() == [thread::current().id(), reading])
}

fn a_follower_runs_its_computed_on_the_thread_that_polls<L: Library>() -> String {
    let (source, threads) = (L::bind(0), Calls::new());
    let mut values = noting::<L>(&source, &threads).follow();
    let first = block_on(values.next());
    elsewhere(|| source.set(1));
    let polling = elsewhere(|| {
        block_on(values.next());
        thread::current().id()
    });
    saw(first == Some(1) && threads.take() == [thread::current().id(), polling])
}
