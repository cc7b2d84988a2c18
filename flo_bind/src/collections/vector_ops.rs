//! Differences in the words of those who have one for each method of a vector.

use super::{
    batch::ListBatch,
    diff::{Diverged, Items, ListDiff},
    snapshot::ListSnapshot,
};

/// What was done to a vector, in the vocabulary of eyeball-im: [`ListBatch::vector_ops`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VectorOp<T> {
    /// These came at the end.
    Append(Vec<T>),
    /// All went.
    Clear,
    /// One came before the first.
    PushFront(T),
    /// One came behind the last.
    PushBack(T),
    /// The first went.
    PopFront,
    /// The last went.
    PopBack,
    /// One came before the one at the index, which is not the first.
    Insert(usize, T),
    /// The one at the index is another one.
    Set(usize, T),
    /// The one at the index went, which is neither the first nor the last.
    Remove(usize),
    /// Those from the index on went.
    Truncate(usize),
    /// The vector is another one.
    Reset(Vec<T>),
}

impl<T: Clone> ListBatch<T> {
    /// The same as steps of a vector, for those who know each of them by a name; and does it to `list`, which is the
    /// list before and is then the one after. A moved item goes and comes, with its value, which is why the list is
    /// needed.
    ///
    /// # Errors
    /// [`Diverged`] where a place is not there; what came before that one is done.
    ///
    /// ```
    /// use flo_bind::{ListBinding, ListSnapshot, VectorOp};
    /// use futures::{FutureExt, StreamExt};
    ///
    /// let lamps = ListBinding::from(vec!["oil", "gas"]);
    /// let mut changes = lamps.follow_changes();
    /// let mut next = || changes.next().now_or_never().flatten().unwrap();
    /// let mut list = ListSnapshot::default();
    /// assert_eq!(next().vector_ops(&mut list).unwrap(), [VectorOp::Reset(vec!["oil", "gas"])]);
    /// lamps.move_item(0, 1);
    /// let ops = next().vector_ops(&mut list).unwrap();
    /// assert_eq!(ops, [VectorOp::PopFront, VectorOp::PushBack("oil")]);
    /// ```
    pub fn vector_ops(&self, list: &mut ListSnapshot<T>) -> Result<Vec<VectorOp<T>>, Diverged> {
        let mut ops = Vec::new();
        for diff in self {
            let len = list.len();
            let moved = match diff {
                ListDiff::Move { from, .. } => list.get(*from).cloned(),
                _ => None,
            };
            list.apply(diff)?;
            match diff {
                ListDiff::Splice { at, removed, inserted } => {
                    splice(&mut ops, (*at, removed.len(), len), inserted);
                }
                ListDiff::Move { from, to } => {
                    ops.push(remove(*from, len));
                    ops.extend(moved.map(|item| insert(*to, item, len - 1)));
                }
                ListDiff::Reset { new, .. } => ops.push(VectorOp::Reset(new.to_vec())),
            }
        }
        Ok(ops)
    }
}

/// `count` items from `at` on, of `len`, are replaced.
fn splice<T: Clone>(
    ops: &mut Vec<VectorOp<T>>,
    (at, count, len): (usize, usize, usize),
    inserted: &Items<T>,
) {
    if at == 0 && count == len && count > 1 {
        ops.push(VectorOp::Clear);
        append(ops, inserted);
        return;
    }
    let is_at_end = at + count == len;
    if is_at_end && count > 1 && inserted.is_empty() {
        ops.push(VectorOp::Truncate(at));
        return;
    }
    let kept = count.min(inserted.len());
    let mut new = inserted.iter().cloned();
    ops.extend(
        new.by_ref().take(kept).enumerate().map(|(place, item)| VectorOp::Set(at + place, item)),
    );
    let mut now = len;
    for _ in kept..count {
        ops.push(remove(at + kept, now));
        now -= 1;
    }
    if is_at_end && new.len() > 1 {
        ops.push(VectorOp::Append(new.collect()));
        return;
    }
    for (place, item) in new.enumerate() {
        ops.push(insert(at + kept + place, item, now));
        now += 1;
    }
}

fn append<T: Clone>(ops: &mut Vec<VectorOp<T>>, items: &Items<T>) {
    match items.only() {
        Some(item) => ops.push(VectorOp::PushBack(item.clone())),
        None if items.is_empty() => {}
        None => ops.push(VectorOp::Append(items.iter().cloned().collect())),
    }
}

fn remove<T>(at: usize, len: usize) -> VectorOp<T> {
    if at + 1 == len {
        VectorOp::PopBack
    } else if at == 0 {
        VectorOp::PopFront
    } else {
        VectorOp::Remove(at)
    }
}

fn insert<T>(at: usize, item: T, len: usize) -> VectorOp<T> {
    if at == len {
        VectorOp::PushBack(item)
    } else if at == 0 {
        VectorOp::PushFront(item)
    } else {
        VectorOp::Insert(at, item)
    }
}
