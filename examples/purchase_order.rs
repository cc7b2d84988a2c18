//! An item must tell its order that it changed, and the order must tell the customer's view: without a
//! back pointer, and without a callback that holds a lock.
//!
//! ```text
//! cargo run --example purchase_order
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;

use flo_reactive::{BoundExt, bind, computed_from, transaction};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OrderKey(u32);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ItemKey(u32);

/// An item knows its order by key, and nothing of the order itself.
#[derive(Clone, PartialEq)]
struct Item {
    order: OrderKey,
    cents: u32,
    count: u32,
}

fn main() {
    let items = bind(BTreeMap::new());
    let customers =
        bind(BTreeMap::from([(OrderKey(1), "Ada".to_owned()), (OrderKey(2), "Grace".to_owned())]));

    // What follows from the items: the total of each order. Nobody tells it that an item has changed.
    let totals = items.map(|items: &BTreeMap<ItemKey, Item>| {
        let mut totals = BTreeMap::new();
        for item in items.values() {
            *totals.entry(item.order).or_insert(0) += item.cents * item.count;
        }
        totals
    });
    // What follows from the totals and the customers: the lines of a view.
    let lines = computed_from((&totals, &customers), |(totals, customers)| -> Vec<String> {
        let name = |order: &OrderKey| customers.get(order).map_or("nobody", String::as_str);
        totals.iter().map(|(order, total)| format!("{} owes {total}", name(order))).collect()
    });
    let _view = lines.on_change(|lines| println!("{}", lines.join(", ")));

    // One commit, one line of output.
    transaction(|| {
        items.update(|items| {
            items.insert(ItemKey(1), Item { order: OrderKey(1), cents: 250, count: 4 });
            items.insert(ItemKey(2), Item { order: OrderKey(2), cents: 99, count: 1 });
        });
    });
    // Somebody who has nothing but a key and the handle changes an item.
    items.update(|items| {
        if let Some(item) = items.get_mut(&ItemKey(1)) {
            item.count += 1;
        }
    });
    customers.update(|customers| {
        customers.insert(OrderKey(2), "Grace Hopper".to_owned());
    });
    assert_eq!(lines.get(), ["Ada owes 1250", "Grace Hopper owes 99"]);
}
