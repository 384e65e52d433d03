import FoundationEssentials
import Glibc
public import Kernel

/// The process's own figures, under the names that Prometheus' client libraries use.
public struct ProcessFigures: Sendable {
    private let startedAt: Timestamp
    private let version: String

    public init(startedAt: Timestamp, version: String) {
        self.startedAt = startedAt
        self.version = version
    }

    public func write(to text: inout MetricsText) {
        text.family("seaworthy_build_info", .gauge, help: "Always 1; the version is a label.")
        text.sample("seaworthy_build_info", [("version", version)], 1)
        text.family("process_start_time_seconds", .gauge, help: "Start of the process, seconds since 1970.")
        text.sample("process_start_time_seconds", [], Double(startedAt.nanosecondsSinceEpoch) / 1e9)
        var usage = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
            let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
            text.family("process_cpu_seconds_total", .counter, help: "CPU time of the process.")
            text.sample("process_cpu_seconds_total", [], seconds + microseconds / 1e6)
        }
        if let pages = ProcessFigures.residentPages() {
            text.family("process_resident_memory_bytes", .gauge, help: "Resident memory.")
            text.sample("process_resident_memory_bytes", [], pages * Int(getpagesize()))
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            text.family("process_open_fds", .gauge, help: "Open file descriptors.")
            text.sample("process_open_fds", [], open)
        }
    }

    /// The second field of `/proc/self/statm`.
    private static func residentPages() -> Int? {
        guard let data = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
        let fields = String(decoding: data, as: UTF8.self).split(separator: " ")
        return fields.dropFirst().first.flatMap { Int($0) }
    }
}
