public import Kernel

extension HeaderHygieneStage {
    public struct Settings: Sendable, Equatable {
        /// `X-HTTP-Method-Override` and its kin reach the app; the route policy then counts both methods.
        public var passesMethodOverride: Bool

        /// Claims that pass all the same, in lower case, for an app whose own clients send such a field.
        public var keptClaims: [String]

        public init(passesMethodOverride: Bool = false, keptClaims: [String] = []) {
            self.passesMethodOverride = passesMethodOverride
            self.keptClaims = keptClaims
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let choice = reader.read(
                Setting<MethodOverride>(
                    "protection.method-override",
                    summary: "Whether method override headers reach the app; if so, the stricter method's rules count.",
                    form: "strip or pass", default: .strip, defaultText: "strip",
                    parse: { $0.text.flatMap(MethodOverride.init(rawValue:)) }))
            let kept = reader.read(
                .texts(
                    "protection.header-hygiene.keep",
                    summary: "Field names such as x-user-id that pass although they look like an identity claim.",
                    form: "a list of field names", default: [],
                    accepts: { !$0.isEmpty && $0.utf8.allSatisfy(\.isTokenCharacter) }))
            return Settings(passesMethodOverride: choice == .pass, keptClaims: kept.map { $0.lowercased() })
        }
    }

    enum MethodOverride: String, Sendable { case strip, pass }
}
