//! The graph engine beside `flo_binding` 3.0 and `reactive_graph` (Leptos).

use flo_benches::{Work, row, section};

const WRITES: u32 = 2_000;

fn main() {
    section("state");
    diamond();
    chain();
    broad();
}

/// What a shape comes to after writes of `1..=WRITES`, summed over the writes.
fn sum(of: impl Fn(u64) -> u64) -> u64 {
    (1..=u64::from(WRITES)).map(of).sum()
}

fn diamond() {
    let expected = sum(|value| value + 1 + value * 2);
    let ours: Work<'_> = {
        use flo_reactive::{BoundExt, bind, computed_from};
        let source = bind(0_u64);
        let left = source.map(|value| value + 1);
        let right = source.map(|value| value * 2);
        let bottom = computed_from((&left, &right), |(left, right)| left + right);
        Box::new(move || {
            sum(|value| {
                source.set(value);
                bottom.get()
            })
        })
    };
    let ancestor: Work<'_> = {
        use flo_binding::{Bound, MutableBound, bind, computed};
        let source = bind(0_u64);
        let from = source.clone();
        let left = computed(move || from.get() + 1);
        let from = source.clone();
        let right = computed(move || from.get() * 2);
        let bottom = computed(move || left.get() + right.get());
        Box::new(move || {
            sum(|value| {
                source.set(value);
                bottom.get()
            })
        })
    };
    let leptos: Work<'_> = {
        use reactive_graph::{computed::ArcMemo, prelude::*, signal::ArcRwSignal};
        let source = ArcRwSignal::new(0_u64);
        let from = source.clone();
        let left = ArcMemo::new(move |_| from.get() + 1);
        let from = source.clone();
        let right = ArcMemo::new(move |_| from.get() * 2);
        let bottom = ArcMemo::new(move |_| left.get() + right.get());
        Box::new(move || {
            sum(|value| {
                source.set(value);
                bottom.get_untracked()
            })
        })
    };
    let contenders = vec![("flo", ours), ("flo_binding", ancestor), ("reactive_graph", leptos)];
    row("diamond, write and read", WRITES, expected, contenders);
}

fn chain() {
    const DEEP: u64 = 50;
    let expected = sum(|value| value + DEEP);
    let ours: Work<'_> = {
        use flo_reactive::{BindRef, BoundExt, bind};
        let source = bind(0_u64);
        let first: BindRef<u64> = source.read_only();
        let last = (0..DEEP).fold(first, |from, _| from.map(|value| value + 1).into());
        Box::new(move || {
            sum(|value| {
                source.set(value);
                last.get()
            })
        })
    };
    let ancestor: Work<'_> = {
        use flo_binding::{BindRef, Bound, MutableBound, bind, computed};
        let source = bind(0_u64);
        let first = BindRef::from(source.clone());
        let last = (0..DEEP).fold(first, |from, _| BindRef::from(computed(move || from.get() + 1)));
        Box::new(move || {
            sum(|value| {
                source.set(value);
                last.get()
            })
        })
    };
    let leptos: Work<'_> = {
        use reactive_graph::{computed::ArcMemo, prelude::*, signal::ArcRwSignal};
        let source = ArcRwSignal::new(0_u64);
        let from = source.clone();
        let first = ArcMemo::new(move |_| from.get());
        let last = (0..DEEP).fold(first, |from, _| ArcMemo::new(move |_| from.get() + 1));
        Box::new(move || {
            sum(|value| {
                source.set(value);
                last.get_untracked()
            })
        })
    };
    let contenders = vec![("flo", ours), ("flo_binding", ancestor), ("reactive_graph", leptos)];
    row("chain of 50, write and read", WRITES, expected, contenders);
}

fn broad() {
    const WIDE: u64 = 50;
    let expected = sum(|value| WIDE * value + (0..WIDE).sum::<u64>());
    let ours: Work<'_> = {
        use flo_reactive::{BoundExt, bind};
        let source = bind(0_u64);
        let wide: Vec<_> = (0..WIDE).map(|at| source.map(move |value| value + at)).collect();
        Box::new(move || {
            sum(|value| {
                source.set(value);
                wide.iter().map(BoundExt::get).sum()
            })
        })
    };
    let ancestor: Work<'_> = {
        use flo_binding::{Bound, MutableBound, bind, computed};
        let source = bind(0_u64);
        let computed_of = |at| {
            let from = source.clone();
            computed(move || from.get() + at)
        };
        let wide: Vec<_> = (0..WIDE).map(computed_of).collect();
        Box::new(move || {
            sum(|value| {
                source.set(value);
                wide.iter().map(Bound::get).sum()
            })
        })
    };
    let leptos: Work<'_> = {
        use reactive_graph::{computed::ArcMemo, prelude::*, signal::ArcRwSignal};
        let source = ArcRwSignal::new(0_u64);
        let memo_of = |at| {
            let from = source.clone();
            ArcMemo::new(move |_| from.get() + at)
        };
        let wide: Vec<ArcMemo<u64>> = (0..WIDE).map(memo_of).collect();
        Box::new(move || {
            sum(|value| {
                source.set(value);
                wide.iter().map(GetUntracked::get_untracked).sum()
            })
        })
    };
    let contenders = vec![("flo", ours), ("flo_binding", ancestor), ("reactive_graph", leptos)];
    row("50 of one, write and read", WRITES, expected, contenders);
}
