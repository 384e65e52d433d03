public import Kernel

extension CSRFStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        public var trustedOrigins: [String]
        /// Other hosts of the same site (`Sec-Fetch-Site: same-site`) may write.
        public var allowsSameSite: Bool

        public init(mode: ControlMode, trustedOrigins: [String] = [], allowsSameSite: Bool = false) {
            self.mode = mode
            self.trustedOrigins = trustedOrigins
            self.allowsSameSite = allowsSameSite
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.csrf"
            let mode = reader.mode(of: key)
            let origins = reader.read(
                .texts(
                    "\(key).trusted-origins", summary: "Other origins whose pages may write here.",
                    form: "a list of origins such as https://app.example.com", default: [],
                    accepts: { WebOrigin($0) != nil }))
            let sameSite = reader.read(
                .flag("\(key).same-site", summary: "Pages of sibling hosts may write here.", default: false))
            return Settings(mode: mode, trustedOrigins: origins, allowsSameSite: sameSite)
        }
    }

    public static let capability = Capability(
        id: "protection.csrf", title: "No other site writes in a person's name", level: .mvp, stages: ["CSRF"],
        modeKey: "protection.csrf.mode",
        reasons: ["csrf.cross-site", "csrf.cross-origin", "csrf.null-origin", "csrf.same-site", "csrf.no-browser"],
        provedBy: ["csrf.cross-site-write"])
}
