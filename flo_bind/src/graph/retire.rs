//! Taking nodes without handles apart: at once, iteratively, with no lock held while what users own is
//! dropped.
//!
//! Dropping a closure drops the handles it captured, whose nodes come back here: the thread's list
//! turns that recursion into a loop (promise 5).

use flo_core::sync::Arc;

use super::{
    cell, end,
    node::Node,
    surface,
    thread::{self, Thread},
};

/// The last handle of `node` is gone.
pub(crate) fn retire(node: &Arc<Node>) {
    let first = thread::try_with(|thread| {
        thread.retired.borrow_mut().push(Arc::clone(node));
        !thread.retiring.replace(true)
    });
    match first {
        Some(true) => {
            while let Some(node) = thread::with(next) {
                take_apart(&node);
            }
            surface::surface();
        }
        Some(false) => {}
        None => thread::elsewhere(|| retire(node)),
    }
}

fn next(thread: &Thread) -> Option<Arc<Node>> {
    let node = thread.retired.borrow_mut().pop();
    if node.is_none() {
        thread.retiring.set(false);
    }
    node
}

fn take_apart(node: &Arc<Node>) {
    let mut access = cell::lock();
    access.core_mut(node).dead = true;
    // A reaction that runs on another thread is taken apart there, on its way out.
    if access.core(node).busy.is_none() {
        end::take_apart(&mut access, node);
    }
}
