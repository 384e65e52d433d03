import Foundation

/// That pages are opened in a browser, and where that and axe are looked for.
public struct BrowserSetup: Sendable {
    /// The process's environment: `SEAWORTHY_CHROMIUM` and `SEAWORTHY_AXE` name files, `PATH` and `HOME` the usual places.
    public var environment: [String: String]

    public init(environment: [String: String]) { self.environment = environment }

    /// Where Chromium is: the variable's word, else the usual names in the path; nil where it isn't.
    public var executable: String? {
        if let given = environment["SEAWORTHY_CHROMIUM"], !given.isEmpty {
            return FileManager.default.isExecutableFile(atPath: given) ? given : nil
        }
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"]
        for folder in (environment["PATH"] ?? "/usr/bin").split(separator: ":") {
            for name in names {
                let path = "\(folder)/\(name)"
                if FileManager.default.isExecutableFile(atPath: path) { return path }
            }
        }
        return nil
    }
}
