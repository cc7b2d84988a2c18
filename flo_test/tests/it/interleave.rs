//! Await points in random order, many seeds, and the shortest prefix that fails.

use std::cell::{Cell, RefCell};

use flo_test::{Seed, for_seeds, interleave, must_fail, yield_now};
use futures::{SinkExt, StreamExt, channel::mpsc};

#[test]
fn outputs_come_back_in_the_shape_of_the_futures() {
    assert_eq!(interleave(1, (async { 1 }, async { "two" }, async { '3' })), (1, "two", '3'));
    assert_eq!(interleave(1, [async { 1 }]), [1]);
    let many: Vec<_> = (0..5).map(|n| async move { n }).collect();
    assert_eq!(interleave(1, many), [0, 1, 2, 3, 4]);
}

#[test]
fn a_seed_repeats_its_order() {
    let order = |seed: Seed| {
        let order = RefCell::new(String::new());
        let letters = |letter| {
            let order = &order;
            async move {
                for _ in 0..3 {
                    order.borrow_mut().push(letter);
                    yield_now().await;
                }
            }
        };
        interleave(seed, (letters('a'), letters('b'), letters('c')));
        order.take()
    };
    assert_eq!(order(5.into()), order(5.into()));
    assert_ne!(order(5.into()), order(6.into()));
    assert_eq!(order(Seed::from(5).prefix(0)), "abcabcabc");
    assert!(order(Seed::from(5).prefix(2)).starts_with(&order(5.into())[..2]));
}

#[test]
fn a_deadlock_says_who_waits() {
    let text = must_fail(|| {
        let (mut sender, receiver) = mpsc::channel::<u8>(0);
        let sending = async move {
            loop {
                sender.send(1).await.unwrap();
            }
        };
        interleave(
            9,
            (sending, async move {
                let _receiver = receiver;
                std::future::pending::<()>().await;
            }),
        )
    });
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "nothing can go on, and these wait still:");
    assert!(lines[1].starts_with("  task 0 ") && lines[2].starts_with("  task 1 "), "{text}");
    assert_eq!(lines[3], "  seed 9");
}

/// Two who count up, with an await point between reading and writing.
fn lost_update(seed: Seed) {
    let count = Cell::new(0);
    let add = || async {
        let seen = count.get();
        yield_now().await;
        count.set(seen + 1);
    };
    interleave(seed, (add(), add()));
    assert_eq!(count.get(), 2, "an update was lost");
}

/// One in a hundred orders is bad: the third task must run four times before the others run.
fn rare(seed: Seed) {
    let (others, third) = (Cell::new(0), Cell::new(0));
    let other = || async {
        for _ in 0..3 {
            yield_now().await;
            others.set(others.get() + 1);
        }
    };
    let quick = async {
        for _ in 0..4 {
            third.set(third.get() + 1);
            yield_now().await;
        }
        assert!(others.get() > 0, "the third was first");
    };
    interleave(seed, (other(), other(), quick));
}

#[test]
fn what_fails_however_it_runs_needs_no_choice() {
    let text = must_fail(|| for_seeds(1_000, lost_update));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "it fails with seed 0/0, after 0 that passed:");
    assert_eq!(lines[1], "  assertion `left == right` failed: an update was lost");
    assert!(lines[4].starts_with("  at ") && lines[4].contains("interleave.rs:"), "{text}");
    assert_eq!(lines[5], "no choice of the seed's matters: it fails as well when they take turns");
    assert_eq!(lines[6], "the tasks ran in this order: 0 1 0 1");
    let name = "interleave::what_fails_however_it_runs_needs_no_choice";
    assert_eq!(lines[7], format!("to repeat it: FLO_TEST_SEED=0/0 cargo test {name}"));
}

#[test]
fn what_fails_seldom_is_shrunk_to_the_shortest_prefix_that_fails() {
    let text = must_fail(|| for_seeds(1_000, rare));
    let seed = text.strip_prefix("it fails with seed ").unwrap();
    let seed: Seed = seed[..seed.find(',').unwrap()].parse().unwrap();
    assert!(text.contains("this is the shortest prefix that fails: of the "), "{text}");
    assert!(must_fail(|| rare(seed)).contains("the third was first"), "it can be repeated");
    let (number, length) =
        seed.to_string().split_once('/').map(|(n, l)| (n.to_owned(), l.to_owned())).unwrap();
    let (number, length): (u64, u32) = (number.parse().unwrap(), length.parse().unwrap());
    for shorter in 0..length {
        rare(Seed::from(number).prefix(shorter));
    }
    for passed in 0..number {
        rare(passed.into());
    }
}

#[test]
fn what_is_right_passes_with_every_seed() {
    for_seeds(1_000, |seed| {
        let (mut sender, receiver) = mpsc::channel(seed.random().below(3));
        let sending = async move {
            for n in 0..5 {
                sender.send(n).await.unwrap();
            }
        };
        let ((), received) = interleave(seed, (sending, receiver.collect::<Vec<_>>()));
        assert_eq!(received, [0, 1, 2, 3, 4]);
    });
}

#[test]
fn random_data_follows_from_the_seed_and_not_from_its_prefix() {
    let numbers = |seed: Seed| {
        let mut random = seed.random();
        (random.number(), random.below(10), *random.pick(&['a', 'b', 'c']))
    };
    assert_eq!(numbers(3.into()), numbers(Seed::from(3).prefix(1)));
    assert_ne!(numbers(3.into()).0, numbers(4.into()).0);
    assert_eq!(must_fail(|| Seed::from(1).random().below(0)), "no number is below 0");
    let error = "4x".parse::<Seed>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "a seed is a number, such as `417`, or a number and a prefix, such as `417/6`"
    );
}
