//! Money, exact in every order of addition.
//!
//! A [`Decimal`] holds 96 bits and a scale; a sum that needs more is rounded in silence, and then the order
//! of addition would show. So no such sum can come about:
//!
//! M1: an amount has at most [`DECIMALS`] decimals and is at most [`LARGEST`] either way.
//! M2: the row parser admits amounts only while all of them together, signs aside, stay within
//!     [`VOLUME`] (`csv/volume.rs`).
//!
//! `VOLUME` × 10^`DECIMALS` = 7 × 10^28 is below 2^96 ≈ 7.9 × 10^28: every sum of admitted amounts, whichever
//! are taken in whatever order, is exact. At the size of amounts that shops know, that is no limit at all.

use std::{
    fmt,
    iter::Sum,
    ops::{AddAssign, Neg, SubAssign},
};

use rust_decimal::Decimal;

/// How many decimals an amount may have.
pub(crate) const DECIMALS: u32 = 8;

/// The largest amount that one line may have: a quadrillion.
pub(crate) const LARGEST: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);

/// The largest sum of amounts, signs aside, that the desk admits: 7 × 10^20.
pub(crate) const VOLUME: Decimal = Decimal::from_parts(3_044_016_128, 4_067_660_605, 37, false, 0);

/// An exact amount of money. Prints at least two decimals, and all that it needs.
///
/// ```
/// use order_desk::model::Money;
///
/// let price: Money = "2.5".parse().unwrap();
/// assert_eq!(price.to_string(), "2.50");
/// assert_eq!(price.times(-3).unwrap().to_string(), "-7.50");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money(Decimal);

/// Why a text or a product is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AmountError {
    /// It is no decimal number.
    NoNumber,
    /// It is beyond a quadrillion.
    TooLarge,
    /// It has more than eight decimals.
    TooFine,
}

impl AmountError {
    /// What the text is instead of an amount.
    pub fn text(self) -> &'static str {
        match self {
            Self::NoNumber => "not a decimal number",
            Self::TooLarge => "too large a number",
            Self::TooFine => "a number with more than eight decimals",
        }
    }
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl std::error::Error for AmountError {}

impl Money {
    /// The amount of `cents`.
    pub fn from_cents(cents: i64) -> Self {
        Self(Decimal::new(cents, 2))
    }

    /// This price for `quantity` pieces.
    ///
    /// # Errors
    /// When the product is beyond what an amount may be.
    pub fn times(self, quantity: i64) -> Result<Self, AmountError> {
        // Below LARGEST the product has at most 23 digits, so it is exact; above it is an error anyway.
        self.0
            .checked_mul(Decimal::from(quantity))
            .map_or(Err(AmountError::TooLarge), Self::checked)
    }

    /// The amount, its sign dropped.
    pub(crate) fn magnitude(self) -> Decimal {
        self.0.abs()
    }

    /// The amount as a share of `whole`, for drawing: 0 when either is not positive, at most 1.
    pub fn share_of(self, whole: Self) -> f64 {
        if self.0 <= Decimal::ZERO || whole.0 <= Decimal::ZERO {
            return 0.0;
        }
        let share = self.0.checked_div(whole.0).unwrap_or(Decimal::ONE);
        f64::try_from(share).unwrap_or(1.0).clamp(0.0, 1.0)
    }

    fn checked(amount: Decimal) -> Result<Self, AmountError> {
        let amount = amount.normalize();
        if amount.abs() > LARGEST {
            Err(AmountError::TooLarge)
        } else if amount.scale() > DECIMALS {
            Err(AmountError::TooFine)
        } else {
            Ok(Self(amount))
        }
    }
}

impl std::str::FromStr for Money {
    type Err = AmountError;

    /// Takes an optional sign, digits, and at most one point; no exponent, no separators.
    fn from_str(text: &str) -> Result<Self, AmountError> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + part.len() == 0 || !are_digits(whole) || !are_digits(part) {
            return Err(AmountError::NoNumber);
        }
        // Zeros at the outer ends would count against the precision without being worth anything.
        let (whole, part) = (whole.trim_start_matches('0'), part.trim_end_matches('0'));
        if whole.len() > 16 {
            return Err(AmountError::TooLarge);
        }
        let scale = u32::try_from(part.len()).ok().filter(|scale| *scale <= DECIMALS);
        let scale = scale.ok_or(AmountError::TooFine)?;
        let magnitude: i128 =
            format!("0{whole}{part}").parse().map_err(|_| AmountError::TooLarge)?;
        let sign: i128 = if text.starts_with('-') { -1 } else { 1 };
        Self::checked(Decimal::from_i128_with_scale(sign * magnitude, scale))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, amount: Self) {
        // Exact and within range by M1 and M2.
        self.0 += amount.0;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, amount: Self) {
        // As exact: what is taken away was added before, so what is left is a sum of some of the amounts.
        self.0 -= amount.0;
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), |mut sum, amount| {
            sum += amount;
            sum
        })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amount = self.0.normalize();
        let decimals = usize::try_from(amount.scale()).unwrap_or_default().max(2);
        f.pad(&format!("{amount:.decimals$}"))
    }
}
