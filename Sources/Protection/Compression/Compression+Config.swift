public import Kernel

extension CompressionStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        /// zlib's, 1 (fast) to 9 (small).
        public var level: Int
        /// Bytes below which a response of known length stays as it is.
        public var minimum: Int
        /// Compress responses with a strong `ETag` too and weaken it.
        public var weakensETags: Bool

        public init(mode: ControlMode, level: Int = 5, minimum: Int = 1000, weakensETags: Bool = true) {
            self.mode = mode
            self.level = level
            self.minimum = minimum
            self.weakensETags = weakensETags
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.compression"
            let mode = reader.mode(of: key)
            let level = reader.read(
                .number("\(key).level", summary: "How hard gzip tries: 1 is fast, 9 is small.", default: 5, in: 1...9))
            let minimum = reader.read(
                .bytes("\(key).minimum", summary: "Shorter responses stay as they are.", default: 1000))
            let weakens = reader.read(
                .flag(
                    "\(key).weaken-etags",
                    summary: """
                        Compress responses with a strong ETag too and weaken it; `false` for apps that take `If-Match`.
                        """, default: true))
            return Settings(mode: mode, level: level, minimum: minimum, weakensETags: weakens)
        }
    }
}
