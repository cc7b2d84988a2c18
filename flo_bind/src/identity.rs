//! Which one a handle stands for: two handles are equal when they stand for the same thing, whatever its
//! value.

use std::hash::{Hash, Hasher};

use flo_core::sync::Arc;

use crate::{
    bind_ref::{BindRef, Source},
    binding::Binding,
    computed::Computed,
    graph::node::Id,
};

/// What tells one thing from any other that lives at the same time.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Node(Id),
    /// The address of an outsider.
    Outside(*const ()),
}

fn of_any<T>(reference: &BindRef<T>) -> Identity {
    match &reference.0 {
        Source::Node(node, _) => Identity::Node(node.id()),
        Source::Outside(outside) => Identity::Outside(Arc::as_ptr(outside).cast()),
    }
}

impl<T> Binding<T> {
    /// Whether both stand for the same binding, whatever its value; `==` asks the same.
    ///
    /// ```
    /// use flo_bind::bind;
    /// let (count, other) = (bind(1), bind(1));
    /// assert!(count.same_as(&count.clone()));
    /// assert!(!count.same_as(&other));
    /// ```
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T> Computed<T> {
    /// Whether both stand for the same computed, whatever its value; `==` asks the same.
    ///
    /// ```
    /// use flo_bind::{BoundExt, bind};
    /// let count = bind(1);
    /// let (doubled, other) = (count.map(|count| count * 2), count.map(|count| count * 2));
    /// assert!(doubled.same_as(&doubled.clone()));
    /// assert!(!doubled.same_as(&other));
    /// ```
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T> BindRef<T> {
    /// Whether both stand for the same thing, whatever its value; `==` asks the same.
    ///
    /// Of outsiders, clones of one `BindRef` stand for the same.
    ///
    /// ```
    /// use flo_bind::{BindRef, BoundExt, bind};
    /// let count = bind(1);
    /// assert!(count.read_only().same_as(&BindRef::from(&count)));
    /// assert!(!count.read_only().same_as(&bind(1).read_only()));
    /// ```
    pub fn same_as(&self, other: &Self) -> bool {
        self == other
    }
}

impl<T> PartialEq for Binding<T> {
    fn eq(&self, other: &Self) -> bool {
        self.writer.id() == other.writer.id()
    }
}

impl<T> Eq for Binding<T> {}

impl<T> Hash for Binding<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.writer.id().hash(state);
    }
}

impl<T> PartialEq for Computed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node.id() == other.node.id()
    }
}

impl<T> Eq for Computed<T> {}

impl<T> Hash for Computed<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.node.id().hash(state);
    }
}

impl<T> PartialEq for BindRef<T> {
    fn eq(&self, other: &Self) -> bool {
        of_any(self) == of_any(other)
    }
}

impl<T> Eq for BindRef<T> {}

impl<T> Hash for BindRef<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        of_any(self).hash(state);
    }
}
