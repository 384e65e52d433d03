public import Kernel

extension ErrorScrubbingStage {
    public static let capability = Capability(
        id: "protection.error-scrubbing", title: "The app's errors show nothing of its inside", level: .mvp,
        stages: ["ErrorScrubbing"], modeKey: "protection.error-scrubbing.mode",
        reasons: ["errors.app-leak", "errors.app-unreadable", "errors.app-shape"],
        provedBy: [
            "errors.not-found", "errors.method-not-allowed", "errors.malformed-json", "errors.one-shape",
        ])
}
