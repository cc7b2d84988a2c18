//! Effects, callbacks and followers, while others write.

use flo_bind::{BoundExt, bind, computed, effect, snapshot, transaction};
use futures::StreamExt;
use shuttle::{future::block_on, thread};

use crate::{
    explore::{explore, join_all},
    part::{Living, Log, Part},
};

#[test]
fn a_follower_that_waits_is_woken_and_ends_with_the_last_version() {
    explore(|| {
        let living = Living::default();
        let part = Part::new(&living, 0);
        let (source, mut following) = (part.source.clone(), part.boxed.follow());
        drop(part);
        let writing = thread::spawn(move || {
            for value in 1..=3 {
                source.set(value);
            }
        });
        let mut seen = Vec::new();
        while let Some(value) = block_on(following.next()) {
            seen.push(value.get());
        }
        writing.join().unwrap();
        assert_eq!(seen.last(), Some(&6), "the last version was missed");
        assert!(seen.is_sorted_by(|one, next| one < next), "not in order: {seen:?}");
        drop(following);
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn effects_of_two_graphs_write_into_a_third_from_two_threads() {
    explore(|| {
        let (left, right, sum) = (bind(0_u64), bind(0_u64), bind((0, 0)));
        let watching = [&left, &right].map(|source| {
            let (source, is_left, sum) = (source.clone(), source == &left, sum.clone());
            effect(move || {
                let value = source.get();
                sum.update(move |sum| if is_left { sum.0 = value } else { sum.1 = value });
            })
        });
        let seen = Log::new();
        let above = effect({
            let (seen, sum) = (seen.clone(), sum.clone());
            move || seen.push(sum.get())
        });
        let writing = [left.clone(), right.clone()]
            .map(|source| thread::spawn(move || (1..=2).for_each(|value| source.set(value))));
        join_all(writing);
        assert_eq!(sum.get(), (2, 2));
        assert_eq!(seen.last(), Some((2, 2)), "the last version was missed");
        drop((watching, above));
    });
}

#[test]
fn a_callback_is_told_of_the_last_change_however_it_is_raced_by_reads() {
    explore(|| {
        let living = Living::default();
        let part = Part::new(&living, 0);
        let told = Log::new();
        let watching = part.boxed.on_change({
            let told = told.clone();
            let doubled = part.doubled.clone();
            move |_| told.push(doubled.get())
        });
        let reading = thread::spawn({
            let part = part.clone();
            move || {
                snapshot(|| part.value());
                snapshot(|| part.value());
            }
        });
        let writing = thread::spawn({
            let part = part.clone();
            move || part.source.set(1)
        });
        part.source.set(2);
        reading.join().unwrap();
        writing.join().unwrap();
        let last = part.doubled.get();
        assert_eq!(told.last(), Some(last), "the last change was not told");
        drop((watching, part));
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn an_effect_that_is_made_while_others_write_misses_nothing() {
    explore(|| {
        let living = Living::default();
        let (left, right) = (Part::new(&living, 0), Part::new(&living, 0));
        let seen = Log::new();
        let watching = thread::spawn({
            let (left, right, seen) = (left.clone(), right.clone(), seen.clone());
            move || {
                let both = computed(move || (left.value(), right.value()));
                effect(move || seen.push(both.get()))
            }
        });
        let writing = thread::spawn({
            let right = right.clone();
            move || right.source.set(1)
        });
        transaction(|| {
            left.source.set(1);
            right.source.update(|value| *value = (*value).max(1));
        });
        writing.join().unwrap();
        let watching = watching.join().unwrap();
        assert_eq!(seen.last(), Some((1, 1)), "the last version was missed: {:?}", seen.all());
        right.source.set(2);
        assert_eq!(seen.last(), Some((1, 2)), "an edge is missing");
        drop((watching, left, right));
        assert_eq!(living.count(), 0, "something is left");
    });
}
