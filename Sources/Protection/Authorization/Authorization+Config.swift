public import Kernel

extension AuthorizationStage {
    public struct Settings: Sendable, Equatable {
        /// 403 or 404.
        public var deniedStatus: Int

        public init(deniedStatus: Int = 403) { self.deniedStatus = deniedStatus }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            Settings(
                deniedStatus: reader.read(
                    Setting<Int>(
                        "protection.route-policy.denied-status",
                        summary: "The status for denied routes; 404 doesn't even tell that they exist.",
                        form: "403 or 404", default: 403, defaultText: "403",
                        parse: { node in node.text.flatMap { Int($0) }.flatMap { $0 == 403 || $0 == 404 ? $0 : nil } }))
            )
        }
    }
}
