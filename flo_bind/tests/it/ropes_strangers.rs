//! Ropes whose cells and attributes run code of their own, and ropes on several threads; what an edit asks of them is counted.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use flo_bind::{
    ListBinding, RopeBinding, RopeRef, RopeSnapshot, list_transaction, snapshot, transaction,
};
use futures::{FutureExt, StreamExt, executor::block_on};

/// How often things were cloned and compared; above a limit they panic.
#[derive(Default)]
struct Calls {
    clones: AtomicUsize,
    comparisons: AtomicUsize,
    fails: AtomicUsize,
}

impl Calls {
    fn take(&self) -> (usize, usize) {
        (self.clones.swap(0, Relaxed), self.comparisons.swap(0, Relaxed))
    }

    fn check(&self) {
        assert!(self.fails.load(Relaxed) == 0, "a stranger panics");
    }
}

/// A cell or an attribute that counts.
struct Counted(usize, Arc<Calls>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.1.check();
        self.1.clones.fetch_add(1, Relaxed);
        Self(self.0, Arc::clone(&self.1))
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.1.check();
        self.1.comparisons.fetch_add(1, Relaxed);
        self.0 == other.0
    }
}

/// A rope of `count` cells of which `each` have one attribute.
fn rope_of(count: usize, each: usize) -> (RopeBinding<Counted, Counted>, [Arc<Calls>; 2]) {
    let calls = [Arc::<Calls>::default(), Arc::default()];
    let cells = (0..count).map(|cell| Counted(cell, Arc::clone(&calls[0])));
    let attribute = |cell: usize| Counted(cell / each, Arc::clone(&calls[1]));
    let rope = cells.map(|cell| (cell.0, cell)).map(|(at, cell)| (cell, attribute(at))).collect();
    let _building = calls.each_ref().map(|calls| calls.take());
    (rope, calls)
}

#[test]
fn an_edit_of_one_cell_clones_a_leaf_of_each_tree_and_compares_at_the_edges() {
    for each in [1, 7, 1_000, 100_000] {
        let (rope, [cells, attributes]) = rope_of(100_000, each);
        let mut changes = rope.follow_changes();
        drop(changes.next().now_or_never());
        for at in [0, 1, 777, 50_000, 99_998] {
            let cell = || Counted(at, Arc::clone(&cells));
            let style = || Counted(at + 5, Arc::clone(&attributes));
            let edits: [&dyn Fn(); 4] = [
                &|| drop(rope.replace_attributes(at..at, [cell()], style())),
                &|| rope.set_attributes(at..=at, style()),
                &|| drop(rope.replace_attributes(at..=at, [cell()], style())),
                &|| drop(rope.splice(at..=at, RopeSnapshot::default())),
            ];
            for edit in edits {
                edit();
                let (cloned, compared) = cells.take();
                assert!(cloned <= 64 + 8 && compared == 0, "{cloned} cells of {each}");
                let (cloned, compared) = attributes.take();
                assert!(cloned <= 64 * 2, "{cloned} attributes of {each}");
                assert!(compared <= 4, "{compared} comparisons of {each}");
            }
        }
        // A range of any length is no more.
        rope.set_attributes(10..90_000, Counted(3, Arc::clone(&attributes)));
        assert_eq!(cells.take(), (0, 0), "no cell is touched by its attribute");
        let (cloned, compared) = attributes.take();
        assert!(cloned <= 64 * 3 + 16 && compared <= 4, "{cloned}, {compared}");
        drop(rope.splice(20..80_000, RopeSnapshot::default()));
        let (cloned, _) = cells.take();
        assert!(cloned <= 64 * 3 + 8, "{cloned} cells");
        attributes.take();
        assert_eq!(rope.snapshot().cells().len(), 20_020);
        assert_eq!((cells.take(), attributes.take()), ((0, 0), (0, 0)), "a snapshot is a count");
    }
}

#[test]
fn what_a_panicking_stranger_leaves_is_the_rope_as_it_was() {
    let (rope, [cells, attributes]) = rope_of(1_000, 10);
    let doubled = rope.map(|cell| cell.0 * 2);
    let both = rope.chain(&rope);
    assert_eq!((doubled.len(), both.len()), (1_000, 2_000));
    let before = rope.snapshot();
    for calls in [&cells, &attributes] {
        calls.fails.store(1, Relaxed);
        let new = || (Counted(1, Arc::clone(&cells)), Counted(1, Arc::clone(&attributes)));
        let failed = catch_unwind(AssertUnwindSafe(|| {
            let (cell, attribute) = new();
            rope.replace_attributes(500..505, [cell], attribute)
        }));
        assert!(failed.is_err());
        assert!(rope.snapshot().same_as(&before));
        calls.fails.store(0, Relaxed);
    }
    rope.set_attributes(5..15, Counted(7, Arc::clone(&attributes)));
    attributes.fails.store(1, Relaxed);
    assert!(catch_unwind(AssertUnwindSafe(|| both.snapshot())).is_err());
    attributes.fails.store(0, Relaxed);
    rope.set_attributes(6..7, Counted(8, Arc::clone(&attributes)));
    let chained = both.snapshot();
    assert!(chained.range(1_000..) == rope.snapshot() && chained.range(..1_000) == rope.snapshot());
    assert_eq!(
        chained.attributes_at(1_006).map(|(attribute, extent)| (attribute.0, extent)),
        Some((8, 1_006..1_007))
    );
}

/// An attribute whose `Clone`, `PartialEq` and `Drop` do everything that takes a lock.
struct Busy {
    number: u8,
    rope: RopeRef<char, u8>,
    log: ListBinding<u8>,
}

impl Busy {
    fn work(&self) {
        assert!(self.rope.snapshot().len() < 1_000);
        self.log.push(self.number);
    }
}

impl Clone for Busy {
    fn clone(&self) -> Self {
        self.work();
        Self { number: self.number, rope: self.rope.clone(), log: self.log.clone() }
    }
}

impl PartialEq for Busy {
    fn eq(&self, other: &Self) -> bool {
        self.work();
        self.number == other.number
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.work();
    }
}

#[test]
fn no_lock_is_held_while_attributes_are_cloned_compared_and_dropped() {
    let (plain, log) = (RopeBinding::from_iter([('a', 0)]), ListBinding::new());
    let busy = |number| Busy { number, rope: plain.read_only(), log: log.clone() };
    let rope = RopeBinding::new();
    let mut changes = rope.chain(&rope.map(|cell| *cell)).follow_changes();
    for number in 0..40 {
        let end = rope.len();
        drop(rope.replace_attributes(end.., ['x', 'y'], busy(number % 3)));
    }
    transaction(|| {
        rope.set_attributes(10..30, busy(1));
        drop(rope.splice(5..12, RopeSnapshot::uniform(['z'], busy(2))));
        rope.retain_cells(|cell| *cell != 'y');
    });
    assert!(changes.next().now_or_never().is_some());
    rope.clear();
    assert!(changes.next().now_or_never().is_some());
    drop((changes, rope));
    assert!(log.len() > 40);
}

#[test]
fn threads_lose_no_edit_and_followers_end_equal() {
    let rope = RopeBinding::<(u32, u32), u32>::new();
    let (mirrors, last) = thread::scope(|scope| {
        let chained = rope.chain(&rope);
        let followers = [rope.follow_changes(), chained.follow_changes()].map(|mut changes| {
            scope.spawn(move || {
                block_on(async {
                    let mut mirror = Vec::new();
                    while let Some(batch) = changes.next().await {
                        batch.apply_to(&mut mirror).unwrap();
                    }
                    mirror
                })
            })
        });
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let rope = rope.clone();
                scope.spawn(move || {
                    for number in 0..200 {
                        match number % 3 {
                            0 => drop(rope.replace(0..0, [(writer, number)])),
                            1 => rope.push((writer, number)),
                            _ => list_transaction(|| {
                                let at = rope.len() / 2;
                                drop(rope.replace_attributes(at..at, [(writer, number)], writer));
                                rope.set_attributes(at / 2..at, number);
                            }),
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        let last = rope.snapshot().to_vec();
        drop((rope, chained));
        (followers.map(|follower| follower.join().unwrap()), last)
    });
    let mut sorted: Vec<_> = last.iter().map(|(cell, _)| *cell).collect();
    sorted.sort_unstable();
    let all = (0..3).flat_map(|writer| (0..200).map(move |number| (writer, number)));
    assert_eq!(sorted, all.collect::<Vec<_>>());
    assert_eq!(mirrors[0], last);
    assert_eq!(mirrors[1], [&last[..], &last[..]].concat());
}

#[test]
fn a_snapshot_sees_ropes_and_what_follows_from_them_of_one_commit() {
    let left = RopeBinding::from(RopeSnapshot::uniform(['a'; 10], 0));
    let right = RopeBinding::<char, u32>::new();
    let both = left.chain(&right);
    let loud = both.map(char::to_ascii_uppercase);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..1_000 {
                list_transaction(|| {
                    let (from, to) =
                        if left.is_empty() { (&right, &left) } else { (&left, &right) };
                    let cut = from.splice(0..1, RopeSnapshot::default());
                    drop(to.splice(0..0, cut));
                    left.set_attributes(.., number);
                    right.set_attributes(.., number);
                });
            }
        });
        for _ in 0..1_000 {
            snapshot(|| {
                assert_eq!((left.len() + right.len(), both.len(), loud.len()), (10, 10, 10));
                assert_eq!(loud.snapshot().extents().len(), 1, "all of one commit");
            });
        }
    });
}
