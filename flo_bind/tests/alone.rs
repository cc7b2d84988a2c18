//! What shows only while nobody else commits: commits have one number for all, so these run one at a
//! time, in a process of their own.
#![allow(clippy::unwrap_used, reason = "a test panics where it fails")]

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
    mpsc,
};

use flo_bind::{BoundExt, bind, computed};

#[test]
fn what_was_computed_alone_is_told_of_changes_after_the_other_run_is_published_stale() {
    let (flag, left, right) = (bind(true), bind(1), bind(10));
    let (entered, has_entered) = mpsc::channel();
    let (leave, may_leave) = mpsc::channel();
    let (done, is_done) = mpsc::channel();
    let first = Mutex::new(Some((entered, may_leave)));
    let second = Mutex::new(Some((leave, is_done)));
    let runs = AtomicUsize::new(0);
    // Its first run waits for the second, and the second for the first to be published.
    let chosen = computed({
        let (flag, left, right) = (flag.clone(), left.clone(), right.clone());
        move || {
            let value = if flag.get() { left.get() } else { right.get() };
            match runs.fetch_add(1, SeqCst) {
                0 => {
                    let (entered, may_leave) = first.lock().unwrap().take().unwrap();
                    entered.send(()).unwrap();
                    may_leave.recv().unwrap();
                }
                1 => {
                    let (leave, is_done) = second.lock().unwrap().take().unwrap();
                    leave.send(()).unwrap();
                    is_done.recv().unwrap();
                }
                _ => {}
            }
            value
        }
    });
    let next = chosen.map(|value| value + 1);
    let running = std::thread::spawn(move || {
        let value = chosen.get();
        done.send(()).unwrap();
        value
    });
    has_entered.recv().unwrap();
    flag.set(false);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let _watching = next.on_change({
        let seen = Arc::clone(&seen);
        move |value| seen.lock().unwrap().push(*value)
    });
    assert_eq!(next.get(), 11);
    assert_eq!(running.join().unwrap(), 1);
    right.set(20);
    assert_eq!(next.get(), 21);
    assert_eq!(*seen.lock().unwrap(), [21]);
}
