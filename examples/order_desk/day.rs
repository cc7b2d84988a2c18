//! The built-in day: orders from eight to eight, made of a seed.
//!
//! The same seed is the same day on every machine. Most customers order from one country, some are guests;
//! a few orders are cancelled as a whole within the hour and a half, by the invoice `C` with their number,
//! and now and then something bought earlier comes back on an invoice of its own.

mod catalogue;
mod shop;
mod splitmix;

use self::shop::Shop;
use crate::{
    feed::{SourceError, Supply},
    model::{Progress, Sale},
};

/// How many orders are placed on a day.
const ORDERS: usize = 900;

/// The sales of one day, in their order in time.
#[derive(Debug)]
pub struct Day {
    sales: std::vec::IntoIter<Sale>,
    done: u64,
    whole: u64,
}

impl Day {
    /// The day of this seed.
    pub fn new(seed: u64) -> Self {
        let sales = Shop::new(seed).day(ORDERS);
        Self { whole: sales.len() as u64, sales: sales.into_iter(), done: 0 }
    }
}

impl Iterator for Day {
    type Item = Result<(Supply, Option<Progress>), SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        let sale = self.sales.next()?;
        self.done += 1;
        let progress = Progress { done: self.done, whole: self.whole };
        Some(Ok((Supply::Sale(sale), Some(progress))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sales(seed: u64) -> Vec<Sale> {
        Shop::new(seed).day(ORDERS)
    }

    #[test]
    fn the_same_seed_is_the_same_day_and_another_seed_another() {
        assert_eq!(sales(7), sales(7));
        assert_ne!(sales(7), sales(8));
    }

    #[test]
    fn a_day_has_all_that_the_desk_can_show() {
        let sales = sales(1);
        assert!(sales.is_sorted_by_key(|sale| sale.at), "in the order of time");
        let cancelled = |sale: &&Sale| sale.order.is_cancellation();
        assert!(sales.iter().filter(cancelled).count() > 20);
        let returned = |sale: &&Sale| sale.quantity < 0 && !sale.order.is_cancellation();
        assert!(sales.iter().filter(returned).count() > 5);
        assert!(sales.iter().filter(|sale| sale.customer.is_none()).count() > 50);
        let orders = |sale: &Sale| sale.order.cancels();
        for order in sales.iter().filter_map(orders) {
            assert!(sales.iter().any(|sale| sale.order == order), "{order} was placed");
        }
    }
}
