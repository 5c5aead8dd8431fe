//! Hands over to the command line, which reads the arguments and settings, wires the rest, and
//! says how the process ends.

fn main() -> std::process::ExitCode {
    frontdesk::cli::main()
}
