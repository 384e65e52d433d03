public import Kernel

extension CookieAttributesStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        /// Names of cookies that stay as the app sets them.
        public var exempt: [String]

        public init(mode: ControlMode, exempt: [String] = []) {
            self.mode = mode
            self.exempt = exempt
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let mode = reader.mode(of: "protection.cookies")
            let exempt = reader.read(
                .texts(
                    "protection.cookies.exempt",
                    summary: "Cookies that stay as the app sets them, because a script must read them for instance.",
                    form: "a list of cookie names", default: []))
            return Settings(mode: mode, exempt: exempt)
        }
    }

    public static let capability = Capability(
        id: "protection.cookies", title: "Session cookies with all their attributes", level: .mvp,
        stages: ["CookieAttributes"], modeKey: "protection.cookies.mode", reasons: [],
        provedBy: ["cookies.attributes"])
}
