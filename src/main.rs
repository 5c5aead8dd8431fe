//! Arguments, config, wiring, exit code; nothing else.

fn main() {}
