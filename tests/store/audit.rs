//! The audit trail: what every act leaves on it, what is read of it, and that nothing can be altered on it
//! unseen.

mod acts;
mod chain;
mod reading;
mod sources;
mod witness;
