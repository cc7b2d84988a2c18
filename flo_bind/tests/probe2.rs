//! Stress.
#![allow(missing_docs, unused, clippy::all, clippy::pedantic)]
use flo_bind::*;
use std::sync::{Arc, Mutex, atomic::{AtomicBool, AtomicU64, Ordering::SeqCst}};
use std::thread;
use std::time::*;
struct R(u64);
impl R { fn n(&mut self) -> u64 { self.0 ^= self.0 << 13; self.0 ^= self.0 >> 7; self.0 ^= self.0 << 17; self.0 } }
#[test]
fn random_graphs() {
    let end = Instant::now() + Duration::from_secs(25);
    let mut seed = 1_u64;
    while Instant::now() < end {
        seed += 1;
        let mut r = R(0x9E3779B97F4A7C15_u64.wrapping_mul(seed));
        let src: Vec<_> = (0..4).map(|i| bind(i as i64)).collect();
        let mut nodes: Vec<BindRef<i64>> = src.iter().map(|s| s.read_only()).collect();
        let mut f: Vec<(usize, usize, usize, i64)> = vec![];
        for _ in 0..8 {
            let n = nodes.len() as u64;
            let (a, b, c, m) = ((r.n() % n) as usize, (r.n() % n) as usize, (r.n() % n) as usize, (r.n() % 3 + 1) as i64);
            let (x, y, z) = (nodes[a].clone(), nodes[b].clone(), nodes[c].clone());
            let w = r.n() % 3 == 0;
            f.push((a, b, c, m));
            nodes.push(computed(move || { let v = x.get(); if w { thread::yield_now() } (if v % 2 == 0 { y.get() } else { z.get() } + v).rem_euclid(2 + m) }).into());
        }
        let f = Arc::new(f);
        let check = { let (f, nodes) = (f.clone(), nodes.clone()); Arc::new(move |rev: bool, salt: u64| {
            let n = nodes.len();
            let mut v = vec![0; n];
            for i in 0..n { let i = if rev { n - 1 - i } else { (i + salt as usize) % n }; v[i] = nodes[i].get(); }
            for (i, (a, b, c, m)) in f.iter().enumerate() {
                let want = (if v[*a] % 2 == 0 { v[*b] } else { v[*c] } + v[*a]).rem_euclid(2 + m);
                assert_eq!(v[4 + i], want, "glitch at {i} {v:?} {f:?}");
            }
            v
        }) };
        let last = Arc::new(Mutex::new(vec![]));
        let _effects: Vec<_> = (0..2).map(|k| { let (check, last) = (check.clone(), last.clone()); effect(move || { let v = check(k == 0, 3); if k == 1 { *last.lock().unwrap() = v } }) }).collect();
        let singles: Vec<_> = nodes.iter().map(|n| { let l = Arc::new(Mutex::new(n.get())); let s = n.on_change({ let l = l.clone(); move |v| *l.lock().unwrap() = *v }); (l, s) }).collect();
        thread::scope(|s| for t in 0..3_u64 { let (src, check, nodes) = (&src, check.clone(), &nodes); s.spawn(move || {
            let mut r = R(seed * 77 + t * 1313 + 5);
            for _ in 0..30 {
                match r.n() % 7 {
                    0 | 1 => src[(r.n() % 4) as usize].set((r.n() % 4) as i64),
                    2 => transaction(|| { for _ in 0..3 { src[(r.n() % 4) as usize].set((r.n() % 4) as i64); if r.n() % 2 == 0 { check(r.n() % 2 == 0, r.n() % 12); } } }),
                    3 => { let i = r.n() % 12; nodes[i as usize].get(); }
                    4 => src[(r.n() % 4) as usize].update(|v| *v = (*v + 1) % 4),
                    _ => { snapshot(|| { let a = check(r.n() % 2 == 0, r.n() % 12); thread::yield_now(); assert_eq!(a, check(r.n() % 2 == 0, 0)); }); }
                }
            }
        }); });
        let v = snapshot(|| check(false, 0));
        assert_eq!(*last.lock().unwrap(), v, "effect missed the end, seed {seed}");
        for (i, (l, _)) in singles.iter().enumerate() { assert_eq!(*l.lock().unwrap(), v[i], "on_change {i} missed, seed {seed}"); }
    }
    eprintln!("seeds {seed}");
}
