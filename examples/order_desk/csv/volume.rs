//! Keeps all sums exact: admits amounts while together they fit (M2 of `model/money.rs`).

use rust_decimal::Decimal;

use crate::model::{Money, VOLUME};

/// The sum of all admitted amounts, signs aside.
#[derive(Debug, Default)]
pub(super) struct Volume(Decimal);

impl Volume {
    /// Admits `amount` if there is room for it. One that is refused takes no room from others.
    pub(super) fn admit(&mut self, amount: Money) -> bool {
        let sum = self.0 + amount.magnitude();
        let fits = sum <= VOLUME;
        if fits {
            self.0 = sum;
        }
        fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m2_what_does_not_fit_is_refused_and_what_fits_still_goes_in() {
        let largest: Money = "1000000000000000".parse().unwrap();
        let finest: Money = "0.00000001".parse().unwrap();
        let mut volume = Volume::default();
        assert!(volume.admit(finest));
        for _ in 1..700_000 {
            assert!(volume.admit(largest));
        }
        assert!(!volume.admit(largest), "one more would be past the volume");
        assert!(volume.admit(finest), "there is room for a small one");
        assert_eq!(volume.0.to_string(), "699999000000000000000.00000002");
    }
}
