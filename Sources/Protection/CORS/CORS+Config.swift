public import Kernel

extension CORSStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        /// Exact origins such as `https://app.example.com`.
        public var origins: [String] = []
        /// `origins: app`: the app answers for itself.
        public var leavesToApp = false
        public var methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
        /// Lower case, or `*` for whatever is asked for.
        public var headers = ["*"]
        public var exposedHeaders = ["X-Request-ID", "RateLimit", "RateLimit-Policy", "Retry-After"]
        public var allowsCredentials = true
        /// Seconds.
        public var maxAge = 600

        public init(mode: ControlMode) { self.mode = mode }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.cors"
            var settings = Settings(mode: reader.mode(of: key))
            let origins = reader.read(
                .texts(
                    "\(key).origins",
                    summary: "Other origins whose pages may read answers; `app` leaves it to the app.",
                    form: "a list of origins such as https://app.example.com, or app", default: [],
                    accepts: { $0 == "app" || WebOrigin($0) != nil }))
            settings.leavesToApp = origins.contains("app")
            settings.origins = origins.filter { $0 != "app" }
            settings.methods = reader.read(
                .texts(
                    "\(key).methods", summary: "Methods that listed origins may use.", form: "a list of methods",
                    default: settings.methods, accepts: isToken))
            settings.headers = reader.read(
                .texts(
                    "\(key).headers", summary: "Request headers that listed origins may send.",
                    form: "a list of field names, or *", default: settings.headers, accepts: isToken)
            ).map { $0.lowercased() }
            settings.exposedHeaders = reader.read(
                .texts(
                    "\(key).exposed-headers", summary: "Response headers that listed origins may read.",
                    form: "a list of field names", default: settings.exposedHeaders, accepts: isToken))
            settings.allowsCredentials = reader.read(
                .flag("\(key).credentials", summary: "Listed origins may send cookies.", default: true))
            settings.maxAge = reader.read(
                .number("\(key).max-age", summary: "Seconds that preflights are kept.", default: 600, in: 0...86_400))
            return settings
        }

        @Sendable private static func isToken(_ text: String) -> Bool {
            !text.isEmpty && text.utf8.allSatisfy(\.isTokenCharacter)
        }
    }
}
