//! How much memory there is.

use std::fs;
use std::path::Path;

/// Bytes that can be taken without pushing other programs out: what the system has available, at most
/// what the control group of the process and its limit of address space (`ulimit -v`) have left. `None` where
/// the system does not say (it is asked the way Linux answers).
#[must_use]
pub fn available() -> Option<u64> {
    let system = meminfo(&fs::read_to_string("/proc/meminfo").ok()?)?;
    let limits = [control_group(), address_space()];
    Some(limits.into_iter().flatten().fold(system, u64::min))
}

/// `MemAvailable:   12345 kB`.
fn meminfo(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|l| l.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// What the memory limits of the control group and those above it leave (version 2 of their interface).
fn control_group() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::/"))?;
    Path::new(path)
        .ancestors()
        .filter_map(|group| left_in(&Path::new("/sys/fs/cgroup").join(group)))
        .min()
}

/// What a control group leaves; pages of files that nobody uses are given back when memory is short.
fn left_in(group: &Path) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(group.join(name)).ok();
    let number = |name: &str| read(name)?.trim().parse::<u64>().ok();
    let limit = number("memory.max")?;
    let unused = read("memory.stat").and_then(|stat| inactive_files(&stat));
    let used = number("memory.current")?.saturating_sub(unused.unwrap_or(0));
    Some(limit.saturating_sub(used))
}

/// `inactive_file 12345`.
fn inactive_files(stat: &str) -> Option<u64> {
    let line = stat
        .lines()
        .find_map(|line| line.strip_prefix("inactive_file "))?;
    line.trim().parse().ok()
}

/// What the limit of address space leaves.
fn address_space() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let limit = address_limit(&limits)?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let used = status.lines().find_map(|l| l.strip_prefix("VmSize:"))?;
    let used: u64 = used.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(limit.saturating_sub(used * 1024))
}

/// The soft limit in `Max address space   1048576   unlimited   bytes`.
fn address_limit(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|l| l.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_read() {
        let text = "MemTotal:       24689808 kB\nMemAvailable:   20000000 kB\n";
        assert_eq!(meminfo(text), Some(20_000_000 * 1024));
        assert_eq!(meminfo("MemAvailable: many"), None);
        let stat = "anon 5\ninactive_file 4096\nactive_file 7\n";
        assert_eq!(inactive_files(stat), Some(4096));
        let limits =
            "Limit Soft Hard Units\nMax address space         1048576    unlimited  bytes\n";
        assert_eq!(address_limit(limits), Some(1 << 20));
        assert_eq!(address_limit(&limits.replace("1048576", "unlimited")), None);
        if cfg!(target_os = "linux") {
            assert!(available().unwrap() > 1 << 20);
        }
    }
}
