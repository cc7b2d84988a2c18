//! Seeds: which order it was, so that it can be had again.

use std::{fmt, str::FromStr};

/// The environment variable that says which seed to use.
pub(crate) const VARIABLE: &str = "FLO_TEST_SEED";

/// A number from which all random choices of a run follow.
///
/// Written `417`. Written `417/6` it is a **prefix**: the first six choices are those of seed 417,
/// and from then on whoever can run takes turns. That is what [`for_seeds`](crate::for_seeds) makes
/// of a seed that fails, so that what matters stands out.
///
/// # Examples
/// ```
/// use flo_test::Seed;
///
/// let seed: Seed = "417/6".parse().unwrap();
/// assert_eq!(seed, Seed::from(417).prefix(6));
/// assert_eq!(seed.to_string(), "417/6");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Seed {
    number: u64,
    prefix: Option<u32>,
}

impl Seed {
    /// This seed's first `choices` choices only.
    #[must_use]
    pub fn prefix(self, choices: u32) -> Self {
        Self { prefix: Some(choices), ..self }
    }

    pub(crate) fn prefix_length(self) -> Option<u32> {
        self.prefix
    }

    /// Random numbers that follow from the seed, for the data of a test; a prefix does not shorten
    /// them.
    ///
    /// # Examples
    /// ```
    /// use flo_test::Seed;
    ///
    /// let (mut one, mut same) = (Seed::from(7).random(), Seed::from(7).random());
    /// assert_eq!(one.below(100), same.below(100));
    /// ```
    pub fn random(self) -> Random {
        // Another sequence than that of the choices.
        Random::new(self.number ^ 0xD1B5_4A32_D192_ED03)
    }

    /// The seed that the environment asks for, if it does.
    ///
    /// # Panics
    /// Where the variable's value is no seed.
    pub(crate) fn asked_for() -> Option<Self> {
        let text = std::env::var(VARIABLE).ok()?;
        match text.parse() {
            Ok(seed) => Some(seed),
            Err(error) => panic!("{VARIABLE}={text}: {error}"),
        }
    }

    pub(crate) fn choices(self) -> Choices {
        Choices { random: Random::new(self.number), left: self.prefix, made: 0 }
    }
}

impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        Self { number, prefix: None }
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix {
            None => write!(f, "{}", self.number),
            Some(prefix) => write!(f, "{}/{prefix}", self.number),
        }
    }
}

impl FromStr for Seed {
    type Err = BadSeed;

    fn from_str(text: &str) -> Result<Self, BadSeed> {
        let (number, prefix) = match text.split_once('/') {
            None => (text, None),
            Some((number, prefix)) => (number, Some(prefix.parse().map_err(|_| BadSeed(()))?)),
        };
        Ok(Self { number: number.parse().map_err(|_| BadSeed(()))?, prefix })
    }
}

/// A text that is no [`Seed`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSeed(());

impl fmt::Display for BadSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a seed is a number, such as `417`, or a number and a prefix, such as `417/6`")
    }
}

impl std::error::Error for BadSeed {}

/// Random numbers that are the same in every run: `SplitMix64`, of Steele, Lea and Flood, 2014.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    ///
    /// # Panics
    /// Where `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "no number is below 0");
        // Of 64 random bits the remainder favours nobody by more than `bound` in 2⁶⁴.
        usize::try_from(self.number() % bound as u64).expect("below a `usize`")
    }

    /// One of `items`.
    ///
    /// # Panics
    /// Where there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// The choices of one run.
#[derive(Debug)]
pub(crate) struct Choices {
    random: Random,
    /// How many are still random; `None` for all.
    left: Option<u32>,
    made: u32,
}

impl Choices {
    /// One of `count` possibilities, or `otherwise` where the prefix is over.
    pub(crate) fn choose(&mut self, count: usize, otherwise: usize) -> usize {
        if count < 2 {
            return 0;
        }
        self.made += 1;
        match &mut self.left {
            Some(0) => otherwise,
            left => {
                if let Some(left) = left {
                    *left -= 1;
                }
                self.random.below(count)
            }
        }
    }

    /// How many times there was more than one possibility.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }
}
