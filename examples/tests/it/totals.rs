//! The desk's totals against an independent count.

use std::{fs, path::Path};

use order_desk::feed::Source;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use crate::{
    desk_run::{source, totals},
    independent::{count, in_parts},
};

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

fn edge() -> Vec<u8> {
    fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/data/edge.csv")).unwrap()
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Splits the auditors' reports off, and checks that each is complete.
fn without_subscribers(mut totals: Value, subscribers: usize) -> Value {
    let lines = totals["lines"].clone();
    let reports = totals.as_object_mut().unwrap().remove("subscribers");
    let reports = reports.map_or(Vec::new(), |reports| reports.as_array().unwrap().clone());
    assert_eq!(reports.len(), subscribers);
    for report in reports {
        assert_eq!(report["complete"], true, "{report}");
        assert_eq!(report["received"], lines, "{report}");
    }
    totals
}

#[test]
fn the_edge_file_has_the_totals_that_were_counted_by_hand() {
    let expected = json(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/data/edge.totals.json")));
    for subscribers in [0, 1, 16, 64] {
        let found = without_subscribers(totals(vec![source(&edge())], subscribers), subscribers);
        assert_eq!(found, expected);
    }
}

#[test]
fn the_edge_file_has_the_totals_of_an_independent_count() {
    // What that count makes of a quote that does not close, or closes too soon, is its own affair.
    let text = edge();
    let strange = |line: &&[u8]| {
        [&b"this quote never closes"[..], b"\"A1\"0"]
            .iter()
            .any(|words| line.windows(words.len()).any(|window| window == *words))
    };
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    assert_eq!(lines.clone().filter(strange).count(), 2);
    let plain: Vec<u8> = lines.filter(|line| !strange(line)).flatten().copied().collect();
    assert_eq!(in_parts(&totals(vec![source(&plain)], 0)), count(&[plain]));
}

#[test]
fn the_real_orders_have_the_totals_of_an_independent_count() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let december = folder.join("online-retail-2010-12.csv");
    let spring = folder.join("online-retail-2011-h1.csv");
    if !december.exists() {
        println!("not checked: the real orders are not here");
        return;
    }
    let open = |path: &Path| Source::open(path.to_str().unwrap()).unwrap();
    let mut expected = json(&folder.join("online-retail-2010-12.totals.json"));
    expected["rejected"] = 0.into();
    for subscribers in [0, 16] {
        let found = without_subscribers(totals(vec![open(&december)], subscribers), subscribers);
        assert_eq!(in_parts(&found), in_parts(&expected));
    }
    let both = totals(vec![open(&december), open(&spring)], 0);
    let files = [fs::read(&december).unwrap(), fs::read(&spring).unwrap()];
    assert_eq!(in_parts(&both), count(&files));
}

/// A row as a shop may write it: few names, so that they meet again, and amounts that are often equal.
fn row() -> impl Strategy<Value = Vec<String>> {
    (
        select(vec!["1", "2", "3", "C1", "C2", "C9", "A7"]),
        select(vec!["10", "11", "12a", "12A", "DOT", "", "x,y"]),
        select(vec![
            "plain",
            "",
            "with, comma",
            "with \"quotes\"",
            "two\nlines",
            "two\r\nlines",
            "ü",
        ]),
        prop_oneof![(-9_i64..9).prop_map(|n| n.to_string()), Just("many".into())],
        select(vec!["2010-12-01 08:26:00", "2011-02-28 00:00:00", "2011-99-01 00:00:00"]),
        select(vec!["1", "2.50", "0.005", "0", "-1.25", "7.1", "two"]),
        select(vec!["", "17850.0", "17850", "9", "12346.0", "x"]),
        select(vec!["France", "EIRE", "Korea, South", "\u{1F1EF}"]),
    )
        .prop_map(|(order, product, words, quantity, at, price, customer, country)| {
            [order, product, words, &quantity, at, price, customer, country]
                .map(String::from)
                .to_vec()
        })
}

fn file(rows: &[Vec<String>], terminator: csv::Terminator) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(HEADER.into());
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.into_inner().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_number_of_files_has_the_totals_of_an_independent_count(
        files in vec((vec(row(), 0..60), any::<bool>()), 0..4),
        subscribers in 0_usize..3,
    ) {
        let files: Vec<Vec<u8>> = files
            .iter()
            .map(|(rows, crlf)| {
                let terminator =
                    if *crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
                file(rows, terminator)
            })
            .collect();
        let found = totals(files.iter().map(|bytes| source(bytes)).collect(), subscribers);
        prop_assert_eq!(in_parts(&without_subscribers(found, subscribers)), count(&files));
    }
}
