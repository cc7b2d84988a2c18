//! Money is exact: no order of addition shows, and no number of decimals is lost.

use order_desk::model::{AmountError, Money};
use proptest::{collection::vec, prelude::*};

fn money(text: &str) -> Result<Money, AmountError> {
    text.parse()
}

/// `parts` hundred-millionths as a decimal number, with as many zeros as it takes.
fn written(parts: i128) -> String {
    let (sign, parts) = (if parts < 0 { "-" } else { "" }, parts.unsigned_abs());
    format!("{sign}{}.{:08}", parts / 100_000_000, parts % 100_000_000)
}

#[test]
fn money_has_at_least_two_decimals_and_all_that_it_needs() {
    for (text, shown) in [
        ("0", "0.00"),
        ("-0", "0.00"),
        ("2.5", "2.50"),
        ("-.5", "-0.50"),
        ("007.100", "7.10"),
        ("1.005", "1.005"),
        ("0.00000001", "0.00000001"),
        ("1.50000000000000000000000000000000000000", "1.50"),
        ("1000000000000000", "1000000000000000.00"),
    ] {
        assert_eq!(money(text).unwrap().to_string(), shown);
    }
}

#[test]
fn what_is_no_amount_is_an_error() {
    for text in ["", "-", ".", "+-1", "1e3", "1_000", "1,5", " 1", "1.2.3", "½", "0x1", "NaN"] {
        assert_eq!(money(text), Err(AmountError::NoNumber), "{text}");
    }
    for text in ["1000000000000000.01", "-9999999999999999", &"9".repeat(400)] {
        assert_eq!(money(text), Err(AmountError::TooLarge), "{text}");
    }
    assert_eq!(money("0.000000001"), Err(AmountError::TooFine));
}

proptest! {
    #[test]
    fn m1_sums_are_exact_in_every_order(
        parts in vec(-100_000_000_000_000_000_000_000_i128..=100_000_000_000_000_000_000_000, 0..200)
    ) {
        let amounts: Vec<Money> = parts.iter().map(|parts| money(&written(*parts)).unwrap()).collect();
        let forwards: Money = amounts.iter().copied().sum();
        let backwards: Money = amounts.iter().rev().copied().sum();
        prop_assert_eq!(forwards, backwards);
        let negated: Money = amounts.iter().map(|amount| -*amount).sum();
        prop_assert_eq!(-negated, forwards);
        // Written with all eight decimals or with two: but for zeros at the end it is one text.
        let (expected, shown) = (written(parts.iter().sum()), forwards.to_string());
        prop_assert_eq!(shown.trim_end_matches('0'), expected.trim_end_matches('0'));
    }
}
