//! What every desk may rely on, whatever the database.

mod booking;
mod calendar;
mod drafts;
mod hours;
mod lookup;
mod openings;
mod people;
mod reach;
mod reading;
mod roles;
mod sign_in;
mod staff;
mod standing;
