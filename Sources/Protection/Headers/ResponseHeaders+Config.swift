public import Kernel

extension ResponseHeadersStage {
    /// How long browsers are told to insist on HTTPS.
    public enum TransportSecurity: String, Sendable, CaseIterable {
        /// A year, subdomains included.
        case standard
        /// Five minutes: the first step on the way up.
        case gradual
        /// Two years, subdomains, preload.
        case strict
        case off

        var value: String? {
            switch self {
            case .standard: "max-age=31536000; includeSubDomains"
            case .gradual: "max-age=300"
            case .strict: "max-age=63072000; includeSubDomains; preload"
            case .off: nil
            }
        }
    }

    /// How far the Content-Security-Policy has come for an app that sends none.
    public enum PolicyMode: String, Sendable, CaseIterable {
        /// The policy holds.
        case enforce
        /// The baseline holds; what the policy would block stands in the browser's console.
        case reportOnly = "report-only"
        /// Neither is sent.
        case off
    }

    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        public var hsts = TransportSecurity.standard
        /// The Content-Security-Policy for the app's pages where the app sends none.
        public var policy = ContentPolicy.strict
        public var policyMode = PolicyMode.reportOnly
        /// What is enforced while the policy is only reported; nil: nothing.
        public var policyBaseline: String? = ContentPolicy.baseline
        public var xssProtection = "1; mode=block"
        public var referrerPolicy = "strict-origin-when-cross-origin"
        public var permissionsPolicy = ContentPolicy.permissions
        public var openerPolicy = "same-origin"
        public var resourcePolicy = "same-origin"
        public var embedderPolicy: String?
        /// Keep answers to signed-in people out of caches where the app says nothing.
        public var protectsCaching = true

        public init(mode: ControlMode) { self.mode = mode }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.headers"
            var settings = Settings(mode: reader.mode(of: key))
            settings.hsts = reader.read(
                .choice(
                    "\(key).strict-transport-security", summary: "How long browsers insist on HTTPS.",
                    default: TransportSecurity.standard))
            let policy = reader.read(
                .fieldValue(
                    "\(key).content-security-policy",
                    summary: "The policy for pages whose app sends none; `strict` is ours of 16 directives.",
                    form: "strict or a policy", default: "strict"))
            settings.policy = policy == "strict" ? ContentPolicy.strict : policy
            settings.policyMode = reader.read(
                .choice(
                    "\(key).content-security-policy.mode",
                    summary: "Start with report-only, read the browser's console, then enforce.",
                    default: PolicyMode.reportOnly))
            let baseline = reader.read(
                .fieldValue(
                    "\(key).content-security-policy.baseline",
                    summary: "What is enforced while the policy is only reported: nothing that ordinary pages need.",
                    form: "baseline, a policy, or off", default: "baseline"))
            settings.policyBaseline =
                baseline == "off" ? nil : baseline == "baseline" ? ContentPolicy.baseline : baseline
            settings.xssProtection = reader.read(
                .fieldValue(
                    "\(key).x-xss-protection", summary: "Old browsers' filter: checklists ask for the default.",
                    form: "0 or 1; mode=block", default: "1; mode=block"))
            settings.referrerPolicy = reader.read(
                .fieldValue(
                    "\(key).referrer-policy", summary: "What other sites learn of where people come from.",
                    form: "a referrer policy", default: settings.referrerPolicy))
            settings.permissionsPolicy = reader.read(
                .fieldValue(
                    "\(key).permissions-policy", summary: "Browser features that pages may use.",
                    form: "a permissions policy", default: settings.permissionsPolicy))
            settings.openerPolicy = reader.read(
                .fieldValue(
                    "\(key).cross-origin-opener-policy",
                    summary: "Whether other sites' windows may hold on to ours; sign-in by pop-up may need another.",
                    form: "same-origin, same-origin-allow-popups or unsafe-none", default: "same-origin"))
            settings.resourcePolicy = reader.read(
                .fieldValue(
                    "\(key).cross-origin-resource-policy", summary: "Who may embed what is served here.",
                    form: "same-origin, same-site or cross-origin", default: "same-origin"))
            let embedder = reader.read(
                .fieldValue(
                    "\(key).cross-origin-embedder-policy", summary: "Isolation of pages from what they embed.",
                    form: "off, require-corp or credentialless", default: "off"))
            settings.embedderPolicy = embedder == "off" ? nil : embedder
            settings.protectsCaching = reader.read(
                .flag(
                    "\(key).private-caching",
                    summary:
                        "Cache-Control: no-store, private on answers to signed-in people where the app says nothing.",
                    default: true))
            return settings
        }
    }
}

extension Setting where Value: RawRepresentable & CaseIterable & Sendable, Value.RawValue == String {
    /// One of the cases of an enumeration.
    static func choice(_ key: String, summary: String, default value: Value) -> Setting {
        Setting(
            key, summary: summary, form: "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "),
            default: value, defaultText: value.rawValue, parse: { $0.text.flatMap(Value.init(rawValue:)) })
    }
}

extension Setting where Value == String {
    /// A text that can stand in a header: visible ASCII and blanks, so that no configuration can split a response.
    static func fieldValue(_ key: String, summary: String, form: String, default value: String) -> Setting {
        Setting(key, summary: summary, form: form, default: value, defaultText: value) { node in
            node.text.flatMap { text in
                !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } ? text : nil
            }
        }
    }
}
