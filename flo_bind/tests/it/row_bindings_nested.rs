//! Rows that read another derived collection, which is made or goes on in the middle of their own run.

use std::panic::{AssertUnwindSafe, catch_unwind};

use flo_bind::{Binding, BoundExt, Computed, ListBinding, ListRef, bind};

use crate::{derived_maps_costs::Calls, quiet::quietly};

/// A list whose rows read `own`.
fn inner(own: &Binding<i32>, calls: &Calls) -> ListRef<i32> {
    let (own, calls) = (own.read_only(), calls.clone());
    ListBinding::from(vec![1, 2, 3]).map(move |row| {
        calls.count();
        row * own.get()
    })
}

/// A list whose rows read `own` before they read `sum`.
fn outer(own: &Binding<i32>, sum: &Computed<i32>, calls: &Calls) -> ListRef<i32> {
    let (own, sum, calls) = (own.read_only(), sum.clone(), calls.clone());
    ListBinding::from(vec![100, 200]).map(move |row| {
        calls.count();
        row + own.get() + sum.get()
    })
}

#[test]
fn w1_what_a_row_has_read_before_it_made_another_list_is_its_own() {
    let (a, b) = (bind(1), bind(1));
    let (in_inner, in_outer) = (Calls::default(), Calls::default());
    let sum = inner(&b, &in_inner).sum();
    let all = outer(&a, &sum, &in_outer);
    assert_eq!(all.snapshot(), [107, 207]);
    assert_eq!((in_inner.take(), in_outer.take()), (3, 2));
    a.set(2);
    assert_eq!(all.snapshot(), [108, 208]);
    assert_eq!((in_inner.take(), in_outer.take()), (0, 2), "no row of the inner one has read that");
    b.set(2);
    assert_eq!(all.snapshot(), [114, 214]);
    assert_eq!((in_inner.take(), in_outer.take()), (3, 2));
    // The inner one goes on while a row of the outer one is asked.
    for step in 3..10 {
        a.set(step);
        b.set(step);
        assert_eq!(all.snapshot(), [100 + 7 * step, 200 + 7 * step]);
        assert_eq!((in_inner.take(), in_outer.take()), (3, 2));
    }
    a.set(0);
    assert_eq!(all.snapshot(), [154, 254]);
    assert_eq!((in_inner.take(), in_outer.take()), (0, 2));
}

#[test]
fn w1_what_a_row_has_read_before_another_list_panics_is_its_own() {
    let (a, b) = (bind(1), bind(1));
    let broken = {
        let b = b.read_only();
        ListBinding::from(vec![1]).map(move |row| {
            assert!(b.get() != 0, "a row panics");
            *row
        })
    };
    let sum = broken.sum();
    let all = {
        let (a, sum) = (a.read_only(), sum.clone());
        ListBinding::from(vec![100]).map(move |row| {
            let own = a.get();
            row + own + catch_unwind(AssertUnwindSafe(|| sum.get())).unwrap_or(1_000)
        })
    };
    quietly(|| {
        b.set(0);
        assert_eq!(all.snapshot(), [1_101]);
        a.set(2);
        assert_eq!(all.snapshot(), [1_102]);
        b.set(1);
        assert_eq!(all.snapshot(), [103]);
    });
    a.set(3);
    assert_eq!(all.snapshot(), [104]);
}
