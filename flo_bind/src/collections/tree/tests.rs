//! The tree against a plain `Vec`, its invariants after each step, and how many steps a step takes.

use std::{cell::Cell, rc::Rc};

use flo_core::sync::StrongArc;
use proptest::prelude::*;

use super::{
    Count, Measure, Sums, Tree,
    node::{Child, INNER, INNER_MIN, Inner, LEAF, LEAF_MIN, Leaf, Node},
    seek::Passed,
};

/// How many items are odd; counts how often it is asked, which is once for each node that was made or edited.
#[derive(Clone, Default)]
struct Odd(Rc<Cell<usize>>);

impl Measure<u32> for Odd {
    type Sum = usize;

    fn of(&self, items: &[u32]) -> usize {
        self.0.set(self.0.get() + 1);
        items.iter().filter(|item| *item % 2 == 1).count()
    }

    fn join(&self, parts: Sums<'_, u32, usize>) -> usize {
        self.0.set(self.0.get() + 1);
        parts.iter().sum()
    }
}

/// The items, after a look at T1, T2 and T3.
fn checked(tree: &Tree<u32, Odd>) -> Vec<u32> {
    fn check(child: &Child<u32, usize>, is_root: bool, items: &mut Vec<u32>) -> usize {
        let from = items.len();
        let height = match &child.node {
            Node::Leaf(leaf) => {
                let least = if is_root { 1 } else { LEAF_MIN };
                assert!((least..=LEAF).contains(&leaf.len()), "T3: {}", leaf.len());
                items.extend(leaf.iter());
                0
            }
            Node::Inner(inner) => {
                let least = if is_root { 2 } else { INNER_MIN };
                assert!((least..=INNER).contains(&inner.len()), "T3: {}", inner.len());
                let heights: Vec<_> = inner.iter().map(|one| check(one, false, items)).collect();
                assert!(heights.iter().all(|height| *height == heights[0]), "T1");
                heights[0] + 1
            }
        };
        assert_eq!(child.len, items.len() - from, "T2");
        let odd = items[from..].iter().filter(|item| *item % 2 == 1).count();
        assert_eq!(child.sum, odd, "T2");
        height
    }
    let mut items = Vec::new();
    if let Some(root) = &tree.root {
        check(root, true, &mut items);
    }
    items
}

#[derive(Clone, Debug)]
enum Step {
    Insert(usize, u32),
    Push(u32),
    Remove(usize),
    RemoveMany(usize, usize),
    Replace(usize, u32),
    Splice(usize, usize, Vec<u32>),
    /// The tree behind itself.
    Double,
    Keep,
    Look(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = || 0..2_000_usize;
    let step = prop_oneof![
        6 => (at(), any::<u32>()).prop_map(|(at, item)| Step::Insert(at, item)),
        2 => any::<u32>().prop_map(Step::Push),
        4 => at().prop_map(Step::Remove),
        2 => (at(), 0..300_usize).prop_map(|(at, count)| Step::RemoveMany(at, count)),
        3 => (at(), any::<u32>()).prop_map(|(at, item)| Step::Replace(at, item)),
        4 => (at(), 0..200_usize, prop::collection::vec(any::<u32>(), 0..400))
            .prop_map(|(at, count, items)| Step::Splice(at, count, items)),
        1 => Just(Step::Double),
        1 => Just(Step::Keep),
        3 => (at(), at()).prop_map(|(from, until)| Step::Look(from, until)),
    ];
    prop::collection::vec(step, 1..60)
}

fn step(tree: &mut Tree<u32, Odd>, model: &mut Vec<u32>, step: Step) {
    let len = model.len();
    match step {
        Step::Insert(at, item) => {
            tree.insert(at % (len + 1), item);
            model.insert(at % (len + 1), item);
        }
        Step::Push(item) => {
            tree.insert(len, item);
            model.push(item);
        }
        Step::Remove(at) if len > 0 => {
            assert_eq!(tree.remove(at % len), model.remove(at % len));
        }
        Step::RemoveMany(at, count) => {
            for _ in 0..count.min(len) {
                let at = at % model.len();
                assert_eq!(tree.remove(at), model.remove(at));
            }
        }
        Step::Replace(at, item) if len > 0 => {
            let old = std::mem::replace(&mut model[at % len], item);
            assert_eq!(tree.replace(at % len, item), old);
        }
        Step::Splice(at, count, items) => {
            let at = at % (len + 1);
            let count = count.min(len - at);
            let removed = tree.splice(at, count, Tree::build(Odd::default(), items.clone()));
            let expected: Vec<u32> = model.splice(at..at + count, items).collect();
            assert_eq!(checked(&removed), expected);
        }
        Step::Double if len < 2_000 => {
            tree.append(tree.clone());
            model.extend_from_within(..);
        }
        Step::Look(from, until) => look(tree, model, from % (len + 1), until % (len + 1)),
        _ => {}
    }
}

fn look(tree: &Tree<u32, Odd>, model: &[u32], from: usize, until: usize) {
    let (from, until) = (from.min(until), from.max(until));
    let range = &model[from..until];
    assert!(tree.iter_range(from, until).eq(range));
    assert!(tree.iter_range(from, until).rev().eq(range.iter().rev()));
    assert_eq!(checked(&tree.range(from, until - from)), range);
    assert_eq!(tree.get(from), model.get(from));
    let mut before = 0;
    tree.each_before(from, |odd| before += odd);
    let odd = |items: &[u32]| items.iter().filter(|item| *item % 2 == 1).count();
    assert_eq!(before, odd(&model[..from]));
    let (mut seen, mut asked) = (0, 0);
    let passed = tree.passed(|passed| {
        asked += 1;
        let more = match passed {
            Passed::Sum(odd) => *odd,
            Passed::Item(item) => (*item % 2) as usize,
        };
        let is_passed = seen + more <= before;
        seen += if is_passed { more } else { 0 };
        is_passed
    });
    let expected = (0..=model.len()).rev().find(|len| odd(&model[..*len]) <= before);
    assert_eq!(Some(passed), expected);
    assert!(asked < 33 + 16 * 6, "one node of each level is asked for its parts");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 60 } else { 3_000 }))]

    #[test]
    fn t1_to_t4_a_tree_does_as_a_vec_does_and_what_is_shared_stays(
        first in prop::collection::vec(any::<u32>(), 0..2_000),
        steps in steps(),
    ) {
        let mut tree = Tree::build(Odd::default(), first.clone());
        let mut model = first;
        let mut kept = Vec::new();
        for one in steps {
            if matches!(one, Step::Keep) {
                kept.push((tree.clone(), model.clone()));
            }
            step(&mut tree, &mut model, one);
            prop_assert_eq!(&checked(&tree), &model);
        }
        for (tree, model) in kept {
            prop_assert_eq!(checked(&tree), model, "T4");
        }
    }

    #[test]
    fn a_place_in_sorted_items_is_found_by_their_measure(
        mut items in prop::collection::vec(0..500_u32, 0..2_000),
        wanted in 0..500_u32,
    ) {
        items.sort_unstable();
        let tree = Tree::build(Last, items.clone());
        let found = tree.partition_point(|last| *last < wanted, |item| *item < wanted);
        prop_assert_eq!(found, items.partition_point(|item| *item < wanted));
    }
}

/// What comes last.
#[derive(Clone)]
struct Last;

impl Measure<u32> for Last {
    type Sum = u32;

    fn of(&self, items: &[u32]) -> u32 {
        items[items.len() - 1]
    }

    fn join(&self, parts: Sums<'_, u32, u32>) -> u32 {
        *parts.last()
    }
}

/// How many nodes of `tree` the other one has not.
fn own_nodes(tree: &Tree<u32, Odd>, other: &Tree<u32, Odd>) -> usize {
    fn addresses(child: &Child<u32, usize>, found: &mut Vec<usize>) {
        match &child.node {
            Node::Leaf(leaf) => found.push(StrongArc::as_ptr(leaf).addr()),
            Node::Inner(inner) => {
                found.push(StrongArc::as_ptr(inner).addr());
                inner.iter().for_each(|child| addresses(child, found));
            }
        }
    }
    let mut mine = Vec::new();
    let mut others = Vec::new();
    addresses(tree.root.as_ref().unwrap(), &mut mine);
    addresses(other.root.as_ref().unwrap(), &mut others);
    others.sort_unstable();
    mine.iter().filter(|address| others.binary_search(address).is_err()).count()
}

#[test]
fn an_edit_takes_as_many_steps_as_the_tree_is_deep() {
    for n in [1_000, 100_000, 1_000_000] {
        let asked = Rc::new(Cell::new(0));
        let built = Tree::build(Odd(Rc::clone(&asked)), 0..n);
        let mut seed = 1_usize;
        let mut at = |len: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            (seed >> 33) % len
        };
        let mut tree = built.clone();
        let mut edit = |what: &str, factor: usize, edit: &mut dyn FnMut(&mut Tree<u32, Odd>)| {
            for _ in 0..100 {
                let before = tree.clone();
                let bound = factor * (before.root.as_ref().unwrap().height() + 1) + 1;
                asked.set(0);
                edit(&mut tree);
                assert!(asked.get() <= bound, "{what} at {n}: {} nodes", asked.get());
                assert!(own_nodes(&tree, &before) <= bound || n > 1_000, "T4: {what}");
            }
        };
        // One node a level, and at most a neighbour, or a new one, beside each.
        edit("insert", 2, &mut |tree| tree.insert(at(tree.len()), 7));
        edit("remove", 3, &mut |tree| {
            tree.remove(at(tree.len()));
        });
        edit("replace", 1, &mut |tree| {
            tree.replace(at(tree.len()), 7);
        });
        // Two splits and two appends, each a few nodes a level.
        edit("splice", 16, &mut |tree| {
            let at = at(tree.len() / 2);
            let removed = tree.splice(at, 100, Tree::build(Odd::default(), 0..100));
            assert_eq!(removed.len(), 100);
        });
        assert_eq!(tree.len(), n as usize);
        assert!(built.iter().copied().eq(0..n), "T4");
    }
}

#[test]
fn a_leaf_takes_what_its_items_take_and_no_more() {
    // Were leaf and inner node one type, a leaf of `bool`s would take as much as an inner node.
    assert!(size_of::<Leaf<bool>>() <= LEAF + size_of::<usize>());
    assert!(size_of::<Inner<bool, usize>>() > 10 * size_of::<Leaf<bool>>());
    assert_eq!(size_of::<Node<bool, usize>>(), 2 * size_of::<usize>(), "a tag and an address");
}

#[test]
fn t3_a_tree_grown_by_pushes_stays_packed() {
    let mut tree = Tree::new(Odd::default());
    for item in 0..100_000 {
        tree.insert(tree.len(), item);
    }
    let mut leaves = 0;
    let mut from = 0;
    while let Some((items, _)) = tree.leaf_at(from) {
        leaves += 1;
        from += items.len();
    }
    assert!(leaves * 29 <= 100_000 + 29, "{leaves} leaves");
}

#[test]
fn a_million_items_are_dropped_and_walked_without_recursion_of_ours() {
    let tree: Tree<u32> = Tree::build(Count, 0..1_000_000);
    assert_eq!(tree.iter().map(|item| u64::from(*item)).sum::<u64>(), 499_999_500_000);
    assert_eq!(tree.iter().rev().nth(10), Some(&999_989));
    let other = tree.clone();
    assert!(tree.is(&other) && !tree.is_empty() && tree.sum().is_some());
}
