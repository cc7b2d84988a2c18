//! What becomes of panics and of runs that nobody is there to answer for.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
};

use flo_core::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
    global,
};

use crate::graph::{surface, value::Payload};

type Hook = Arc<dyn Fn(Box<dyn Any + Send>) + Send + Sync>;

global! {
    static HOOK: Mutex<Option<Hook>> = Mutex::new(None);
}

global! {
    static RUNS: AtomicU32 = AtomicU32::new(10_000);
}

/// Has `hook` called with the panic of an effect that no committer can be given, in the whole process.
///
/// A panic in an effect or a callback reaches the thread whose commit ran it. Where that is a driver of
/// [`bind_stream`](crate::bind_stream_with), or is unwinding already, the hook has it instead: the first
/// of each commit. Where the panic of a transaction's body is passed on, the hook has that of a `Drop` of what it had
/// written. It replaces the hook before. Without one such a panic goes no further than the panic
/// hook of the standard library, which has seen it anyway.
///
/// # Concurrency
/// On the committing thread, with no lock of ours held, on several at once. A panic of `hook` itself is
/// dropped.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use flo_bind::{BoundExt, bind_stream_driver, on_effect_panic};
/// use futures::{executor::block_on, stream};
///
/// let caught = Arc::new(Mutex::new(None));
/// on_effect_panic({
///     let caught = caught.clone();
///     move |payload| *caught.lock().unwrap() = payload.downcast_ref::<&str>().copied()
/// });
/// let (sum, driver) = bind_stream_driver(stream::iter([1, 2]), 0, |sum, item| *sum += item);
/// let _watching = sum.on_change(|_| panic!("no"));
/// block_on(driver);
/// assert_eq!(*caught.lock().unwrap(), Some("no"));
/// assert_eq!(sum.get(), 3, "the driver went on");
/// ```
pub fn on_effect_panic<F>(hook: F)
where
    F: Fn(Box<dyn Any + Send>) + Send + Sync + 'static,
{
    let replaced = HOOK.lock().replace(Arc::new(hook));
    drop(replaced);
}

/// Gives the hook a panic that must go no further.
pub(crate) fn report(payload: Payload) {
    let hook = HOOK.lock().clone();
    let reported = panic::catch_unwind(AssertUnwindSafe(|| match hook {
        Some(hook) => hook(payload),
        None => surface::dispose(payload),
    }));
    if let Err(payload) = reported {
        surface::dispose(payload);
    }
}

/// Sets how often one effect may run in one flush, in the whole process, before it is taken for one that
/// triggers itself: 10 000 unless this is called.
///
/// The effect is then not run again until something changes anew, and the committer gets a panic that
/// names where it was made. 0 counts as 1.
///
/// ```
/// use std::panic::{AssertUnwindSafe, catch_unwind};
/// use flo_bind::{BoundExt, bind, effect, set_effect_run_limit};
///
/// set_effect_run_limit(10);
/// let count = bind(0);
/// let made = catch_unwind(AssertUnwindSafe(|| {
///     let count = count.clone();
///     effect(move || count.set(count.get() + 1))
/// }));
/// assert!(made.is_err());
/// assert_eq!(count.get(), 10);
/// ```
pub fn set_effect_run_limit(runs: u32) {
    // Relaxed: the number stands for itself.
    RUNS.store(runs.max(1), Ordering::Relaxed);
}

pub(crate) fn run_limit() -> u32 {
    // Relaxed: as above.
    RUNS.load(Ordering::Relaxed)
}
