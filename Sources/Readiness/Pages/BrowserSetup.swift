import Foundation

/// That pages are opened in a browser, and where that and axe are looked for.
public struct BrowserSetup: Sendable {
    /// The process's environment: `SEAWORTHY_CHROMIUM`, `SEAWORTHY_FIREFOX` and `SEAWORTHY_AXE` name files, `PATH` and `HOME` the usual places.
    public var environment: [String: String]

    public init(environment: [String: String]) { self.environment = environment }

    /// Where Chromium is: the variable's word, else the usual names in the path; nil where it isn't.
    public var executable: String? { executable(of: .chromium) }

    /// Where a browser is: the word of `SEAWORTHY_CHROMIUM` or `SEAWORTHY_FIREFOX`, else the usual names in the path; nil where it isn't.
    public func executable(of engine: BrowserEngine) -> String? {
        if let given = environment[engine.variable], !given.isEmpty {
            return FileManager.default.isExecutableFile(atPath: given) ? given : nil
        }
        for folder in (environment["PATH"] ?? "/usr/bin").split(separator: ":") {
            for name in engine.names {
                let path = "\(folder)/\(name)"
                if FileManager.default.isExecutableFile(atPath: path) { return path }
            }
        }
        return nil
    }
}

extension BrowserEngine {
    var variable: String {
        switch self {
        case .chromium: "SEAWORTHY_CHROMIUM"
        case .firefox: "SEAWORTHY_FIREFOX"
        }
    }

    fileprivate var names: [String] {
        switch self {
        case .chromium: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"]
        case .firefox: ["firefox-esr", "firefox"]
        }
    }

    /// How to get it.
    public var remedy: String {
        switch self {
        case .chromium: "`apt install chromium`, or SEAWORTHY_CHROMIUM=/path/to/it"
        case .firefox: "`apt install firefox-esr`, or SEAWORTHY_FIREFOX=/path/to/it"
        }
    }
}
