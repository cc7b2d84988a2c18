//! The stack of runs, and what the innermost one has read.

use std::{collections::HashSet, fmt::Write as _};

use flo_core::{Version, sync::Arc};

use super::{
    node::{Kind, Node, NodeRef},
    thread,
    value::Value,
};

/// A run under way on this thread.
pub(crate) enum Frame {
    /// A run whose reads become the node's deps.
    Tracked(Arc<Node>, Found),
    /// A run for this thread alone: its reads become nobody's deps.
    Private(Arc<Node>),
    /// User code whose reads are nobody's business: a comparison, a callback, `untracked`.
    Untracked,
}

/// What a run has read, in the order of the first reads, each node once.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) reads: Vec<(NodeRef, Option<Version>)>,
    /// Those of `reads` that were computed for this thread alone, with what they came to.
    pub(crate) alone: Vec<(NodeRef, Value)>,
    /// The numbers of `reads`, once there are too many to scan.
    index: HashSet<u64>,
}

/// Up to here a scan is cheaper than a set.
const SCANNED: usize = 16;

impl Found {
    pub(crate) fn add(&mut self, node: &NodeRef, version: Option<Version>) {
        let number = node.node().number;
        let known = if self.index.is_empty() {
            self.reads.iter().any(|(read, _)| read.node().number == number)
        } else {
            self.index.contains(&number)
        };
        if known {
            return;
        }
        self.reads.push((node.clone(), version));
        if !self.index.is_empty() {
            self.index.insert(number);
        } else if self.reads.len() > SCANNED {
            self.index = self.reads.iter().map(|(read, _)| read.node().number).collect();
        }
    }
}

/// A frame on this thread's stack; it goes when this does, also by a panic.
pub(crate) struct Entered(());

impl Entered {
    pub(crate) fn new(frame: Frame) -> Self {
        thread::with(|thread| thread.frames.borrow_mut().push(frame));
        Self(())
    }

    /// Leaves the frame and gives what it has read.
    pub(crate) fn found(self) -> Found {
        let frame = thread::with(|thread| thread.frames.borrow_mut().pop());
        std::mem::forget(self);
        match frame {
            Some(Frame::Tracked(_, found)) => found,
            _ => Found::default(),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Popped first, dropped after the borrow: what it holds may run user code.
        let frame = thread::with(|thread| thread.frames.borrow_mut().pop());
        drop(frame);
    }
}

/// Notes what a read that [`track`] has noted came to, where it was computed for this thread alone.
pub(crate) fn track_alone(node: &NodeRef, value: &Value) {
    thread::with(|thread| {
        if let Some(Frame::Tracked(reader, found)) = thread.frames.borrow_mut().last_mut()
            && matches!(reader.kind, Kind::Effect)
            && matches!(node.node().kind, Kind::Computed(_))
        {
            found.alone.push((node.clone(), Arc::clone(value)));
        }
    });
}

/// Notes that the run under way, if there is one, has read `node`.
pub(crate) fn track(node: &NodeRef, version: Option<Version>) {
    thread::with(|thread| {
        if let Some(Frame::Tracked(_, found)) = thread.frames.borrow_mut().last_mut() {
            found.add(node, version);
        }
    });
}

/// Runs `f` so that what it reads is nobody's dep.
pub(crate) fn untracked<R>(f: impl FnOnce() -> R) -> R {
    let _entered = Entered::new(Frame::Untracked);
    f()
}

/// Panics because `node` was read while it is being computed on this thread; names the runs between.
///
/// It becomes a dep all the same, so that the cycle heals when what closed it changes.
pub(crate) fn panic_cycle(node: &NodeRef) -> ! {
    track(node, None);
    let node = node.node();
    let mut text = format!("a cycle: the computed made at {} reads itself", node.site);
    thread::with(|thread| {
        for frame in thread.frames.borrow().iter().rev() {
            let (Frame::Tracked(between, _) | Frame::Private(between)) = frame else { continue };
            if between.number == node.number {
                break;
            }
            // Writing to a `String` cannot fail.
            let _written = write!(text, ", through the one made at {}", between.site);
        }
    });
    panic!("{text}");
}
