//! What the measurements share: where they run, on which data, and how figures are printed.

pub mod bare;
pub mod data;
pub mod figures;
