//! Handles are dropped, subscriptions are ended and owners go, while others write.

use std::sync::{Arc, Mutex};

use flo_bind::{BoundExt, bind, computed, effect, on_cleanup, transaction};
use shuttle::thread;

use crate::{
    explore::{explore, join_all},
    part::{Held, Living, Log, Part},
};

#[test]
fn graphs_are_made_and_dropped_over_one_source_while_it_is_written() {
    explore(|| {
        let living = Living::default();
        let part = Part::new(&living, 0);
        let making = [0, 1].map(|_| {
            let (part, living) = (part.clone(), living.clone());
            thread::spawn(move || {
                for _ in 0..2 {
                    let own = bind(1_u64);
                    let above = computed({
                        let (part, own, living) = (part.clone(), own.clone(), living.clone());
                        move || Held::new(&living, part.boxed.with(Held::get) + own.get())
                    });
                    let seen = Log::new();
                    let watching = effect({
                        let (seen, above) = (seen.clone(), above.clone());
                        move || seen.push(above.with(Held::get))
                    });
                    own.set(3);
                    assert!(seen.last().unwrap() % 2 == 1 && seen.last().unwrap() >= 1);
                    drop(above);
                    drop(watching);
                }
            })
        });
        part.source.set(1);
        part.source.set(2);
        join_all(making);
        assert_eq!(part.value(), 2);
        drop(part);
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn an_effect_that_has_ended_does_not_run() {
    explore(|| {
        let living = Living::default();
        let part = Part::new(&living, 0);
        let seen = Log::new();
        let watching = effect({
            let (seen, part) = (seen.clone(), part.clone());
            move || seen.push(part.value())
        });
        let writing = [1, 2].map(|value| {
            let source = part.source.clone();
            thread::spawn(move || source.set(value))
        });
        watching.end_and_wait();
        let count = seen.all().len();
        join_all(writing);
        part.source.set(9);
        assert_eq!(seen.all().len(), count, "it ran after its end");
        drop(part);
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn what_belongs_to_an_effect_ends_with_its_run_on_whatever_thread_that_is() {
    explore(|| {
        let living = Living::default();
        let (part, inner) = (Part::new(&living, 0), bind(0_u64));
        let (seen, ended) = (Log::new(), Log::new());
        let outer = effect({
            let (part, inner, seen, ended) =
                (part.clone(), inner.clone(), seen.clone(), ended.clone());
            move || {
                let round = part.value();
                let (inner, seen, ended) = (inner.clone(), seen.clone(), ended.clone());
                on_cleanup(move || ended.push(round));
                effect(move || seen.push((round, inner.get()))).detach();
            }
        });
        let writing = thread::spawn({
            let source = part.source.clone();
            move || (1..=2).for_each(|value| source.set(value))
        });
        let ending = thread::spawn({
            let inner = inner.clone();
            move || {
                inner.set(1);
                outer
            }
        });
        writing.join().unwrap();
        let outer = ending.join().unwrap();
        // A run of an earlier round that had begun goes on, so it need not be the last.
        assert!(seen.all().contains(&(2, 1)), "the last version was missed: {:?}", seen.all());
        let before = seen.all().len();
        inner.set(2);
        assert_eq!(seen.all()[before..], [(2, 2)], "one of an earlier round lives on");
        outer.end_and_wait();
        inner.set(3);
        assert_eq!(seen.last(), Some((2, 2)), "it lives on");
        let mut ended = ended.all();
        assert_eq!(ended.pop(), Some(2));
        assert!(ended.is_sorted_by(|one, next| one < next), "ended twice: {ended:?}");
        drop(part);
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn an_owner_is_ended_while_it_runs() {
    explore(|| {
        let living = Living::default();
        let (part, inner) = (Part::new(&living, 0), bind(0_u64));
        let seen = Log::new();
        let outer = effect({
            let (part, inner, seen) = (part.clone(), inner.clone(), seen.clone());
            move || {
                let round = part.value();
                let (inner, seen) = (inner.clone(), seen.clone());
                effect(move || seen.push((round, inner.get()))).detach();
            }
        });
        let writing = thread::spawn({
            let (part, inner) = (part.clone(), inner.clone());
            move || {
                transaction(|| {
                    part.source.set(1);
                    inner.set(1);
                });
            }
        });
        outer.end_and_wait();
        let count = seen.all().len();
        writing.join().unwrap();
        inner.set(2);
        part.source.set(2);
        assert_eq!(seen.all().len(), count, "something of it runs on: {:?}", seen.all());
        drop((part, inner));
        assert_eq!(living.count(), 0, "something is left");
    });
}

/// What another thread does while one of three effects inside each other is ended and waited for.
#[derive(Clone, Copy, PartialEq)]
enum Meanwhile {
    EndsTheOutermost,
    RunsTheOutermost,
    EndsTheMiddle,
}

/// The middle one, or the outermost where the middle one is ended meanwhile, is ended and waited for, while the innermost runs on a
/// third thread. Then nothing of the two inner ones is left.
fn one_is_ended_and_waited_for(meanwhile: Meanwhile) {
    let (living, inside) = (Living::default(), Living::default());
    let (part, kick) = (Part::new(&living, 0), bind(0_u64));
    let made = Arc::new(Mutex::new(None));
    let outermost = effect({
        let (part, kick, inside, made) =
            (part.clone(), kick.clone(), inside.clone(), Arc::clone(&made));
        move || {
            if part.value() > 0 {
                return;
            }
            let (held, kick) = (Held::new(&inside, 0), kick.clone());
            let middle = effect(move || {
                let (in_cleanup, in_run, kick) = (held.clone(), held.clone(), kick.clone());
                on_cleanup(move || assert_eq!(in_cleanup.get(), 0));
                effect(move || assert!(in_run.clone().get() <= kick.get())).detach();
            });
            *made.lock().unwrap() = Some(middle);
        }
    });
    let middle = made.lock().unwrap().take().unwrap();
    let (waited_for, other) = match meanwhile {
        Meanwhile::EndsTheMiddle => (outermost, middle),
        Meanwhile::EndsTheOutermost | Meanwhile::RunsTheOutermost => (middle, outermost),
    };
    let kicking = thread::spawn(move || kick.set(1));
    let ending = thread::spawn({
        let source = part.source.clone();
        move || {
            if meanwhile == Meanwhile::RunsTheOutermost {
                source.set(1);
            }
            drop(other);
        }
    });
    waited_for.end_and_wait();
    assert_eq!(inside.count(), 0, "it came back too early");
    join_all([kicking, ending]);
    drop(part);
    assert_eq!(living.count(), 0, "something is left");
}

#[test]
fn an_inner_one_is_waited_for_while_its_outer_one_ends() {
    explore(|| one_is_ended_and_waited_for(Meanwhile::EndsTheOutermost));
}

#[test]
fn an_inner_one_is_waited_for_while_its_outer_one_runs_again() {
    explore(|| one_is_ended_and_waited_for(Meanwhile::RunsTheOutermost));
}

#[test]
fn an_outer_one_is_waited_for_while_its_inner_one_ends() {
    explore(|| one_is_ended_and_waited_for(Meanwhile::EndsTheMiddle));
}

#[test]
fn the_last_handles_go_while_a_change_is_on_its_way() {
    explore(|| {
        let living = Living::default();
        let part = Part::new(&living, 0);
        let top = part.boxed.map(|value| value.get());
        top.get();
        let weak = part.boxed.downgrade();
        let source = part.source.clone();
        let dropping = thread::spawn(move || drop((top, part)));
        let looking = thread::spawn(move || {
            let seen = weak.upgrade().map(|boxed| boxed.with(Held::get));
            assert!(seen.is_none_or(|seen| [0, 2, 4].contains(&seen)), "{seen:?}");
        });
        source.set(1);
        source.set(2);
        dropping.join().unwrap();
        looking.join().unwrap();
        drop(source);
        assert_eq!(living.count(), 0, "something is left");
    });
}
