import Kernel

/// The console's keys.
public struct ConsoleSettings: Sendable, Equatable {
    public var isOn: Bool
    /// Where operators reach it, if not at the operator door's own address: a name behind something that speaks HTTPS.
    public var url: PublicURL?
    /// A report of `seaworthy check --format json`, whose verdict the overview shows.
    public var report: String?
    /// Where `seaworthy check` remembers its runs.
    public var checks: String?

    static func read(_ reader: inout ConfigurationReader) -> ConsoleSettings {
        ConsoleSettings(
            isOn: reader.read(
                .flag(
                    "console.enabled", summary: "Serves the console under /console of the operator door.", default: true
                )),
            url: reader.read(
                Setting<PublicURL?>(
                    "console.url",
                    summary:
                        "The address under which operators reach the console, where that isn't the operator door's own.",
                    form: "https://HOST or https://HOST:PORT", default: nil, defaultText: "none",
                    parse: { $0.text.flatMap(PublicURL.init(configuration:)).map { .some($0) } })),
            report: reader.read(
                .path(
                    "console.report",
                    summary: "A report that `seaworthy check --format json` wrote: the console shows its verdict.")),
            checks: reader.read(
                .path(
                    "console.checks",
                    summary: "The folder where `seaworthy check` remembers its runs, if not .seaworthy/checks.")))
    }
}
