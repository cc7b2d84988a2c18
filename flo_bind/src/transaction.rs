//! Many writes as one commit, many reads at one version, reads that are nobody's dependency.

use std::panic::{self, AssertUnwindSafe};

use crate::graph::{
    commit, flush, frame,
    running::{Computing, Snapshotted},
    staged, surface,
    value::Payload,
};

/// Runs `f`; everything it writes is committed at its end, as one commit.
///
/// Inside, every read is of one version, whatever other threads commit meanwhile, plus what `f` itself
/// has written. Outside, nobody sees any of it before the end. Effects run once, after it. A
/// transaction inside a transaction is part of the outer one; inside a computed or a
/// [`snapshot`](snapshot()) its writes wait for the end of that.
///
/// Two transactions that [`update`](crate::Binding::update) the same binding lose nothing; two that
/// `set` what they have `get`, can: the last one wins.
///
/// # Panics
/// With the panic of `f`, of a comparison or of an update that had to be applied again: then nothing
/// was written. With the first panic of an effect: then all was.
///
/// ```
/// use flo_bind::{BoundExt, bind, computed_from, transaction};
///
/// let (price, count) = (bind(5), bind(2));
/// let total = computed_from((&price, &count), |(price, count)| price * count);
/// transaction(|| {
///     price.set(3);
///     count.set(4);
///     assert_eq!(total.get(), 12);
/// });
/// assert_eq!(total.get(), 12);
/// ```
#[doc(alias = "batch")]
pub fn transaction<R, F: FnOnce() -> R>(f: F) -> R {
    match commit::mode() {
        commit::Mode::Now => {}
        commit::Mode::Staged => return f(),
        commit::Mode::Later => return put_off(f),
    }
    transact(f, |_| true)
}

/// An outermost transaction, which is committed where its result is `good`.
fn transact<R>(f: impl FnOnce() -> R, good: impl FnOnce(&R) -> bool) -> R {
    let snapshot = Snapshotted::open();
    staged::begin();
    let result = panic::catch_unwind(AssertUnwindSafe(f));
    let staged = staged::end();
    drop(snapshot);
    let result = result.and_then(|result| {
        panic::catch_unwind(AssertUnwindSafe(|| {
            if good(&result) {
                staged::commit_all(staged);
            } else {
                drop(staged);
            }
            result
        }))
    });
    over(result)
}

/// As [`transaction`], whose writes are all given up where `f` gives an error.
///
/// Nobody has seen any of them then, and nothing runs. Inside another transaction it is part of that,
/// as every inner one: an error is given back, and what was written before it stays part of the outer
/// transaction, **which alone decides**. Pass the error on with `?` through an outer `try_transaction`, and
/// all is given up.
///
/// # Errors
/// With the error of `f`.
///
/// # Panics
/// As [`transaction`].
///
/// ```
/// use flo_bind::{Binding, BoundExt, bind, try_transaction};
///
/// fn pay(from: &Binding<u32>, to: &Binding<u32>, sum: u32) -> Result<(), &'static str> {
///     try_transaction(|| {
///         to.set(to.get() + sum);
///         from.set(from.get().checked_sub(sum).ok_or("not enough")?);
///         Ok(())
///     })
/// }
///
/// let (left, right) = (bind(10), bind(0));
/// assert_eq!(pay(&left, &right, 7), Ok(()));
/// assert_eq!(pay(&left, &right, 7), Err("not enough"));
/// assert_eq!((left.get(), right.get()), (3, 7));
/// ```
pub fn try_transaction<R, E, F>(f: F) -> Result<R, E>
where
    F: FnOnce() -> Result<R, E>,
{
    match commit::mode() {
        commit::Mode::Now => {}
        commit::Mode::Staged => return f(),
        commit::Mode::Later => {
            let mark = staged::put_off();
            let result = put_off(f);
            if result.is_err() {
                staged::abandon_since(mark);
            }
            return result;
        }
    }
    transact(f, Result::is_ok)
}

/// What follows the end of a transaction or a snapshot: writes that waited, effects, kept panics.
fn over<R>(result: Result<R, Payload>) -> R {
    match result {
        Ok(result) => {
            staged::apply_later();
            flush::flush();
            surface::surface();
            result
        }
        Err(payload) => {
            staged::abandon_later();
            panic::resume_unwind(payload);
        }
    }
}

/// Runs `f`, whose writes wait for a computation around it; if it panics, they are given up.
fn put_off<R>(f: impl FnOnce() -> R) -> R {
    let mark = staged::put_off();
    panic::catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|payload| {
        staged::abandon_since(mark);
        panic::resume_unwind(payload)
    })
}

/// Runs `f` with all its reads of one version, whatever other threads commit meanwhile.
///
/// Inside a computed, an effect or a transaction every read is of one version already, and this joins it.
/// What `f` writes is committed when the outermost snapshot or computed is over, all together, and no
/// read inside sees it.
///
/// # Panics
/// With the panic of `f`: then what it had written is dropped. With that of a `Drop`, where it was the last to
/// keep a value that another thread has replaced meanwhile: as with an [`Arc`](std::sync::Arc), who lets go last drops.
///
/// ```
/// use flo_bind::{BoundExt, bind, snapshot, transaction};
///
/// let (left, right) = (bind(1), bind(-1));
/// transaction(|| {
///     left.set(2);
///     right.set(-2);
/// });
/// assert_eq!(snapshot(|| left.get() + right.get()), 0);
/// ```
pub fn snapshot<R, F: FnOnce() -> R>(f: F) -> R {
    if matches!(commit::mode(), commit::Mode::Staged) {
        return f();
    }
    let computing = Computing::start();
    let opened = Snapshotted::open();
    let result = panic::catch_unwind(AssertUnwindSafe(|| put_off(f)));
    drop(opened);
    drop(computing);
    over(result)
}

/// Runs `f` so that what it reads does not become a dependency of the computed or effect around it.
///
/// ```
/// use flo_bind::{BoundExt, bind, computed, untracked};
///
/// let (shown, hidden) = (bind(1), bind(10));
/// let sum = computed({
///     let (shown, hidden) = (shown.clone(), hidden.clone());
///     move || shown.get() + untracked(|| hidden.get())
/// });
/// assert_eq!(sum.get(), 11);
/// hidden.set(20);
/// assert_eq!(sum.get(), 11);
/// shown.set(2);
/// assert_eq!(sum.get(), 22);
/// ```
pub fn untracked<R, F: FnOnce() -> R>(f: F) -> R {
    frame::untracked(f)
}
