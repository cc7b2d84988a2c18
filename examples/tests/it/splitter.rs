//! Bytes become records: as the `csv` crate has them where they are well formed, and one record lost where
//! they are not.

use order_desk::csv::{Defect, Record, Splitter};
use proptest::{collection::vec, prelude::*};

type Fields = Vec<Vec<u8>>;

/// Every record with the line it begins on.
fn records(bytes: &[u8]) -> Vec<(u64, Result<Fields, Defect>)> {
    let mut splitter = Splitter::new(bytes);
    let mut record = Record::default();
    let mut found = Vec::new();
    while let Some(outcome) = splitter.read(&mut record).unwrap() {
        let fields = outcome.map(|()| record.fields().map(<[u8]>::to_vec).collect());
        found.push((record.line(), fields));
    }
    assert_eq!(splitter.consumed(), bytes.len() as u64, "every byte is accounted for");
    found
}

/// The same of short texts.
fn texts(bytes: &str) -> Vec<(u64, Result<Vec<String>, Defect>)> {
    let text = |field| String::from_utf8(field).unwrap();
    records(bytes.as_bytes())
        .into_iter()
        .map(|(line, fields)| (line, fields.map(|fields| fields.into_iter().map(text).collect())))
        .collect()
}

fn fields(fields: &[&str]) -> Vec<String> {
    fields.iter().map(ToString::to_string).collect()
}

#[test]
fn a_line_is_the_first_physical_line_of_its_record() {
    let found = texts("a,b\n\"c\nc\r\nc\",d\r\n\n\ne,\"\"\"f\"\"\"\ng");
    assert_eq!(
        found,
        [
            (1, Ok(fields(&["a", "b"]))),
            (2, Ok(fields(&["c\nc\r\nc", "d"]))),
            (7, Ok(fields(&["e", "\"f\""]))),
            (8, Ok(fields(&["g"]))),
        ]
    );
}

#[test]
fn a_byte_order_mark_a_missing_line_end_and_a_carriage_return_are_no_part_of_a_field() {
    assert_eq!(texts("\u{FEFF}\"a\",b\r"), [(1, Ok(fields(&["a", "b"])))]);
    assert_eq!(texts("\u{FEFF}"), []);
    assert_eq!(texts(""), []);
    assert_eq!(texts("\r\n\n\r\n"), [], "lines without a byte are no records");
    assert_eq!(texts(",\n"), [(1, Ok(fields(&["", ""])))]);
    assert_eq!(texts("\"\"\n"), [(1, Ok(fields(&[""])))], "an empty quoted field is one");
}

#[test]
fn a_carriage_return_within_a_line_and_a_quote_within_a_field_are_data() {
    assert_eq!(texts("a\rb,7\" single\n"), [(1, Ok(fields(&["a\rb", "7\" single"])))]);
}

#[test]
fn a_quote_that_never_closes_costs_one_record() {
    let unclosed = |line| Err(Defect::UnclosedQuote { line });
    assert_eq!(
        texts("a,\"b\nc,d\ne,f"),
        [(1, unclosed(1)), (2, Ok(fields(&["c", "d"]))), (3, Ok(fields(&["e", "f"])))]
    );
    // The quote that does not close is the second one, two lines below the record's first.
    assert_eq!(texts("\"a\n\n\",\"b\nc,d\n"), [(1, unclosed(3)), (4, Ok(fields(&["c", "d"])))]);
}

#[test]
fn a_quote_further_down_does_not_close_one_that_was_forgotten() {
    assert_eq!(
        texts("a,\"b\nc,\"d, e\"\nf,g\n"),
        [
            (1, Err(Defect::UnclosedQuote { line: 1 })),
            (2, Ok(fields(&["c", "d, e"]))),
            (3, Ok(fields(&["f", "g"]))),
        ]
    );
    assert_eq!(texts("a,\"b\"c\nd\n"), [(1, Err(Defect::TextAfterQuote)), (2, Ok(fields(&["d"])))]);
}

#[test]
fn a_forgotten_quote_costs_at_most_a_megabyte_and_one_record_of_a_long_file() {
    let mut bytes = b"a,\"b\n".to_vec();
    let rows = 300_000;
    bytes.extend(b"c,d,e\n".repeat(rows));
    let found = records(&bytes);
    assert_eq!(found.len(), rows + 1);
    assert_eq!(found[0], (1, Err(Defect::UnclosedQuote { line: 1 })));
    assert!(
        found[1..].iter().zip(2..).all(|((line, fields), place)| *line == place && fields.is_ok())
    );
}

#[test]
fn a_field_of_a_megabyte_costs_its_record_quoted_or_not() {
    for size in [1_000_000, 1 << 20, (1 << 20) + 1, 5 << 20] {
        let long = "x".repeat(size);
        for row in [format!("a,{long},b\n"), format!("a,\"{long}\",b\n")] {
            let found = texts(&format!("1,2\n{row}3,4\n"));
            assert_eq!(found.len(), 3, "{size}");
            assert_eq!(found[0], (1, Ok(fields(&["1", "2"]))));
            assert!(found[1].0 == 2 && found[1].1.is_err());
            assert_eq!(found[2], (3, Ok(fields(&["3", "4"]))));
        }
    }
}

#[test]
fn many_short_fields_of_more_than_a_megabyte_cost_their_record() {
    let found = texts(&format!("{}\na,b\n", "x,".repeat(1 << 20)));
    assert_eq!(found, [(1, Err(Defect::LongRecord)), (2, Ok(fields(&["a", "b"])))]);
}

/// Bytes that are likely to be quotes, commas and line ends.
fn nasty() -> impl Strategy<Value = Vec<u8>> {
    let byte =
        prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), Just(b'a'), any::<u8>()];
    vec(byte, 0..200)
}

/// Fields that cannot be taken for a byte order mark.
fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    vec(vec("[a-z\",\n\r ü]{0,6}", 1..5), 0..20)
}

proptest! {
    #[test]
    fn no_bytes_stop_it_and_lines_only_go_forward(bytes in nasty()) {
        let found = records(&bytes);
        prop_assert!(found.is_sorted_by(|(one, _), (next, _)| one < next));
        let lines = bytes.split(|byte| *byte == b'\n').count() as u64;
        prop_assert!(found.iter().all(|(line, _)| (1..=lines).contains(line)));
    }

    #[test]
    fn what_is_well_formed_is_split_as_the_csv_crate_does(table in table(), crlf in any::<bool>()) {
        let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new()
            .terminator(terminator)
            .flexible(true)
            .from_writer(Vec::new());
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&*bytes);
        let expected: Vec<Fields> = reader
            .byte_records()
            .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
            .collect();
        let found: Result<Vec<Fields>, Defect> =
            records(&bytes).into_iter().map(|(_, fields)| fields).collect();
        prop_assert_eq!(found.unwrap(), expected);
    }
}
