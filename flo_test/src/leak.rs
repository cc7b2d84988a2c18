//! Values of which every one must be dropped exactly once.
//!
//! A [`Leak`] holds two numbers and its value, and no pointer into the record of it. So also one
//! that is dropped twice, as only faulty `unsafe` code can do, finds its record and is reported.

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    fmt::{self, Debug, Display},
    hash::{Hash, Hasher},
    ops::{Deref, DerefMut},
    panic::Location,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

/// What became of the values of all that are alive of [`Leaks`].
static GROUPS: Mutex<BTreeMap<u64, Vec<Record>>> = Mutex::new(BTreeMap::new());

fn groups() -> MutexGuard<'static, BTreeMap<u64, Vec<Record>>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One value.
struct Record {
    name: String,
    made: &'static Location<'static>,
    origin: Origin,
    drops: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Tracked,
    ClonedFrom(usize),
}

/// Makes values and knows which of them were dropped.
///
/// A handle: clones share the record.
///
/// # Examples
/// ```
/// use flo_test::{Leaks, must_fail};
///
/// let leaks = Leaks::new();
/// let (first, second) = (leaks.track(1), leaks.track_named("the second", 2));
/// assert_eq!(*first + *second, 3);
/// drop(first);
/// let text = must_fail(|| leaks.check());
/// assert!(text.starts_with("1 of 2 values was not dropped:\n  the second (made at "));
/// drop(second);
/// leaks.check();
/// ```
#[derive(Clone)]
#[must_use = "nothing is found out until `check`"]
pub struct Leaks(Arc<Group>);

/// Takes the record away with the last handle.
struct Group(u64);

impl Drop for Group {
    fn drop(&mut self) {
        let records = groups().remove(&self.0);
        drop(records);
    }
}

impl Leaks {
    /// With no value so far.
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Relaxed: a number that is only to be different from all others.
        let group = NEXT.fetch_add(1, Relaxed);
        groups().insert(group, Vec::new());
        Self(Arc::new(Group(group)))
    }

    /// A value that must be dropped exactly once, as must its clones.
    #[track_caller]
    pub fn track<T>(&self, value: T) -> Leak<T> {
        self.add(None, value)
    }

    /// As [`track`](Leaks::track), called `name` in what is said of it.
    #[track_caller]
    pub fn track_named<T>(&self, name: &str, value: T) -> Leak<T> {
        self.add(Some(name.to_owned()), value)
    }

    #[track_caller]
    fn add<T>(&self, name: Option<String>, value: T) -> Leak<T> {
        let made = Location::caller();
        Leak { group: self.0.0, number: record(self.0.0, name, made, Origin::Tracked), value }
    }

    fn count(&self, counts: impl Fn(&Record) -> bool) -> usize {
        groups()[&self.0.0].iter().filter(|record| counts(record)).count()
    }

    /// How many values there have been, clones included.
    pub fn made_count(&self) -> usize {
        self.count(|_| true)
    }

    /// How many of them are clones.
    pub fn clone_count(&self) -> usize {
        self.count(|record| record.origin != Origin::Tracked)
    }

    /// How many were not dropped yet.
    pub fn alive_count(&self) -> usize {
        self.count(|record| record.drops == 0)
    }

    /// Asserts that every value was dropped exactly once.
    ///
    /// # Panics
    /// At the caller's line, with each of the others: which it is, and where it was made.
    #[track_caller]
    pub fn check(&self) {
        let (mut alive, mut twice, all) = (Vec::new(), Vec::new(), self.made_count());
        for (number, record) in groups()[&self.0.0].iter().enumerate() {
            match record.drops {
                0 => alive.push(format!("\n  {}", record.told(number))),
                1 => {}
                drops => twice.push(format!("\n  {}: {drops} times", record.told(number))),
            }
        }
        let was = |count| if count == 1 { "was" } else { "were" };
        let mut wrong = Vec::new();
        if !alive.is_empty() {
            let (count, was) = (alive.len(), was(alive.len()));
            wrong.push(format!("{count} of {all} values {was} not dropped:{}", alive.concat()));
        }
        if !twice.is_empty() {
            let (count, was) = (twice.len(), was(twice.len()));
            wrong.push(format!("{count} of {all} values {was} dropped twice:{}", twice.concat()));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

impl Default for Leaks {
    fn default() -> Self {
        Self::new()
    }
}

impl Debug for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaks")
            .field("made", &self.made_count())
            .field("alive", &self.alive_count())
            .finish()
    }
}

fn record(
    group: u64,
    name: Option<String>,
    made: &'static Location<'static>,
    origin: Origin,
) -> usize {
    // A value may outlive the last handle; then nobody asks.
    groups().get_mut(&group).map_or(0, |records| {
        let number = records.len();
        let name = name.unwrap_or_else(|| format!("value {number}"));
        records.push(Record { name, made, origin, drops: 0 });
        number
    })
}

impl Record {
    fn told(&self, number: usize) -> String {
        let Self { name, made, origin, .. } = self;
        match origin {
            Origin::Tracked => format!("{name} (made at {made})"),
            Origin::ClonedFrom(original) => {
                format!("value {number}, a clone of value {original}, {name} (cloned at {made})")
            }
        }
    }
}

/// A value that must be dropped exactly once: see [`Leaks`].
///
/// It reads and compares as the value in it. A clone is a value of its own that must be dropped too.
pub struct Leak<T> {
    group: u64,
    number: usize,
    value: T,
}

impl<T> Drop for Leak<T> {
    fn drop(&mut self) {
        if let Some(records) = groups().get_mut(&self.group) {
            records[self.number].drops += 1;
        }
    }
}

impl<T: Clone> Clone for Leak<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        let value = self.value.clone();
        let made = Location::caller();
        let name = groups()
            .get(&self.group)
            .and_then(|group| group.get(self.number))
            .map(|record| record.name.clone());
        let number = record(self.group, name, made, Origin::ClonedFrom(self.number));
        Self { group: self.group, number, value }
    }
}

impl<T> Deref for Leak<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Leak<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Debug> Debug for Leak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: Display> Display for Leak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: PartialEq> PartialEq for Leak<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Leak<T> {}

impl<T: PartialOrd> PartialOrd for Leak<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord> Ord for Leak<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T: Hash> Hash for Leak<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}
