public import Kernel

extension HTTPSRedirectStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        public var redirects: Bool

        public init(mode: ControlMode, redirects: Bool = true) {
            self.mode = mode
            self.redirects = redirects
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let mode = reader.mode(of: "protection.https")
            let redirects = reader.read(
                .flag(
                    "protection.https.redirect",
                    summary: "Send plain HTTP to HTTPS where there is a TLS listener or an https `public-url`.",
                    default: true))
            return Settings(mode: mode, redirects: redirects)
        }
    }
}
