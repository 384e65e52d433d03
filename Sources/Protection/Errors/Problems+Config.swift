public import Kernel

extension ProblemsStage {
    public struct Settings: Sendable, Equatable {
        /// What each `type` begins with, the reason follows; nil: the gateway's own pages explain it.
        public var documentation: String?

        public init(documentation: String? = nil) { self.documentation = documentation }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let text = Setting<String>.fieldValue("", summary: "", form: "", default: "")
            return Settings(
                documentation: reader.read(
                    Setting<String?>(
                        "protection.errors.documentation",
                        summary: "What the `type` of problem documents begins with; the reason follows.",
                        form: "a URL or path that ends in / or #", default: nil,
                        defaultText: "problems/ under own-prefix: pages of the gateway's own",
                        parse: { node in text.parse(node).map { .some($0) } })))
        }
    }

    public static let capability = Capability(
        id: "protection.errors", title: "One shape for our refusals and failures", level: .mvp, stages: ["Problems"],
        modeKey: nil, reasons: [], provedBy: ["errors.bad-encoding", "errors.one-shape"])
}
