//! Whether what a node holds follows from something that a transaction has staged.
//!
//! # Idea
//! Two walks take turns, step by step, and the first that is done answers: up from the node, over what it has read, and down from
//! what is staged, over who has read that. A list of many rows has read as much as there are rows, but few follow from the one binding that
//! is staged; a setting that is staged is read by many, but the one value that is asked for has read little.
//!
//! ```text
//!   staged b   ─▶ row ─▶ tree ─▶ list          down: three steps, and they meet the list
//!                        tree ◀─ list          up: thousands of rows
//! ```
//!
//! What the walk up has learned is kept until the next staged write; the one down begins anew each time, because a node that was
//! stale may have been computed meanwhile, by another thread, and have edges that it had not.

use rustc_hash::FxHashSet;

#[cfg(test)]
use super::steps;
use super::{
    cell::Access,
    node::{Bits, Id, NodeRef, Role},
    running::OVERTAKEN,
    staged::{Staged, with_staged},
};

/// Whether what `id` holds at this transaction's version depends, directly or not, on something that it
/// has written, or whether that cannot be told. Iterative, and on the way up each node once until the next staged write
/// (G11).
///
/// The edges of a node are those of the run that its stored outcome comes from. Where that is of a later
/// version than this transaction's, they say nothing about the one that is right here.
pub(crate) fn reaches(access: &Access, id: Id) -> bool {
    let begin = access.begin();
    with_staged(|staged| {
        let mut up = Up::from(id);
        // Of what has been overtaken, or is stale, the edges down say nothing.
        let is_present = begin == access.commits && begin != OVERTAKEN;
        let mut down = (is_present && !id.state.has(Bits::STALE)).then(Down::default);
        loop {
            #[cfg(test)]
            steps::touch();
            if let Some(reaches) = up.step(access, staged, begin) {
                return reaches;
            }
            if let Some(reaches) = down.as_mut().and_then(|down| down.step(access, staged, id)) {
                learn(staged, id, reaches);
                return reaches;
            }
        }
    })
    .unwrap_or(false)
}

fn learn(staged: &mut Staged, id: Id, is_affected: bool) {
    staged.below().affected.insert(id, (NodeRef::of(id), is_affected));
}

/// The path to where the walk up is: each node with the next of its deps.
struct Up {
    path: Vec<(Id, usize)>,
    /// The nodes of the path that it has gone on from; to meet one again ends the walk of a circle.
    gone: FxHashSet<Id>,
}

impl Up {
    fn from(id: Id) -> Self {
        Self { path: vec![(id, 0)], gone: FxHashSet::default() }
    }

    /// The answer, once it is known.
    fn step(&mut self, access: &Access, staged: &mut Staged, begin: u64) -> Option<bool> {
        let Some((node, at)) = self.path.last_mut() else { return Some(false) };
        let node = *node;
        let known = match *at {
            0 if self.gone.contains(&node) => Some(false),
            0 => staged.affects(node, begin),
            _ => None,
        };
        let deps = if node.role() == Role::Source { &[][..] } else { access.deps(node) };
        let dep = deps.get(*at).map(|dep| dep.node);
        *at += 1;
        match (known, dep) {
            (Some(true), _) => {
                // Who leads here is affected as well.
                self.path.drain(..).for_each(|(node, _)| learn(staged, node, true));
                return Some(true);
            }
            (None, Some(dep)) => {
                self.gone.insert(node);
                self.path.push((dep, 0));
            }
            (None, None) => {
                learn(staged, node, false);
                self.path.pop();
            }
            (Some(false), _) => {
                self.path.pop();
            }
        }
        None
    }
}

/// The walk down from all that is staged in a group: the path to where it is, each node with the next of those who read it.
#[derive(Default)]
struct Down {
    /// How many of the staged ones it has begun at.
    begun: usize,
    path: Vec<(Id, usize)>,
    seen: FxHashSet<Id>,
}

impl Down {
    /// Whether the walk comes to `id`, once that is known.
    fn step(&mut self, access: &Access, staged: &Staged, id: Id) -> Option<bool> {
        let Some((node, at)) = self.path.last_mut() else {
            let Some(target) = staged.target(self.begun) else { return Some(false) };
            self.begun += 1;
            // Who reads it is of its group (G12).
            self.path.extend(access.is_of(target).then_some((target, 0)));
            return None;
        };
        let Some(sub) = access.subs(*node).get(*at).map(|sub| sub.node) else {
            self.path.pop();
            return None;
        };
        *at += 1;
        if sub == id {
            return Some(true);
        }
        if sub.role() == Role::Computed && self.seen.insert(sub) {
            self.path.push((sub, 0));
        }
        None
    }
}
