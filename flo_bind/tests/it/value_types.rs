//! Values of every kind, those that fit into a word and those that do not: random operations against a
//! model that knows nothing but `PartialEq`.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flo_bind::{
    Binding, Bound, BoundExt, Computed, Follow, Guard, bind, computed, snapshot, transaction,
};
use flo_core::Subscription;
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;

/// A type of which there are some values, not all of them different or equal to themselves.
trait Sample: Clone + PartialEq + Debug + Send + Sync + 'static {
    fn sample(number: usize) -> Self;
}

macro_rules! samples {
    ($($type:ty: [$($value:expr),+ $(,)?];)+) => {$(
        impl Sample for $type {
            fn sample(number: usize) -> Self {
                let values: Vec<$type> = vec![$($value),+];
                values[number % values.len()].clone()
            }
        }
    )+};
}

#[derive(Debug, Clone, PartialEq)]
struct Nothing;

#[derive(Debug, Clone, PartialEq)]
#[repr(align(64))]
struct Aligned(u8);

#[derive(Debug, Clone, PartialEq)]
struct Padded(u8, u32, u16);

/// Equal to all others: no write is a change.
#[derive(Debug, Clone)]
struct AllEqual(#[expect(dead_code, reason = "shown by Debug")] u8);

impl PartialEq for AllEqual {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

samples! {
    u8: [0, 1, 127, 128, 255];
    i8: [0, 1, -1, i8::MIN, i8::MAX];
    u16: [0, 1, 255, 256, u16::MAX];
    i16: [0, 1, -1, i16::MIN, i16::MAX];
    u32: [0, 1, u32::MAX, 1 << 31];
    i32: [0, 1, -1, i32::MIN, i32::MAX];
    u64: [0, 1, u64::MAX, 1 << 63, 1 << 32];
    i64: [0, 1, -1, i64::MIN, i64::MAX];
    usize: [0, 1, usize::MAX];
    isize: [0, -1, isize::MIN];
    u128: [0, 1, u128::MAX, 1 << 64];
    // Two zeros that are equal, and one that is not equal to itself.
    f32: [0.0, -0.0, 1.5, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE];
    f64: [0.0, -0.0, 1.5, f64::NAN, f64::NEG_INFINITY, f64::MAX];
    bool: [false, true];
    char: ['\0', 'a', 'é', char::MAX];
    (): [(), ()];
    String: [String::new(), "a".into(), "a text that is longer than a word".into()];
    &'static str: ["", "a", "b"];
    Arc<str>: ["".into(), "a".into(), "b".into()];
    Option<Box<i32>>: [None, Some(Box::new(0)), Some(Box::new(1))];
    Option<u8>: [None, Some(0), Some(255)];
    Nothing: [Nothing];
    AllEqual: [AllEqual(0), AllEqual(1), AllEqual(2)];
    Padded: [Padded(0, 0, 0), Padded(0, 0, 1), Padded(1, 0, 0)];
    Aligned: [Aligned(0), Aligned(1), Aligned(2)];
    [u64; 32]: [[0; 32], [1; 32], [u64::MAX; 32]];
    Vec<f64>: [vec![], vec![0.0], vec![f64::NAN]];
}

#[derive(Debug, Clone)]
enum Step {
    Set(usize, usize),
    Replace(usize, usize),
    Update(usize, usize),
    Turn(bool),
    /// Writes, and whether they are rolled back.
    Transact(Vec<(usize, usize)>, Option<bool>, bool),
    /// A write by another thread while this one has read the first of its snapshot.
    Overtake(usize, usize),
    Lend(usize),
    Poll(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let source = || 0..2_usize;
    let number = || 0..6_usize;
    let step = prop_oneof![
        4 => (source(), number()).prop_map(|(at, number)| Step::Set(at, number)),
        1 => (source(), number()).prop_map(|(at, number)| Step::Replace(at, number)),
        2 => (source(), number()).prop_map(|(at, number)| Step::Update(at, number)),
        2 => any::<bool>().prop_map(Step::Turn),
        3 => (prop::collection::vec((source(), number()), 0..5), any::<Option<bool>>(), any::<bool>())
            .prop_map(|(writes, turn, fails)| Step::Transact(writes, turn, fails)),
        1 => (source(), number()).prop_map(|(at, number)| Step::Overtake(at, number)),
        1 => (0..3_usize).prop_map(Step::Lend),
        3 => (0..3_usize).prop_map(Step::Poll),
    ];
    prop::collection::vec(step, 1..60)
}

/// Two sources and a computed that is one of them; all three are watched and followed.
struct World<T> {
    sources: [Binding<T>; 2],
    turned: Binding<bool>,
    chosen: Computed<T>,
    told: [Arc<AtomicUsize>; 3],
    follows: [Follow<T>; 3],
    lent: Vec<(Guard<T>, String)>,
    _watching: [Subscription; 3],
    model: Model<T>,
}

#[derive(Clone)]
struct Model<T> {
    turned: bool,
    held: [T; 2],
    chosen: T,
    changes: [usize; 3],
    /// Of each follower, the last item and the number of changes at which it was given.
    given: [Option<(T, usize)>; 3],
}

impl<T: Sample> Model<T> {
    fn value(&self, at: usize) -> &T {
        if at < 2 { &self.held[at] } else { &self.chosen }
    }

    fn commit(&mut self, turned: bool, written: [Option<T>; 2]) {
        let mut must_run = self.turned != turned;
        for (at, value) in written.into_iter().enumerate() {
            if let Some(value) = value
                && self.held[at] != value
            {
                self.held[at] = value;
                self.changes[at] += 1;
                must_run |= at == usize::from(self.turned);
            }
        }
        self.turned = turned;
        let chosen = &self.held[usize::from(turned)];
        if must_run && self.chosen != *chosen {
            self.chosen = chosen.clone();
            self.changes[2] += 1;
        }
    }
}

fn shown<T: Debug>(value: &T) -> String {
    format!("{value:?}")
}

impl<T: Sample> World<T> {
    fn new() -> Self {
        let sources = [bind(T::sample(0)), bind(T::sample(1))];
        let turned = bind(false);
        let chosen = computed({
            let (turned, sources) = (turned.clone(), sources.clone());
            move || sources[usize::from(turned.get())].get()
        });
        let told: [Arc<AtomicUsize>; 3] = Default::default();
        let [left, right, both] = told.clone().map(|told| {
            move |_: &T| {
                told.fetch_add(1, SeqCst);
            }
        });
        let watching =
            [sources[0].on_change(left), sources[1].on_change(right), chosen.on_change(both)];
        let follows = [sources[0].follow(), sources[1].follow(), chosen.follow()];
        let held = [T::sample(0), T::sample(1)];
        let model = Model {
            turned: false,
            chosen: T::sample(0),
            held,
            changes: [0; 3],
            given: [None, None, None],
        };
        let lent = Vec::new();
        Self { sources, turned, chosen, told, follows, lent, _watching: watching, model }
    }

    fn lend(&self, at: usize) -> Guard<T> {
        let guard = if at < 2 { self.sources[at].read() } else { self.chosen.read() };
        assert_eq!(std::ptr::from_ref(&*guard).addr() % align_of::<T>(), 0, "misaligned");
        guard
    }

    fn set(&mut self, at: usize, value: T, write: impl FnOnce(&Binding<T>, T)) {
        let mut written = [None, None];
        written[at] = Some(value.clone());
        write(&self.sources[at], value);
        self.model.commit(self.model.turned, written);
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Set(at, number) => self.set(at, T::sample(number), Binding::set),
            Step::Replace(at, number) => {
                let before = shown(&self.model.held[at]);
                let write = |binding: &Binding<T>, value| {
                    assert_eq!(shown(&binding.replace(value)), before);
                };
                self.set(at, T::sample(number), write);
            }
            Step::Update(at, number) => {
                let write = |binding: &Binding<T>, value: T| {
                    binding.update(move |held| *held = value.clone());
                };
                self.set(at, T::sample(number), write);
            }
            Step::Turn(turned) => {
                self.turned.set(turned);
                self.model.commit(turned, [None, None]);
            }
            Step::Transact(writes, turn, fails) => self.transact(&writes, turn, fails),
            Step::Overtake(at, number) => self.overtake(at, T::sample(number)),
            Step::Lend(at) => {
                let guard = self.lend(at);
                let text = shown(&*guard);
                self.lent.push((guard, text));
            }
            Step::Poll(at) => {
                let item = self.follows[at].next().now_or_never().flatten();
                let (value, changes) = (self.model.value(at).clone(), self.model.changes[at]);
                let due = match &self.model.given[at] {
                    None => true,
                    Some((last, then)) => changes != *then && value != *last,
                };
                assert_eq!(item.as_ref().map(shown), due.then(|| shown(&value)));
                if due {
                    self.model.given[at] = Some((value, changes));
                }
            }
        }
        self.check();
    }

    fn transact(&mut self, writes: &[(usize, usize)], turn: Option<bool>, fails: bool) {
        let mut written: [Option<T>; 2] = [None, None];
        let turned = turn.unwrap_or(self.model.turned);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            transaction(|| {
                self.turned.set(turned);
                for (round, (at, number)) in writes.iter().enumerate() {
                    let value = T::sample(*number);
                    written[*at] = Some(value.clone());
                    if round % 2 == 0 {
                        self.sources[*at].set(value);
                    } else {
                        self.sources[*at].update(move |held| *held = value.clone());
                    }
                    assert_eq!(shown(&self.sources[*at].get()), shown(&T::sample(*number)));
                }
                if fails {
                    std::panic::resume_unwind(Box::new("rolled back"));
                }
            });
        }));
        assert_eq!(caught.is_err(), fails);
        if !fails {
            self.model.commit(turned, written);
        }
    }

    fn overtake(&mut self, at: usize, value: T) {
        let (source, chosen) = (&self.sources[at], &self.chosen);
        let expected = [self.model.value(at), self.model.value(2)].map(shown);
        let fresh = source.map(Clone::clone);
        snapshot(|| {
            assert_eq!(shown(&source.get()), expected[0]);
            thread::scope(|scope| {
                scope.spawn(|| source.set(value.clone()));
            });
            assert_eq!([shown(&source.get()), shown(&chosen.get())], expected);
            assert_eq!(shown(&fresh.get()), expected[0]);
        });
        let mut written = [None, None];
        written[at] = Some(value);
        self.model.commit(self.model.turned, written);
    }

    fn check(&self) {
        for at in 0..3 {
            assert_eq!(shown(&*self.lend(at)), shown(self.model.value(at)));
            assert_eq!(self.told[at].load(SeqCst), self.model.changes[at], "node {at}");
        }
        for (guard, text) in &self.lent {
            assert_eq!(shown(&**guard), *text, "a guard's value never changes");
        }
    }
}

fn run<T: Sample>(steps: Vec<Step>) {
    let mut world = World::<T>::new();
    for step in steps {
        world.step(step);
    }
    let World { sources, turned, chosen, follows, lent, model, .. } = world;
    // Whatever is left of the graph when the last writers go is readable.
    drop((sources, turned, follows));
    assert_eq!(shown(&chosen.get()), shown(&model.chosen));
    drop(chosen);
    for (guard, text) in lent {
        assert_eq!(shown(&*guard), text);
    }
}

macro_rules! tests {
    ($($name:ident: $($type:ty),+;)+) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(48))]
            $(
                #[test]
                fn $name(steps in steps()) {
                    $(run::<$type>(steps.clone());)+
                }
            )+
        }
    };
}

tests! {
    integers_of_a_byte_and_of_two: u8, i8, u16, i16;
    integers_of_four_bytes_and_of_a_word: u32, i32, u64, i64, usize, isize;
    integers_of_two_words: u128;
    floats_with_two_equal_zeros_and_one_that_is_not_equal_to_itself: f32, f64, Vec<f64>;
    truth_letters_and_nothing: bool, char, (), Nothing;
    texts: String, &'static str, Arc<str>;
    options: Option<Box<i32>>, Option<u8>;
    values_with_gaps_and_large_ones: Padded, Aligned, [u64; 32];
    values_that_are_all_equal: AllEqual;
}
