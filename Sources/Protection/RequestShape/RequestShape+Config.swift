public import Kernel

extension RequestShapeStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        public var headerCount: Int
        /// Bytes of all header lines.
        public var headerBytes: Int
        /// Bytes of the request target.
        public var targetLength: Int
        /// Bytes; `Int.max` for none.
        public var bodyLimit: Int
        public var methods: [String]
        /// Percent-encoded bytes of path and query must be UTF-8.
        public var requiresUTF8: Bool

        public init(
            mode: ControlMode, headerCount: Int = 100, headerBytes: Int = 32_768, targetLength: Int = 8192,
            bodyLimit: Int = 10_485_760, methods: [String] = Settings.defaultMethods + Settings.webDAVMethods,
            requiresUTF8: Bool = false
        ) {
            self.mode = mode
            self.headerCount = headerCount
            self.headerBytes = headerBytes
            self.targetLength = targetLength
            self.bodyLimit = bodyLimit
            self.methods = methods
            self.requiresUTF8 = requiresUTF8
        }

        /// IANA's registered methods but for TRACE and CONNECT, and without WebDAV, which has a key of its own.
        public static let defaultMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]
        public static let webDAVMethods = [
            "ACL", "BASELINE-CONTROL", "BIND", "CHECKIN", "CHECKOUT", "COPY", "LABEL", "LINK", "LOCK", "MERGE",
            "MKACTIVITY", "MKCALENDAR", "MKCOL", "MKREDIRECTREF", "MKWORKSPACE", "MOVE", "ORDERPATCH", "PROPFIND",
            "PROPPATCH", "REBIND", "REPORT", "SEARCH", "UNBIND", "UNCHECKOUT", "UNLINK", "UNLOCK", "UPDATE",
            "UPDATEREDIRECTREF", "VERSION-CONTROL",
        ]
        /// Methods that exist, so that 405 is the answer and not 501.
        static let knownMethods = Set(defaultMethods + webDAVMethods + ["TRACE", "TRACK", "CONNECT", "PURGE"])

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.request-shape"
            let mode = reader.mode(of: key)
            let count = reader.read(
                .number("\(key).headers.count", summary: "Header fields of a request.", default: 100, in: 10...10_000))
            let bytes = reader.read(
                .bytes("\(key).headers.size", summary: "Bytes of a request's header section.", default: 32_768))
            let target = reader.read(
                .number("\(key).target.length", summary: "Bytes of a request target.", default: 8192, in: 64...65_536))
            let body = reader.read(
                .bytes("\(key).body.limit", summary: "Bytes of a request's body, declared or not.", default: 10_485_760)
            )
            let methods = reader.read(
                .texts(
                    "\(key).methods", summary: "Methods that are served.", form: "a list of methods such as GET",
                    default: defaultMethods, accepts: { !$0.isEmpty && $0.utf8.allSatisfy(\.isTokenCharacter) }))
            let webDAV = reader.read(
                .flag("\(key).webdav", summary: "Also serve the methods of WebDAV.", default: true))
            let utf8 = reader.read(
                .flag(
                    "\(key).utf8",
                    summary:
                        "Percent-encoded bytes of the target must be UTF-8, not an older encoding such as Latin-1.",
                    default: false))
            return Settings(
                mode: mode, headerCount: count, headerBytes: bytes, targetLength: target, bodyLimit: body,
                methods: methods + (webDAV ? webDAVMethods : []), requiresUTF8: utf8)
        }
    }
}
