import Kernel

/// The console's manifest. Strangers see nothing of it: suites with real accounts and a real browser prove it.
enum ConsoleCapability {
    static let capability = Capability(
        id: "operations.administration", title: "A console for operators, on a door of its own", level: .recommended,
        stages: [], modeKey: nil,
        reasons: [
            "console.host", "console.cross-site", "console.unsafe-door", "console.token", "console.sign-in",
            "console.role", "console.not-allowed", "console.link-invalid",
        ], provedBy: [],
        rehearsedBy: [
            "ConsoleAccessTests", "ConsolePageTests", "ConsoleActTests", "ConsoleSectionTests", "ConsoleBrowserTests",
        ],
        page: "console")
}
