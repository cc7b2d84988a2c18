//! Writes the invoices of a day.

use jiff::{
    ToSpan,
    civil::{DateTime, datetime},
};

use super::{
    catalogue::{ARTICLES, Article, COUNTRIES},
    splitmix::SplitMix,
};
use crate::model::{CountryKey, CustomerKey, Money, OrderKey, Sale};

/// How many customers the shop knows.
const CUSTOMERS: u32 = 140;

/// The number of the first invoice.
const FIRST_INVOICE: usize = 700_001;

/// How many seconds the shop is open.
const OPEN_FOR: u32 = 12 * 60 * 60;

pub(super) struct Shop {
    chance: SplitMix,
    customers: Vec<(CustomerKey, CountryKey)>,
}

impl Shop {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = SplitMix::new(seed);
        let customers = (0..CUSTOMERS)
            .map(|number| (CustomerKey(u64::from(12_001 + number * 7)), country(&mut chance)))
            .collect();
        Self { chance, customers }
    }

    /// All sales of a day with so many orders, in the order of time.
    pub(super) fn day(mut self, orders: usize) -> Vec<Sale> {
        let opens = datetime(2026, 5, 4, 8, 0, 0, 0);
        let mut times: Vec<u32> = (0..orders).map(|_| self.second_of_day()).collect();
        times.sort_unstable();
        let mut sales: Vec<Sale> = Vec::new();
        for (place, second) in times.into_iter().enumerate() {
            let key = OrderKey::from(&*(FIRST_INVOICE + place).to_string());
            let at = opens + i64::from(second).seconds();
            let returned = self.returned(&sales, &key, at);
            if let Some(sale) = returned {
                sales.push(sale);
                continue;
            }
            let order = self.order(&key, at);
            if self.chance.happens(60) {
                sales.extend(self.cancellation(&order));
            }
            sales.extend(order);
        }
        // Stable: the lines of an order stay together, in their order.
        sales.sort_by_key(|sale| sale.at);
        sales
    }

    /// A second at which somebody orders: the mean of two is rather in the middle of the day than early or
    /// late, and a third of all orders comes at any time.
    fn second_of_day(&mut self) -> u32 {
        let any = self.chance.below(OPEN_FOR);
        if self.chance.happens(333) { any } else { u32::midpoint(any, self.chance.below(OPEN_FOR)) }
    }

    fn order(&mut self, key: &OrderKey, at: DateTime) -> Vec<Sale> {
        let (customer, country) = if self.chance.happens(80) {
            (None, country(&mut self.chance))
        } else {
            // The smaller of two numbers: some customers order much more often than others.
            let count = CUSTOMERS;
            let number = self.chance.below(count).min(self.chance.below(count));
            let (customer, country) = &self.customers[number as usize];
            (Some(*customer), country.clone())
        };
        let lines = self.chance.between(1, 3) + self.chance.below(5);
        (0..lines)
            .map(|_| {
                let article = *self.chance.pick(&ARTICLES);
                let quantity = self.quantity(&article);
                let price = Money::from_cents(article.cents);
                sale(key, &article, quantity, price, at, (customer, country.clone()))
            })
            .collect()
    }

    /// Cheap things go by the dozen.
    fn quantity(&mut self, article: &Article) -> i64 {
        let most = if article.cents < 600 { 24 } else { 4 };
        i64::from(self.chance.between(1, most))
    }

    /// The cancellation of a whole order, within the hour and a half.
    fn cancellation(&mut self, order: &[Sale]) -> Vec<Sale> {
        let later = i64::from(self.chance.between(5 * 60, 90 * 60)).seconds();
        order
            .iter()
            .map(|sale| taken_back(sale, sale.order.cancelled_by(), sale.at + later))
            .collect()
    }

    /// Now and then an invoice is for something that comes back.
    fn returned(&mut self, sold: &[Sale], key: &OrderKey, at: DateTime) -> Option<Sale> {
        if sold.is_empty() || !self.chance.happens(25) {
            return None;
        }
        let sale = self.chance.pick(sold);
        (sale.quantity > 0).then(|| taken_back(sale, key.clone(), at))
    }
}

fn country(chance: &mut SplitMix) -> CountryKey {
    let all = COUNTRIES.iter().map(|(_, share)| share).sum();
    let mut place = chance.below(all);
    for (name, share) in COUNTRIES {
        if place < share {
            return name.into();
        }
        place -= share;
    }
    COUNTRIES[0].0.into()
}

fn sale(
    key: &OrderKey,
    article: &Article,
    quantity: i64,
    price: Money,
    at: DateTime,
    (customer, country): (Option<CustomerKey>, CountryKey),
) -> Sale {
    Sale {
        order: key.clone(),
        product: article.code.into(),
        description: article.name.into(),
        quantity,
        at,
        price,
        amount: Money::from_cents(article.cents * quantity),
        customer,
        country,
    }
}

fn taken_back(sale: &Sale, order: OrderKey, at: DateTime) -> Sale {
    let amount = -sale.amount;
    Sale { order, at, quantity: -sale.quantity, amount, ..sale.clone() }
}
