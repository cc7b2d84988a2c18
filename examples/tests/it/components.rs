//! Components, each alone with a stream of events.

use std::sync::Arc;

use flo_reactive::{BindRef, BoundExt};
use futures::{executor::block_on, stream};
use jiff::civil::datetime;
use order_desk::{
    clock::Clock,
    countries::Countries,
    customers::Customers,
    model::{CustomerKey, LineKey, Money, OrderEvent, OrderKey, Sale, Standing},
    orders::Orders,
    products::Products,
};

fn sale(order: &str, quantity: i64, customer: Option<u64>) -> Sale {
    let price = Money::from_cents(250);
    Sale {
        order: order.into(),
        product: "10012".into(),
        description: "Mug".into(),
        quantity,
        at: datetime(2026, 5, 4, 9, 0, 0, 0),
        price,
        amount: price.times(quantity).unwrap(),
        customer: customer.map(CustomerKey),
        country: "France".into(),
    }
}

type Events = stream::Iter<std::vec::IntoIter<OrderEvent>>;

fn events(sales: Vec<Sale>) -> Events {
    let numbered = sales.into_iter().zip(1..).map(|(sale, number)| OrderEvent {
        number,
        sale: Arc::new(sale),
        progress: None,
    });
    stream::iter(numbered.collect::<Vec<_>>())
}

/// Waits until a component has taken all of its stream.
fn settled<T: Send + Sync + 'static>(state: &BindRef<T>) {
    block_on(state.wait_for(|_| false)).map_or_else(drop, drop);
    assert!(state.is_ended());
}

fn orders(sales: Vec<Sale>) -> Orders {
    let orders = Orders::new(events(sales));
    settled(&orders.book);
    orders
}

#[test]
fn an_order_owns_its_lines_and_a_line_knows_its_order() {
    let orders = orders(vec![sale("1", 2, None), sale("2", 1, None), sale("1", 3, None)]);
    orders.book.with(|book| {
        let order = book.order(&"1".into()).unwrap();
        assert_eq!(order.net, Money::from_cents(1250));
        assert_eq!(order.lines().len(), 2);
        for line in order.lines() {
            assert_eq!(line.key.order, order.key);
            assert_eq!(book.line(&line.key), Some(line));
        }
    });
}

#[test]
fn a_key_that_leads_nowhere_is_an_answer() {
    let orders = orders(vec![sale("1", 2, None)]);
    let gone = OrderKey::from("7");
    orders.book.with(|book| {
        assert_eq!(book.order(&gone), None);
        assert_eq!(book.line(&LineKey { order: gone, place: 0 }), None);
        assert_eq!(book.line(&LineKey { order: "1".into(), place: 1 }), None);
    });
}

#[test]
fn a_cancellation_takes_back_the_order_of_its_number_whichever_comes_first() {
    for sales in
        [[sale("1", 2, None), sale("C1", -2, None)], [sale("C1", -2, None), sale("1", 2, None)]]
    {
        let orders = orders(sales.to_vec());
        let tally = orders.tally.get();
        assert_eq!((tally.orders, tally.cancellations, tally.cancelled), (1, 1, 1));
        assert_eq!((tally.open(), tally.net), (0, Money::default()));
        let standing =
            |key: &str| orders.book.with(|book| book.order(&key.into()).unwrap().standing);
        assert_eq!(standing("1"), Standing::Cancelled);
        assert_eq!(standing("C1"), Standing::Cancellation);
    }
}

#[test]
fn a_cancellation_of_an_unknown_order_counts_and_cancels_nothing() {
    let orders = orders(vec![sale("1", 2, None), sale("C9", -2, None), sale("C9", -1, None)]);
    let tally = orders.tally.get();
    assert_eq!((tally.orders, tally.cancellations, tally.cancelled), (1, 1, 0));
    assert_eq!((tally.lines, tally.units), (3, -1));
}

#[test]
fn the_newest_orders_come_first_and_are_never_many() {
    let orders = orders((0..100).map(|number| sale(&number.to_string(), 1, Some(4))).collect());
    let newest = orders.newest.get();
    assert_eq!(newest.len(), 40);
    assert_eq!(newest[0].key, OrderKey::from("99"));
    assert_eq!(newest[39].key, OrderKey::from("60"));
}

#[test]
fn a_customer_knows_its_orders_by_key_and_guests_are_nobody() {
    let sales = vec![
        sale("1", 2, Some(7)),
        sale("1", 1, Some(7)),
        sale("2", 1, Some(7)),
        sale("3", 9, None),
    ];
    let customers = Customers::new(events(sales));
    settled(&customers.known);
    assert_eq!(customers.count.get(), 1);
    customers.known.with(|known| {
        let customer = known.customer(CustomerKey(7)).unwrap();
        assert!(customer.orders.iter().eq([&OrderKey::from("1"), &"2".into()]));
        assert_eq!(customer.net, Money::from_cents(1000));
        assert_eq!(known.customer(CustomerKey(8)), None);
    });
}

#[test]
fn equal_customers_are_ranked_by_name_and_only_five() {
    let sales = [9, 12, 100, 3, 4, 5].map(|customer| sale("1", 1, Some(customer)));
    let customers = Customers::new(events(sales.to_vec()));
    settled(&customers.known);
    let names: Vec<u64> = customers.best.get().into_iter().map(|customer| customer.key.0).collect();
    assert_eq!(names, [100, 12, 3, 4, 5]);
}

#[test]
fn countries_and_products_add_up() {
    let sales = vec![sale("1", 2, None), Sale { country: "Japan".into(), ..sale("2", 3, None) }];
    let countries = Countries::new(events(sales.clone()));
    settled(&countries.revenue);
    let expected =
        [("Japan".into(), Money::from_cents(750)), ("France".into(), Money::from_cents(500))];
    assert_eq!(countries.top.get(), expected);
    let products = Products::new(events(sales));
    settled(&products.shelf);
    products.shelf.with(|shelf| assert_eq!(shelf.product(&"10012".into()).unwrap().units, 5));
    assert_eq!(products.top.get(), [("10012".into(), Money::from_cents(1250))]);
}

#[test]
fn a_late_sale_does_not_turn_the_clock_back() {
    let late = Sale { at: datetime(2026, 5, 4, 8, 0, 0, 0), ..sale("2", 1, None) };
    let clock = Clock::new(events(vec![sale("1", 1, None), late]));
    settled(&clock.face);
    assert_eq!(clock.time.get(), Some(datetime(2026, 5, 4, 9, 0, 0, 0)));
}
