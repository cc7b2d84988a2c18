//! Records become sales, or a message that says what is wrong.

use order_desk::{
    csv::{Record, RowParser, Splitter},
    model::{CustomerKey, Sale},
};
use proptest::{collection::vec, prelude::*};

const GOOD: [&str; 8] =
    ["536365", "85123A", "HOLDER", "6", "2010-12-01 08:26:00", "2.55", "17850.0", "United Kingdom"];

fn parse_bytes(bytes: &[u8]) -> Result<Sale, String> {
    let mut record = Record::default();
    let outcome = Splitter::new(bytes).read(&mut record).unwrap().expect("there is a record");
    outcome.map_err(|defect| defect.to_string())?;
    RowParser::default().parse(&record).map_err(|error| error.to_string())
}

/// The good row with one field replaced.
fn with(column: usize, text: &str) -> Result<Sale, String> {
    let mut fields = GOOD;
    fields[column] = text;
    parse_bytes(fields.join(",").as_bytes())
}

#[test]
fn a_row_is_a_sale() {
    let sale = parse_bytes(GOOD.join(",").as_bytes()).unwrap();
    assert_eq!(sale.order.as_str(), "536365");
    assert_eq!(sale.product.as_str(), "85123A");
    assert_eq!(&*sale.description, "HOLDER");
    assert_eq!(sale.quantity, 6);
    assert_eq!(sale.at, jiff::civil::datetime(2010, 12, 1, 8, 26, 0, 0));
    assert_eq!((sale.price.to_string(), sale.amount.to_string()), ("2.55".into(), "15.30".into()));
    assert_eq!(sale.customer, Some(CustomerKey(17850)));
    assert_eq!(sale.country.as_str(), "United Kingdom");
}

#[test]
fn a_customer_is_a_number_however_it_is_written_or_nobody() {
    for text in ["17850", "17850.0", "17850.00", "017850"] {
        assert_eq!(with(6, text).unwrap().customer, Some(CustomerKey(17850)), "{text}");
    }
    assert_eq!(with(6, "").unwrap().customer, None);
    for text in ["x", "1.5", "-1", ".0", "1.", "1 ", "99999999999999999999"] {
        assert!(with(6, text).is_err(), "{text}");
    }
}

#[test]
fn a_message_says_which_column_and_what_is_wrong_with_it() {
    let error = |column, text: &str| with(column, text).unwrap_err();
    assert_eq!(error(3, "six"), "Quantity \"six\" is not a whole number");
    assert_eq!(
        error(3, "9223372036854775808"),
        "Quantity \"9223372036854775808\" is too large a number"
    );
    assert_eq!(error(5, "2,55"), "9 fields instead of 8");
    assert_eq!(error(5, "1e3"), "UnitPrice \"1e3\" is not a decimal number");
    assert_eq!(error(5, ""), "UnitPrice \"\" is not a decimal number");
    assert_eq!(
        error(5, "1.123456789"),
        "UnitPrice \"1.123456789\" is a number with more than eight decimals"
    );
    assert_eq!(error(6, "x"), "CustomerID \"x\" is not the number of a customer");
    assert_eq!(
        error(4, "2010-12-01"),
        "InvoiceDate \"2010-12-01\" is not a date such as 2010-12-01 08:26:00"
    );
    let long = error(5, &"9".repeat(100));
    assert_eq!(long, format!("UnitPrice \"{}…\" is too large a number", "9".repeat(40)));
    assert_eq!(error(5, "\u{1b}[2J"), "UnitPrice \"\\u{1b}[2J\" is not a decimal number");
    assert_eq!(parse_bytes(b"one\n").unwrap_err(), "1 field instead of 8");
    assert_eq!(parse_bytes(b"1,2,\xFF,4,5,6,7,8").unwrap_err(), "Description is not UTF-8");
}

#[test]
fn only_dates_that_exist_are_dates() {
    for text in ["2011-02-28 00:00:00", "2012-02-29 23:59:59"] {
        assert!(with(4, text).is_ok(), "{text}");
    }
    for text in [
        "2011-02-29 00:00:00",
        "2011-13-01 00:00:00",
        "2011-12-01 24:00:00",
        "2011-12-01 08:26:60",
        "2011-12-01T08:26:00",
        "2011-12-01 8:26:000",
        "+011-12-01 08:26:00",
        "",
    ] {
        assert!(with(4, text).is_err(), "{text}");
    }
}

#[test]
fn amounts_are_exact_up_to_a_quadrillion_and_an_error_beyond() {
    let amount = |quantity: &str, price: &str| {
        let mut fields = GOOD;
        (fields[3], fields[5]) = (quantity, price);
        parse_bytes(fields.join(",").as_bytes()).map(|sale| sale.amount.to_string())
    };
    assert_eq!(amount("-3", "0.00000001").unwrap(), "-0.00000003");
    assert_eq!(amount("10000000", "99999999.99999999").unwrap(), "999999999999999.90");
    assert_eq!(amount("1", "1000000000000000").unwrap(), "1000000000000000.00");
    assert_eq!(amount("3", "-.50").unwrap(), "-1.50");
    assert_eq!(amount("3", "+5.").unwrap(), "15.00");
    let too_large = "Quantity × UnitPrice is too large a number";
    assert_eq!(amount("2", "1000000000000000").unwrap_err(), too_large);
    assert_eq!(amount("9223372036854775807", "999999999999999.99999999").unwrap_err(), too_large);
    assert_eq!(amount("9223372036854775807", "0").unwrap(), "0.00");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..300)) {
        let (mut splitter, mut parser) = (Splitter::new(&*bytes), RowParser::default());
        let mut record = Record::default();
        while let Some(outcome) = splitter.read(&mut record).unwrap() {
            if outcome.is_ok() {
                parser.parse(&record).map_or_else(|error| drop(error.to_string()), drop);
            }
        }
    }

    #[test]
    fn no_fields_panic(fields in vec("[-+0-9.eC: ]{0,40}|\\PC{0,9}", 8)) {
        let quoted = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\"")));
        let row = quoted.collect::<Vec<_>>().join(",");
        parse_bytes(row.as_bytes()).map_or_else(drop, drop);
    }

    #[test]
    fn what_was_formatted_parses_to_the_same(
        quantity in any::<i32>(),
        cents in -1_000_000_i64..1_000_000,
    ) {
        let price = order_desk::model::Money::from_cents(cents);
        let mut fields = GOOD.map(String::from);
        (fields[3], fields[5]) = (quantity.to_string(), price.to_string());
        let sale = parse_bytes(fields.join(",").as_bytes()).unwrap();
        prop_assert_eq!((sale.quantity, sale.price), (i64::from(quantity), price));
        prop_assert_eq!(Ok(sale.amount), price.times(quantity.into()));
    }
}
