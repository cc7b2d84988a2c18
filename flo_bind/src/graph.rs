//! The graph engine: who depends on what, and which value is right for whom.
//!
//! # Idea
//! A node's one stored outcome is known to be right for an interval of commits. A commit pushes marks
//! down, cheaply; a read validates and pulls, exactly. Whoever is computing has a *snapshot*; a commit
//! that would take a value away from a running snapshot first saves the old value into it. So everyone
//! reads one version, nobody waits for anybody's closure, and old values live only as long as somebody
//! who is running needs them.
//!
//! ```text
//!  set(a) ── lock ─────────────────────────────────────── unlock ── flush
//!            save a's old value for running snapshots               effects, by creation,
//!            mark:  a ─DIRTY▶ c ─CHECK▶ d ─CHECK▶ effect (queued)   each validated first
//!            commit number + 1, store
//!
//!  get(d) ── lock: clean? right at my snapshot? ── else claim d, c … ── unlock ── run c ── lock ── publish
//!
//!            CLEAN ──mark──▶ CHECK ──mark──▶ DIRTY
//!              ▲               │ claim         │ claim
//!              │               ▼               ▼
//!              └──publish─── BUSY (marks that arrive meanwhile make it DIRTY again when it is published)
//! ```
//!
//! # Invariants
//! - **G1** User code never runs with a lock held: closures, equality, clone, drop of values, of
//!   closures and of panic payloads, wakers. The one exception is the language's own comparison of values
//!   that are stored in the word (`Nature::Plain`).
//! - **G2** Word, version, stamp, state and edges change only under the lock of the node's root group.
//! - **G3** Edge and back edge agree.
//! - **G4** The stored outcome is right for all commits in `[stamp, since)`; of a clean node, up to now. What is
//!   stored in a source is right for every snapshot that has no other value of it saved.
//! - **G5** Those who rely on a node are told when it is no longer right: each mark that reaches it, and
//!   each publication of it as stale, goes on to what is below, once until it is read or computed again
//!   (`Bits::TOLD`). What a thread has computed for itself, because another one is computing it, relies on nothing
//!   that tells: what it is read for is not published as the present, and an effect that has read it is told
//!   when it is published (`Bits::AWAITED`).
//! - **G6** Before an outcome is replaced, each running snapshot for which it is the right one holds it.
//! - **G7** An edge's version equals the dep's exactly when the last run saw that outcome; the version
//!   changes whenever the observable outcome does.
//! - **G8** A reaction that is marked, not busy and not dead is pending, and in the queue of every thread
//!   that marked it; the first to come to it runs it, or hands it to the effect queue it belongs to, where it
//!   is once.
//! - **G9** A busy node has one owner, whose walk or closure is on that thread's stack.
//! - **G10** There is no strong cycle, but two that are the user's: a detached subscription holds itself
//!   until its sources end, and computeds that read each other in a circle hold each other until the
//!   circle is opened.
//! - **G11** Every walk is iterative and linear in the edges touched.
//! - **G12** The nodes of an edge have one root group.
//!
//! # Locks
//! A group's ([`cell`]); two of them only in [`unite`], in the order that `cell` gives. Under a group's lock these may
//! be taken, each held for some instructions and never one inside another: the relation of who waits
//! ([`wait`]), the table of [`named`] and then one of its weak references, the post of a thread
//! ([`thread`]), the list of unused groups. [`value::Panicked`] has a lock of its own around a payload, held
//! for one move.
//!
//! # A race, walked through
//! a = 1, b = 1 at commit 7; c = f(a, b). T1 evaluates c (begin 7) and has read a = 1. T2 commits
//! a = 2, b = 2: it sees T1's snapshot and saves a = 1, b = 1 into it; c is busy and is marked; the
//! stamps become 8. T1 reads b: there is an override, b = 1, so no mixture. T1 publishes c: a's version
//! moved, so c stays stale and holds f(1, 1) for `[7, 8)`, and T1 returns it. Were c an effect, T1 would
//! queue it again.

#![allow(
    clippy::significant_drop_tightening,
    reason = "how long the lock is held is the algorithm here: a step that is cut in two is another step"
)]

mod array;
#[cfg(test)]
mod between;
mod biased;
pub(crate) mod carried;
pub(crate) mod cell;
pub(crate) mod commit;
mod edges;
pub(crate) mod end;
mod first;
pub(crate) mod flush;
pub(crate) mod frame;
pub(crate) mod garbage;
pub(crate) mod gather;
mod handle;
mod kind;
pub(crate) mod lent;
pub(crate) mod listen;
pub(crate) mod mark;
pub(crate) mod named;
pub(crate) mod node;
pub(crate) mod now;
mod peek;
mod private;
mod reach;
pub(crate) mod read;
mod refresh;
mod retire;
pub(crate) mod run;
pub(crate) mod running;
mod site;
mod spare;
mod stack;
pub(crate) mod staged;
mod state;
#[cfg(test)]
pub(crate) mod steps;
pub(crate) mod surface;
pub(crate) mod thread;
pub(crate) mod unite;
pub(crate) mod value;
mod wait;
mod wave;
