//! What the graph tells of itself with the feature `tracing`: where a node was made, when it runs, and
//! what the run was caused by. Without the feature nothing is left of it.
//!
//! | event, target `flo_bind`, level `TRACE` | fields |
//! |---|---|
//! | `made` | `node`, a number that no other living one has; `kind`; `made_at` |
//! | `runs` | the same, and `cause`: where the first thing was made that it read and that has changed; of a first run `nothing`; `one reader` of a run for a snapshot or a transaction alone, which sees another version than the present |

#[cfg(feature = "tracing")]
mod told {
    use std::{fmt, panic::Location};

    use tracing::level_filters::LevelFilter;

    use crate::graph::{
        cell::Access,
        frame::untracked,
        node::{Id, Role},
    };

    /// What a run was caused by.
    pub(crate) enum Cause {
        Nothing,
        Changed(&'static Location<'static>),
        OneReader,
    }

    impl fmt::Display for Cause {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Nothing => f.write_str("nothing"),
                Self::Changed(site) => site.fmt(f),
                Self::OneReader => f.write_str("one reader"),
            }
        }
    }

    /// Nobody asks a subscriber before an event: a look at this number costs next to nothing.
    fn is_on() -> bool {
        LevelFilter::current() >= LevelFilter::TRACE
    }

    fn kind(node: Id) -> &'static str {
        match node.role() {
            Role::Source => "binding",
            Role::Computed => "computed",
            Role::Effect => "effect",
            Role::Listener => "listener",
        }
    }

    /// Why `node` is about to run; under the lock, which a subscriber must not be called with.
    pub(crate) fn cause(access: &Access, node: Id) -> Cause {
        let changed = is_on().then(|| {
            let mut deps = access.deps(node).iter();
            deps.find(|dep| dep.seen() != Some(dep.node.state.version()))
        });
        changed.flatten().map_or(Cause::Nothing, |dep| Cause::Changed(dep.node.site()))
    }

    /// Why a node runs whose outcome nobody else is to see.
    pub(crate) const fn one_reader() -> Cause {
        Cause::OneReader
    }

    /// Tells that `node` has been made.
    pub(crate) fn made(node: Id) {
        if is_on() {
            untracked(|| {
                tracing::trace!(
                    target: "flo_bind",
                    node = node.address(),
                    kind = kind(node),
                    made_at = %node.site(),
                    "made"
                );
            });
        }
    }

    /// Tells that `node` runs.
    pub(crate) fn runs(node: Id, cause: &Cause) {
        if is_on() {
            untracked(|| {
                tracing::trace!(
                    target: "flo_bind",
                    node = node.address(),
                    kind = kind(node),
                    made_at = %node.site(),
                    %cause,
                    "runs"
                );
            });
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod told {
    use crate::graph::{cell::Access, node::Id};

    /// What a run was caused by.
    pub(crate) struct Cause;

    pub(crate) const fn cause(_: &Access, _: Id) -> Cause {
        Cause
    }

    pub(crate) const fn one_reader() -> Cause {
        Cause
    }

    pub(crate) const fn made(_: Id) {}

    pub(crate) const fn runs(_: Id, _: &Cause) {}
}

pub(crate) use told::{Cause, cause, made, one_reader, runs};
