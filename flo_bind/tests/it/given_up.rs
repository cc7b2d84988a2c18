//! G5: a thread that must not wait for another one's run of a computed computes it for itself: what that comes to is not
//! taken for the present, since the edges of the run under way are not there yet and tell nobody.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
};

use flo_bind::{Binding, BoundExt, Computed, bind, computed, effect, snapshot};
use futures::{FutureExt, StreamExt};

/// A computed of which one run stops before it reads its source.
struct Stopped {
    source: Binding<i64>,
    doubled: Computed<i64>,
    /// Hears when that run has begun.
    begun: mpsc::Receiver<()>,
    /// Lets it go on.
    go: mpsc::Sender<()>,
}

/// One whose first run stops.
fn stopped() -> Stopped {
    stopped_after(0)
}

/// One whose run stops that comes after so many.
fn stopped_after(before: usize) -> Stopped {
    let source = bind(1);
    let runs = AtomicUsize::new(0);
    let (begins, begun) = mpsc::channel();
    let (go, goes) = mpsc::channel();
    let goes = Mutex::new(goes);
    let doubled = computed({
        let source = source.clone();
        move || {
            if runs.fetch_add(1, SeqCst) == before {
                begins.send(()).unwrap();
                // An error where the test has failed.
                let _gone = goes.lock().unwrap().recv();
            }
            source.get() * 2
        }
    });
    Stopped { source, doubled, begun, go }
}

#[test]
fn a_computed_over_one_that_another_thread_computes_is_right_after_each_write() {
    let Stopped { source, doubled, begun, go } = stopped();
    let label = doubled.map(ToString::to_string);
    let above = label.map(|label| format!("<{label}>"));
    thread::scope(|scope| {
        // Goes where this fails, so that the other thread ends.
        let go = go;
        let first = scope.spawn(|| doubled.get());
        begun.recv().unwrap();
        assert_eq!(above.get(), "<2>");
        source.set(5);
        assert_eq!(snapshot(|| (source.get(), label.get())), (5, "10".to_owned()));
        assert_eq!(above.get(), "<10>");
        source.set(6);
        go.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 12);
    });
    assert_eq!((label.get(), above.get()), ("12".to_owned(), "<12>".to_owned()));
    source.set(7);
    assert_eq!(above.get(), "<14>");
}

/// One thread computes while another awaits that and gives up; both are right then, and after the next change.
fn both_hear_of_the_next_change(
    Stopped { source, doubled, begun, go }: Stopped,
    before: impl FnOnce(&Binding<i64>, &Computed<i64>),
) {
    let (above, beside) = (doubled.map(|doubled| doubled + 1), doubled.map(|doubled| doubled * 10));
    before(&source, &above);
    thread::scope(|scope| {
        let go = go;
        let first = scope.spawn(|| above.get());
        begun.recv().unwrap();
        assert_eq!(beside.get(), 20);
        go.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 3);
    });
    source.set(5);
    assert_eq!((above.get(), beside.get()), (11, 100));
}

#[test]
fn g5_who_reads_a_run_of_its_own_that_another_thread_awaited_hears_of_the_next_change() {
    both_hear_of_the_next_change(stopped(), |_, _| {});
}

#[test]
fn g5_who_checks_a_run_of_its_own_that_another_thread_awaited_hears_of_the_next_change() {
    both_hear_of_the_next_change(stopped_after(1), |source, above| {
        assert_eq!(above.get(), 3);
        source.set_always(1);
    });
}

#[test]
fn an_effect_over_one_that_another_thread_computes_sees_the_last_value() {
    let Stopped { source, doubled, begun, go } = stopped();
    let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
    thread::scope(|scope| {
        // Goes where this fails, so that the other thread ends.
        let go = go;
        let first = scope.spawn(|| doubled.get());
        begun.recv().unwrap();
        let _watching = effect({
            let (seen, doubled) = (Arc::clone(&seen), doubled.clone());
            move || seen.lock().unwrap().push(doubled.get())
        });
        assert_eq!(*seen.lock().unwrap(), [2]);
        source.set(5);
        go.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 10);
        assert_eq!(seen.lock().unwrap().last(), Some(&10));
        source.set(6);
        assert_eq!(seen.lock().unwrap().last(), Some(&12));
    });
}

#[test]
fn an_effect_above_what_awaits_another_thread_runs_once_and_then_for_the_last_value() {
    let Stopped { source, doubled, begun, go } = stopped();
    let label = doubled.map(ToString::to_string);
    let above = label.map(|label| format!("<{label}>"));
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    thread::scope(|scope| {
        let go = go;
        let first = scope.spawn(|| doubled.get());
        begun.recv().unwrap();
        let _watching = effect({
            let (seen, above) = (Arc::clone(&seen), above.clone());
            move || seen.lock().unwrap().push(above.get())
        });
        assert_eq!(*seen.lock().unwrap(), ["<2>"]);
        source.set(5);
        go.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 10);
        assert_eq!(*seen.lock().unwrap(), ["<2>", "<10>"]);
        source.set(6);
        assert_eq!(*seen.lock().unwrap(), ["<2>", "<10>", "<12>"]);
    });
}

#[test]
fn a_follower_of_what_awaits_another_thread_gets_the_last_value() {
    let Stopped { source, doubled, begun, go } = stopped();
    let label = doubled.map(ToString::to_string);
    let mut following = label.follow();
    thread::scope(|scope| {
        let go = go;
        let first = scope.spawn(|| doubled.get());
        begun.recv().unwrap();
        assert_eq!(following.next().now_or_never(), Some(Some("2".to_owned())));
        source.set(5);
        go.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 10);
        assert_eq!(following.next().now_or_never(), Some(Some("10".to_owned())));
        assert_eq!(following.next().now_or_never(), None);
        source.set(6);
        assert_eq!(following.next().now_or_never(), Some(Some("12".to_owned())));
    });
}

/// Computes something when it goes.
#[derive(Clone, PartialEq)]
struct Computes(i64);

impl Drop for Computes {
    fn drop(&mut self) {
        assert_eq!(computed(|| 1_u64).get(), 1);
    }
}

#[test]
fn an_effect_is_told_by_what_it_awaits_also_where_a_drop_computes() {
    let Stopped { source, doubled, begun, go } = stopped();
    let boxed = doubled.map(|value| Computes(*value));
    let seen: Arc<Mutex<Vec<i64>>> = Arc::default();
    thread::scope(|scope| {
        let go = go;
        let first = scope.spawn(|| boxed.with(|value| value.0));
        begun.recv().unwrap();
        let _watching = effect({
            let (seen, boxed) = (Arc::clone(&seen), boxed.clone());
            move || {
                let value = boxed.with(|value| value.0);
                seen.lock().unwrap().push(value);
            }
        });
        source.set(5);
        go.send(()).unwrap();
        assert_eq!(first.join().unwrap(), 10);
        assert_eq!(seen.lock().unwrap().last(), Some(&10));
        source.set(6);
        assert_eq!(seen.lock().unwrap().last(), Some(&12));
    });
}
