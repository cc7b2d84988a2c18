//! Several threads compute the same things at the same time.

use flo_bind::{BoundExt, bind, computed, effect, transaction};
use shuttle::thread;

use crate::{
    explore::{explore, join_all},
    part::{Held, Living, Log, Part},
};

#[test]
fn two_threads_first_evaluate_one_graph_while_a_third_writes() {
    explore(|| {
        let living = Living::default();
        let (left, right) = (Part::new(&living, 0), Part::new(&living, 0));
        let both = computed({
            let (left, right) = (left.clone(), right.clone());
            move || (left.value(), right.value())
        });
        let top = both.map(|(left, right)| left * 10 + right);
        let reading = [0, 1].map(|_| {
            let top = top.clone();
            thread::spawn(move || {
                for _ in 0..2 {
                    let seen = top.get();
                    assert!([0, 11, 22].contains(&seen), "half of a transaction: {seen}");
                }
            })
        });
        for value in 1..=2 {
            transaction(|| {
                left.source.set(value);
                right.source.set(value);
            });
        }
        join_all(reading);
        assert_eq!(top.get(), 22, "the last version was missed");
        left.source.set(3);
        assert_eq!(top.get(), 32, "an edge is missing");
        right.source.set(4);
        assert_eq!(top.get(), 34, "an edge is missing");
        drop((top, both, left, right));
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn computeds_that_read_each_others_sources_are_evaluated_from_both_ends() {
    explore(|| {
        let living = Living::default();
        let (a, b) = (bind(1_u64), bind(1_u64));
        let lower = [(&a, &b), (&b, &a)].map(|(first, then)| {
            let (first, then, living) = (first.clone(), then.clone(), living.clone());
            computed(move || Held::new(&living, first.get() * 10 + then.get()))
        });
        let upper = [(0, 1), (1, 0)].map(|(first, then): (usize, usize)| {
            let (first, then) = (lower[first].clone(), lower[then].clone());
            computed(move || (first.with(Held::get), then.with(Held::get)))
        });
        let reading = upper.clone().map(|upper| {
            thread::spawn(move || {
                for _ in 0..2 {
                    let (first, then) = upper.get();
                    assert!(first == then && first % 11 == 0, "a mixture: {first}, {then}");
                }
            })
        });
        for value in 2..=3 {
            transaction(|| {
                a.set(value);
                b.set(value);
            });
        }
        join_all(reading);
        assert_eq!(upper.each_ref().map(BoundExt::get), [(33, 33); 2]);
        a.set(4);
        assert_eq!(upper.each_ref().map(BoundExt::get), [(43, 34), (34, 43)], "an edge is missing");
        drop((upper, lower, a, b));
        assert_eq!(living.count(), 0, "something is left");
    });
}

#[test]
fn effects_over_what_other_threads_compute_see_the_last_version() {
    explore(|| {
        let source = bind(0_u64);
        let middle = source.map(|value| value + 1);
        let top = middle.map(|value| value * 2);
        let reading = thread::spawn({
            let top = top.clone();
            move || {
                top.get();
                top.get();
            }
        });
        let writing = thread::spawn({
            let source = source.clone();
            move || (1..=2).for_each(|value| source.set(value))
        });
        let seen = Log::new();
        let watching = effect({
            let (seen, source, top) = (seen.clone(), source.clone(), top.clone());
            move || seen.push((top.get(), source.get()))
        });
        reading.join().unwrap();
        writing.join().unwrap();
        assert_eq!(seen.last(), Some((6, 2)), "the effect missed the last version");
        for (top, source) in seen.all() {
            assert_eq!(top, (source + 1) * 2, "two versions at once");
        }
        source.set(7);
        assert_eq!(seen.last(), Some((16, 7)), "an edge is missing");
        drop(watching);
        source.set(8);
        assert_eq!(seen.last(), Some((16, 7)), "it runs on");
    });
}

#[test]
fn what_a_run_reads_changes_with_what_it_read_first() {
    explore(|| {
        let living = Living::default();
        let (flag, left, right) = (bind(true), Part::new(&living, 1), Part::new(&living, 2));
        let chosen = computed({
            let (flag, left, right) = (flag.clone(), left.clone(), right.clone());
            move || {
                let flag = flag.get();
                (flag, if flag { left.value() } else { right.value() })
            }
        });
        let reading = [0, 1].map(|_| {
            let chosen = chosen.clone();
            thread::spawn(move || {
                for _ in 0..2 {
                    let seen = chosen.get();
                    assert!([(true, 1), (false, 2), (true, 3)].contains(&seen), "{seen:?}");
                }
            })
        });
        flag.set(false);
        transaction(|| {
            flag.set(true);
            left.source.set(3);
            right.source.set(4);
        });
        join_all(reading);
        assert_eq!(chosen.get(), (true, 3), "the last version was missed");
        left.source.set(5);
        assert_eq!(chosen.get(), (true, 5), "an edge is missing");
        drop((chosen, flag, left, right));
        assert_eq!(living.count(), 0, "something is left");
    });
}
