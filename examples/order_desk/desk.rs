//! Wires the components: the only file that names them all.
//!
//! Each is given a stream of its own, or a collection, and nothing else. What they know is brought together in two computeds:
//! what the views show, and the totals. A computed that reads many sources sees all of them at one version,
//! so a view never shows a half of something.

use std::time::{Duration, Instant};

use flo_reactive::{BindRef, Binding, BoundExt, Computed, Ended, Publisher, bind, computed};

use crate::{
    auditor::Auditor,
    clock::Clock,
    countries::Countries,
    customers::Customers,
    model::OrderEvent,
    open::Open,
    orders::Orders,
    products::Products,
    rate::Rate,
    totals::{Totals, customer_ranking, ranking},
    view::{DeskView, Page, Phase, Turn},
};

/// All components of a desk, and what is computed of them.
#[derive(Debug)]
pub struct Desk {
    orders: Orders,
    open: Open,
    customers: Customers,
    countries: Countries,
    products: Products,
    clock: Clock,
    rate: Rate,
    auditors: Vec<Auditor>,
    rejected: Binding<u64>,
    phase: Binding<Phase>,
    is_open_shown: Binding<bool>,
    now: Binding<Duration>,
    start: Instant,
}

impl Desk {
    /// A desk that takes the events of `publisher`, with so many auditors.
    pub fn new(publisher: &Publisher<OrderEvent>, auditors: usize) -> Self {
        let (start, now) = (Instant::now(), bind(Duration::ZERO));
        let orders = Orders::new(publisher.subscribe());
        let lines = orders.lines.entries();
        Self {
            open: Open::new(&orders.orders.entries()),
            customers: Customers::new(publisher.subscribe()),
            countries: Countries::new(&lines),
            products: Products::new(&lines),
            orders,
            clock: Clock::new(publisher.subscribe()),
            rate: Rate::new(publisher.subscribe_lossy(), start, &now.read_only()),
            auditors: (0..auditors).map(|_| Auditor::new(publisher.subscribe())).collect(),
            rejected: bind(0),
            phase: bind(Phase::Running),
            is_open_shown: bind(false),
            now,
            start,
        }
    }

    /// Shows something else.
    pub fn turn(&self, turn: Turn) {
        match turn {
            Turn::Over => self.is_open_shown.update(|is_shown| *is_shown = !*is_shown),
            Turn::On => self.open.on(),
            Turn::Back => self.open.back(),
        }
    }

    /// Where the feed counts what it rejects.
    pub fn rejected(&self) -> &Binding<u64> {
        &self.rejected
    }

    /// Where the program says how the run stands.
    pub fn phase(&self) -> &Binding<Phase> {
        &self.phase
    }

    /// Lets the desk's time go on to the present. Whoever draws calls it before it looks.
    pub fn tick(&self) {
        self.now.set(self.start.elapsed());
    }

    /// What the views show.
    pub fn view(&self) -> Computed<DeskView> {
        let (orders, customers) = (self.orders.clone(), self.customers.clone());
        let (countries, clock) = (self.countries.clone(), self.clock.clone());
        let (rate, open) = (self.rate.clone(), self.open.clone());
        let is_open_shown = self.is_open_shown.read_only();
        let (rejected, phase) = (self.rejected.read_only(), self.phase.read_only());
        computed(move || DeskView {
            phase: phase.get(),
            time: clock.time.get(),
            progress: clock.progress.get(),
            tally: orders.tally.get(),
            per_second: rate.per_second.get(),
            rejected: rejected.get(),
            countries: countries.top.snapshot().to_vec(),
            customers: customers.best.snapshot().to_vec(),
            newest: orders.newest.snapshot().to_vec(),
            // While nobody looks at it the page costs nothing.
            open: is_open_shown.get().then(|| Page {
                before: open.from.get(),
                all: open.count.get(),
                orders: open.page.snapshot().to_vec(),
            }),
        })
    }

    /// The totals so far, without the auditors' reports: those are for the end.
    pub fn totals(&self) -> Computed<Totals> {
        let (orders, customers) = (self.orders.clone(), self.customers.clone());
        let (countries, products) = (self.countries.clone(), self.products.clone());
        let rejected = self.rejected.read_only();
        computed(move || {
            let tally = orders.tally.get();
            Totals {
                lines: tally.sums.lines,
                net: tally.sums.net.to_string(),
                units: tally.sums.units,
                orders: tally.orders,
                cancellations: tally.cancellations,
                customers: customers.count.get(),
                products: products.count.get(),
                countries: countries.count.get(),
                top_countries: ranking(&countries.top.snapshot()),
                top_customers: customer_ranking(&customers.best.snapshot()),
                top_products: ranking(&products.top.snapshot()),
                rejected: rejected.get(),
                subscribers: Vec::new(),
            }
        })
    }

    /// Waits until every component has taken all events of a publisher that is closed.
    ///
    /// # Errors
    /// With the text of the panic that a component failed with.
    pub async fn settled(&self) -> Result<(), String> {
        settled(&self.orders.taken).await?;
        settled(&self.customers.taken).await?;
        settled(&self.clock.face).await?;
        settled(&self.rate.recent).await?;
        for auditor in &self.auditors {
            settled(&auditor.findings).await?;
        }
        Ok(())
    }

    /// The totals of a run that has settled, in which so many events were published.
    pub fn final_totals(&self, published: u64) -> Totals {
        let subscribers = self.auditors.iter().map(|auditor| auditor.report(published)).collect();
        Totals { subscribers, ..self.totals().get() }
    }
}

async fn settled<T: Send + Sync + 'static>(state: &BindRef<T>) -> Result<(), String> {
    // A wait for what never comes is over when the stream is.
    state.wait_for(|_| false).await.map_or_else(drop, drop);
    match state.ended() {
        Some(Ended::Panicked(text)) => Err(text.to_string()),
        _ => Ok(()),
    }
}
