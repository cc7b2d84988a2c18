//! Probes.
#![allow(missing_docs, unused, clippy::all, clippy::pedantic)]
use flo_bind::*;
use futures::{FutureExt, StreamExt};
use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

/// A -> B -> A: a verified node is taken for right in the middle.
#[test]
fn aba_verified() {
    let s = bind(1);
    let d = s.map(|s| *s);
    let p = d.map(|d| *d * 10);
    let q = bind(0);
    assert_eq!(p.get(), 10);
    s.set(2);
    let (go, gone) = mpsc::channel::<()>();
    let (opened, is_open) = mpsc::channel::<()>();
    let t = thread::spawn({
        let (s, p, q) = (s.clone(), p.clone(), q.clone());
        move || {
            snapshot(|| {
                q.get();
                opened.send(()).unwrap();
                gone.recv().unwrap();
                (s.get(), p.get())
            })
        }
    });
    is_open.recv().unwrap();
    s.set(1);
    assert_eq!(p.get(), 10);
    go.send(()).unwrap();
    assert_eq!(t.join().unwrap(), (2, 20));
}

/// A -> B -> A while p runs.
#[test]
fn aba_overtaken() {
    let s = bind(1);
    let d = s.map(|s| *s);
    let gate = Arc::new(Mutex::new(None::<(mpsc::Sender<()>, mpsc::Receiver<()>)>));
    let (in_s, in_r) = mpsc::channel();
    let (go_s, go_r) = mpsc::channel();
    *gate.lock().unwrap() = Some((in_s, go_r));
    let p = d.map({
        let gate = gate.clone();
        move |d| {
            let v = *d * 10;
            let g = gate.lock().unwrap().take();
            if let Some((i, g)) = g {
                i.send(()).unwrap();
                g.recv().unwrap();
            }
            v
        }
    });
    let runner = thread::spawn({
        let p = p.clone();
        move || p.get()
    });
    in_r.recv().unwrap();
    s.set(2);
    let (open_s, open_r) = mpsc::channel();
    let (read_s, read_r) = mpsc::channel::<()>();
    let middle = thread::spawn({
        let (s, p) = (s.clone(), p.clone());
        move || {
            snapshot(|| {
                open_s.send(()).unwrap();
                read_r.recv().unwrap();
                (s.get(), p.get())
            })
        }
    });
    open_r.recv().unwrap();
    s.set(1);
    assert_eq!(d.get(), 1);
    go_s.send(()).unwrap();
    assert_eq!(runner.join().unwrap(), 10);
    read_s.send(()).unwrap();
    assert_eq!(middle.join().unwrap(), (2, 20));
}

#[test]
fn flush_survives_second_payload_drop_panics() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !thread::panicking() {
                panic!("payload drop")
            }
        }
    }
    let a = bind(0);
    let last = Arc::new(AtomicI64::new(-1));
    let mk = |boom: bool| {
        let a = a.clone();
        effect(move || {
            if a.get() == 1 && boom {
                panic::panic_any(Bomb)
            }
        })
    };
    let _1 = mk(true);
    let _2 = mk(true);
    let _3 = effect({
        let (a, last) = (a.clone(), last.clone());
        move || last.store(a.get(), SeqCst)
    });
    let r = panic::catch_unwind(AssertUnwindSafe(|| a.set(1)));
    if let Err(p) = r {
        std::mem::forget(p);
    }
    assert_eq!(last.load(SeqCst), 1);
    a.set(2);
    assert_eq!(last.load(SeqCst), 2);
}

#[test]
fn driver_polled_in_transaction_loses_nothing() {
    let (sum, driver) = bind_stream_driver(futures::stream::iter(0..3000), 0_u32, |n, _| *n += 1);
    transaction(|| futures::executor::block_on(driver));
    assert_eq!(sum.get(), 3000);
}

#[test]
fn driver_polled_in_snapshot_loses_nothing() {
    let (sum, driver) = bind_stream_driver(futures::stream::iter(0..3000), 0_u32, |n, _| *n += 1);
    snapshot(|| futures::executor::block_on(driver));
    assert_eq!(sum.get(), 3000);
}

#[test]
fn driver_stream_drop_panics() {
    struct S;
    impl futures::Stream for S {
        type Item = u8;
        fn poll_next(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<u8>> {
            std::task::Poll::Ready(None)
        }
    }
    impl Drop for S {
        fn drop(&mut self) {
            panic!("stream drop")
        }
    }
    let (sum, driver) = bind_stream_driver(S, 0_u32, |n, _| *n += 1);
    let r = panic::catch_unwind(AssertUnwindSafe(|| futures::executor::block_on(driver)));
    assert!(sum.is_ended());
    assert!(r.is_ok());
}

#[test]
fn nested_transaction_in_snapshot_rolls_back() {
    let a = bind(0);
    snapshot(|| {
        let _ = panic::catch_unwind(AssertUnwindSafe(|| {
            transaction(|| {
                a.set(1);
                panic!("x")
            })
        }));
    });
    assert_eq!(a.get(), 0);
}

#[test]
fn nested_snapshot_panic_drops_writes() {
    let a = bind(0);
    snapshot(|| {
        let _ = panic::catch_unwind(AssertUnwindSafe(|| {
            snapshot(|| {
                a.set(1);
                panic!("x")
            })
        }));
    });
    assert_eq!(a.get(), 0);
}

#[test]
fn update_that_writes_its_own_binding_ends() {
    let (s, r) = mpsc::channel();
    thread::spawn(move || {
        let b = bind(0_i64);
        let b2 = b.clone();
        b.update(move |v| {
            b2.set(*v + 1);
            *v += 10;
        });
        s.send(b.get()).unwrap();
    });
    assert!(r.recv_timeout(Duration::from_secs(3)).is_ok(), "hang");
}

#[derive(Clone)]
struct EqWrites(i32, Binding<i32>, bool);
impl PartialEq for EqWrites {
    fn eq(&self, o: &Self) -> bool {
        self.1.set(self.1.get() + 1);
        if self.2 || o.2 {
            panic!("eq")
        }
        self.0 == o.0
    }
}

#[test]
fn eq_that_writes_and_panics_leaves_nothing_pending() {
    let n = bind(0);
    let a = bind(EqWrites(0, n.clone(), true));
    let r = panic::catch_unwind(AssertUnwindSafe(|| a.set(EqWrites(1, n.clone(), true))));
    assert!(r.is_err());
    let now = n.get();
    let x = bind(0);
    x.set(1);
    assert_eq!(n.get(), now, "a write of a panicked comparison came later");
}

#[test]
fn eq_that_writes_in_follow_and_on_change() {
    let n = bind(0);
    let a = bind(EqWrites(0, n.clone(), false));
    let mut f = a.follow();
    assert!(f.next().now_or_never().is_some());
    a.set(EqWrites(1, n.clone(), false));
    let before = n.get();
    assert_eq!(before, 1);
    assert!(f.next().now_or_never().is_some());
    assert_eq!(n.get(), 2, "follow");
    let _c = a.on_change(|_| {});
    let before = n.get();
    a.set(EqWrites(2, n.clone(), false));
    assert_eq!(n.get(), before + 2, "on_change");
}

#[test]
fn staged_deep_chain_is_linear() {
    let time = |n: usize| {
        let a = bind(0_u64);
        let mut top: BindRef<u64> = a.read_only();
        for _ in 0..n {
            top = top.map(|v| v + 1).into();
        }
        top.get();
        let t = Instant::now();
        transaction(|| {
            a.set(5);
            assert_eq!(top.get(), 5 + n as u64);
        });
        t.elapsed()
    };
    let (a, b) = (time(1000), time(8000));
    eprintln!("staged chain {a:?} {b:?}");
    assert!(b < a * 24, "quadratic {a:?} {b:?}");
}

#[test]
fn staged_write_is_seen_through_changed_deps() {
    let flag = bind(true);
    let a = bind(1);
    let b = bind(2);
    let c = computed({
        let (flag, a, b) = (flag.clone(), a.clone(), b.clone());
        move || if flag.get() { a.get() } else { b.get() }
    });
    assert_eq!(c.get(), 1);
    let got = transaction(|| {
        flag.get();
        thread::scope(|s| {
            s.spawn(|| {
                flag.set(false);
                assert_eq!(c.get(), 2);
            });
        });
        a.set(100);
        c.get()
    });
    assert_eq!(got, 100);
}

/// c is evaluated privately by p, then published stale with other deps.
#[test]
fn alone_then_published_stale() {
    let flag = bind(true);
    let a = bind(1);
    let b = bind(10);
    let calls = Arc::new(AtomicUsize::new(0));
    let (in_s, in_r) = mpsc::channel();
    let (go_s, go_r) = mpsc::channel::<()>();
    let (done_s, done_r) = mpsc::channel::<()>();
    let gates = Mutex::new((in_s, go_r, done_r));
    let gates2 = go_s;
    let gates = Arc::new(gates);
    struct G {
        in_s: mpsc::Sender<()>,
    }
    let first = Arc::new(Mutex::new(None));
    let second = Arc::new(Mutex::new(None));
    let (in_s, go_r, done_r) = Arc::try_unwrap(gates).ok().unwrap().into_inner().unwrap();
    *first.lock().unwrap() = Some((in_s, go_r));
    *second.lock().unwrap() = Some((gates2, done_r));
    let c = computed({
        let (flag, a, b, calls, first, second) =
            (flag.clone(), a.clone(), b.clone(), calls.clone(), first.clone(), second.clone());
        move || {
            let v = if flag.get() { a.get() } else { b.get() };
            match calls.fetch_add(1, SeqCst) {
                0 => {
                    let (i, g) = first.lock().unwrap().take().unwrap();
                    i.send(()).unwrap();
                    g.recv().unwrap();
                }
                1 => {
                    let (g, d) = second.lock().unwrap().take().unwrap();
                    g.send(()).unwrap();
                    d.recv().unwrap();
                }
                _ => {}
            }
            v
        }
    });
    let p = c.map(|v| v + 1);
    let t = thread::spawn({
        let c = c.clone();
        move || {
            let v = c.get();
            done_s.send(()).unwrap();
            v
        }
    });
    in_r.recv().unwrap();
    flag.set(false);
    let seen = Arc::new(Mutex::new(vec![]));
    let _e = p.on_change({
        let seen = seen.clone();
        move |v| seen.lock().unwrap().push(*v)
    });
    assert_eq!(p.get(), 11);
    assert_eq!(t.join().unwrap(), 1);
    b.set(20);
    assert_eq!(p.get(), 21);
    assert_eq!(*seen.lock().unwrap(), [21]);
}

#[test]
fn effect_marked_while_running_checks() {
    let a = bind(0);
    let parity = a.map(|a| a % 2);
    let runs = Arc::new(AtomicUsize::new(0));
    let (in_s, in_r) = mpsc::channel();
    let (go_s, go_r) = mpsc::channel::<()>();
    let kick = bind(0);
    let e = effect({
        let (parity, runs, kick) = (parity.clone(), runs.clone(), kick.clone());
        move || {
            let k = kick.get();
            parity.get();
            runs.fetch_add(1, SeqCst);
            if k == 1 {
                in_s.send(()).unwrap();
                go_r.recv().unwrap();
            }
        }
    });
    let t = thread::spawn({
        let kick = kick.clone();
        move || kick.set(1)
    });
    in_r.recv().unwrap();
    a.set(2);
    let _ = go_s.send(());
    let _ = go_s.send(());
    t.join().unwrap();
    assert_eq!(runs.load(SeqCst), 2);
}

#[test]
fn effect_that_writes_then_reads() {
    let (x, a) = (bind(0), bind(0));
    let runs = Arc::new(AtomicUsize::new(0));
    let _e = effect({
        let (x, a, runs) = (x.clone(), a.clone(), runs.clone());
        move || {
            let v = x.get();
            a.set(v);
            assert_eq!(a.get(), v);
            runs.fetch_add(1, SeqCst);
        }
    });
    x.set(1);
    x.set(2);
    assert_eq!(runs.load(SeqCst), 3);
}

#[test]
fn value_drop_panics_on_equal_recompute() {
    struct V(i32, bool);
    impl PartialEq for V {
        fn eq(&self, o: &Self) -> bool {
            self.0 == o.0
        }
    }
    impl Drop for V {
        fn drop(&mut self) {
            if self.1 && !thread::panicking() {
                panic!("value drop")
            }
        }
    }
    let a = bind(0);
    let c = computed({
        let a = a.clone();
        move || {
            let a = a.get();
            V(a % 2, a == 2)
        }
    });
    assert_eq!(c.with(|v| v.0), 0);
    a.set(2);
    let r = panic::catch_unwind(AssertUnwindSafe(|| c.with(|v| v.0)));
    eprintln!("first {:?}", r.as_ref().err().and_then(|e| e.downcast_ref::<&str>()));
    let r = panic::catch_unwind(AssertUnwindSafe(|| c.with(|v| v.0)));
    assert_eq!(r.ok(), Some(0));
    a.set(3);
    let r = panic::catch_unwind(AssertUnwindSafe(|| c.with(|v| v.0)));
    assert_eq!(r.ok(), Some(1));
}

#[test]
fn on_change_in_effect_or_transaction_sees_change_after_call() {
    let b = bind(1);
    let seen = Arc::new(Mutex::new(vec![]));
    let keep = Arc::new(Mutex::new(None));
    transaction(|| {
        *keep.lock().unwrap() = Some(b.on_change({
            let seen = seen.clone();
            move |v| seen.lock().unwrap().push(*v)
        }));
        b.set(2);
    });
    assert_eq!(*seen.lock().unwrap(), [2]);
}

#[test]
fn stolen_effect() {
    // T1: a.set -> wave [G, E]; G blocks until T2's F has set b; F then blocks until T1's set is back.
    let (a, b, k) = (bind(0), bind(0), bind(0));
    let (g_in_s, g_in_r) = mpsc::channel();
    let (f_set_s, f_set_r) = mpsc::channel();
    let (done_s, done_r) = mpsc::channel();
    let _g = effect({
        let a = a.clone();
        move || {
            if a.get() == 1 {
                g_in_s.send(()).unwrap();
                f_set_r.recv().unwrap()
            }
        }
    });
    let seen = Arc::new(Mutex::new(vec![]));
    let _e = effect({
        let (a, b, seen) = (a.clone(), b.clone(), seen.clone());
        move || seen.lock().unwrap().push((a.get(), b.get()))
    });
    let timed = Arc::new(AtomicBool::new(false));
    let _f = effect({
        let (b, k, timed) = (b.clone(), k.clone(), timed.clone());
        move || {
            if k.get() == 1 {
                b.set(1);
                f_set_s.send(()).unwrap();
                if done_r.recv_timeout(Duration::from_secs(2)).is_err() {
                    timed.store(true, SeqCst)
                }
            }
        }
    });
    let t1 = thread::spawn({
        let (a, seen) = (a.clone(), seen.clone());
        move || {
            a.set(1);
            let v = seen.lock().unwrap().clone();
            done_s.send(()).unwrap();
            v
        }
    });
    g_in_r.recv().unwrap();
    k.set(1);
    let v = t1.join().unwrap();
    assert_eq!(v.last().unwrap().0, 1, "{v:?}: a set returned before the effect it caused had run");
}
