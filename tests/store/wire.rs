//! A wire to a MySQL server that can be cut at a chosen moment: in the middle of what a client
//! sends, or after the server did it and before the client learns of it.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What a client sends to commit, alone or at the end of more.
pub const COMMIT: &str = "COMMIT";

/// Where the wire is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Before the server gets what the client sent.
    Before,
    /// After the server answered it, and before the client gets the answer.
    After,
    /// It is not cut, but what the client sends is lost, and nothing comes back any more.
    Swallowed,
    /// The server gets it, and nothing comes back any more.
    Unanswered,
}

/// What is waited for, and what then happens.
#[derive(Default)]
struct Plan {
    /// Any of these in what a client sends, each with how many times it passes first.
    at: Mutex<Option<(Vec<u8>, u32, Cut)>>,
    cuts: AtomicU32,
    /// Whether nothing passes at all, not even that somebody hangs up.
    hushed: AtomicBool,
    /// Whether nobody is listened to any more.
    closed: AtomicBool,
    /// All that was connected.
    streams: Mutex<Vec<TcpStream>>,
}

/// A wire to a server. What hangs on it ends with it.
pub struct Wire {
    pub port: u16,
    address: String,
    plan: Arc<Plan>,
}

impl Wire {
    /// A wire to the server at `address`, without a plan to cut it.
    pub fn to(address: &str) -> Self {
        Wire::held(address, 0)
    }

    /// The same, where nothing passes until a second client has come.
    pub fn slow_at_first(address: &str) -> Self {
        Wire::held(address, 1)
    }

    fn held(address: &str, clients: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = Wire { port, address: address.to_owned(), plan: Arc::default() };
        wire.listen(listener, clients);
        wire
    }

    fn listen(&self, listener: TcpListener, clients: usize) {
        let (plan, address) = (Arc::clone(&self.plan), self.address.clone());
        thread::spawn(move || {
            let mut held: Vec<_> = listener.incoming().take(clients).collect();
            for client in listener.incoming() {
                if plan.closed.load(Ordering::SeqCst) {
                    return;
                }
                for client in held.drain(..).chain([client]) {
                    let (Ok(client), Ok(server)) = (client, TcpStream::connect(&address)) else { return };
                    connect(client, server, &plan);
                }
            }
        });
    }

    /// Cuts a connection once, when a client sends `text` for the time after `passes` times.
    pub fn cut_at(&self, text: &str, passes: u32, cut: Cut) {
        *self.plan.at.lock().unwrap() = Some((text.as_bytes().to_vec(), passes, cut));
    }

    /// How often it was cut.
    pub fn cuts(&self) -> u32 {
        self.plan.cuts.load(Ordering::SeqCst)
    }

    /// From now on nothing passes, and nobody is told; or what is connected anew does again.
    pub fn hush(&self, hushed: bool) {
        self.plan.hushed.store(hushed, Ordering::SeqCst);
    }

    /// Hangs up, and refuses whoever connects.
    pub fn close(&self) {
        self.plan.closed.store(true, Ordering::SeqCst);
        self.plan.hang_up();
        // Wakes whoever listens; whether it is still taken does not matter.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() {}
    }

    /// Listens again.
    pub fn open_again(&self) {
        self.plan.closed.store(false, Ordering::SeqCst);
        self.listen(TcpListener::bind(("127.0.0.1", self.port)).unwrap(), 0);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.plan.hang_up();
    }
}

fn connect(client: TcpStream, server: TcpStream, plan: &Arc<Plan>) {
    plan.streams.lock().unwrap().extend([client.try_clone().unwrap(), server.try_clone().unwrap()]);
    let (silent, hushed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let (deaf, mute, shared) = (Arc::clone(&silent), Arc::clone(&hushed), Arc::clone(plan));
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from_server.read(&mut buffer) {
            if shared.swallows(&mute) {
                continue;
            }
            if deaf.load(Ordering::SeqCst) || to_client.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        if !shared.hushed.load(Ordering::SeqCst) {
            drop(to_client.shutdown(Shutdown::Both));
            drop(from_server.shutdown(Shutdown::Both));
        }
    });
    let plan = Arc::clone(plan);
    thread::spawn(move || {
        let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let _ = forward(from, to, &plan, (&silent, &hushed));
        if !silent.load(Ordering::SeqCst) && !plan.hushed.load(Ordering::SeqCst) {
            drop(client.shutdown(Shutdown::Both));
            drop(server.shutdown(Shutdown::Both));
        }
    });
}

/// Passes packets on until the plan says otherwise. A packet is three bytes of length, one of
/// sequence, and what it says.
fn forward(
    mut client: TcpStream,
    mut server: TcpStream,
    plan: &Plan,
    (silent, hushed): (&AtomicBool, &AtomicBool),
) -> std::io::Result<()> {
    loop {
        let mut packet = vec![0; 4];
        client.read_exact(&mut packet)?;
        let length = usize::from(packet[0]) | usize::from(packet[1]) << 8 | usize::from(packet[2]) << 16;
        packet.resize(4 + length, 0);
        client.read_exact(&mut packet[4..])?;
        if plan.swallows(hushed) {
            continue;
        }
        match plan.fate(&packet[4..]) {
            Some(Cut::Before) => return Ok(()),
            Some(Cut::Swallowed) => hushed.store(true, Ordering::SeqCst),
            Some(Cut::Unanswered) => {
                hushed.store(true, Ordering::SeqCst);
                server.write_all(&packet)?;
            }
            Some(Cut::After) => {
                silent.store(true, Ordering::SeqCst);
                return server.write_all(&packet);
            }
            None => server.write_all(&packet)?,
        }
    }
}

impl Plan {
    /// Whether nothing passes on a connection; where something was lost on it, nothing does again.
    fn swallows(&self, hushed: &AtomicBool) -> bool {
        hushed.fetch_or(self.hushed.load(Ordering::SeqCst), Ordering::SeqCst)
            || self.hushed.load(Ordering::SeqCst)
    }

    fn hang_up(&self) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in streams.drain(..) {
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    fn fate(&self, sent: &[u8]) -> Option<Cut> {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, passes, cut) = at.as_mut()?;
        // Sessions are set to READ COMMITTED, which commits nothing.
        let only_at_the_end = text.as_slice() == COMMIT.as_bytes();
        if !sent.ends_with(text)
            && (only_at_the_end || !sent.windows(text.len()).any(|window| window == text.as_slice()))
        {
            return None;
        }
        if *passes > 0 {
            *passes -= 1;
            return None;
        }
        let cut = *cut;
        *at = None;
        self.cuts.fetch_add(1, Ordering::SeqCst);
        Some(cut)
    }
}
