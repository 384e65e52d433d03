public import Kernel

extension ProblemsStage {
    public struct Settings: Sendable, Equatable {
        /// What each `type` begins with; the reason follows.
        public var documentation: String

        public init(documentation: String = "/seaworthy/problems/") { self.documentation = documentation }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            Settings(
                documentation: reader.read(
                    .fieldValue(
                        "protection.errors.documentation",
                        summary: "What the `type` of problem documents begins with; the reason follows.",
                        form: "a URL or path that ends in / or #", default: "/seaworthy/problems/")))
        }
    }

    public static let capability = Capability(
        id: "protection.errors", title: "One shape for our refusals and failures", level: .mvp, stages: ["Problems"],
        modeKey: nil, reasons: [], provedBy: ["errors.one-shape"])
}
