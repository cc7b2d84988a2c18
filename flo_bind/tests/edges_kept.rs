//! What a node keeps of its deps does not depend on who is linked to them in between.

use allocation_counter::measure;
use flo_bind::{Binding, BoundExt, Computed, bind, computed};

const ROWS: usize = 1_000;

/// The bytes of a table over rows, all of which read the same settings as it does.
fn weight(are_rows_first: bool) -> i64 {
    let settings: Vec<Binding<usize>> = (0..10).map(bind).collect();
    let sum = |settings: &[Binding<usize>]| settings.iter().map(BoundExt::get).sum::<usize>();
    let rows: Vec<Computed<usize>> = (0..ROWS)
        .map(|row| {
            let settings = settings.clone();
            computed(move || sum(&settings) + row)
        })
        .collect();
    if are_rows_first {
        assert_eq!(rows.iter().map(BoundExt::get).max(), Some(45 + ROWS - 1));
    }
    let table = computed({
        let (rows, settings) = (rows.clone(), settings.clone());
        move || rows.iter().map(|row| sum(&settings) + row.get()).sum::<usize>()
    });
    assert_eq!(table.get(), ROWS * 90 + ROWS * (ROWS - 1) / 2);
    -measure(|| drop(table)).bytes_current
}

#[test]
fn a_table_has_one_edge_for_each_dep_whichever_is_computed_first() {
    let (before, within) = (weight(true), weight(false));
    assert!(before > 0, "it has edges");
    assert!(within < before * 2, "{before} bytes where the rows are computed first, else {within}");
}
