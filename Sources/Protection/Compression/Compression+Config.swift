public import Kernel

extension CompressionStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        /// zlib's, 1 (fast) to 9 (small).
        public var level: Int
        /// Bytes below which a response of known length stays as it is.
        public var minimum: Int

        public init(mode: ControlMode, level: Int = 5, minimum: Int = 1024) {
            self.mode = mode
            self.level = level
            self.minimum = minimum
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.compression"
            let mode = reader.mode(of: key)
            let level = reader.read(
                .number("\(key).level", summary: "How hard gzip tries.", default: 5, in: 1...9))
            let minimum = reader.read(
                .bytes("\(key).minimum", summary: "Shorter responses stay as they are.", default: 1024))
            return Settings(mode: mode, level: level, minimum: minimum)
        }
    }

    public static let capability = Capability(
        id: "protection.compression", title: "Text goes out compressed", level: .recommended, stages: ["Compression"],
        modeKey: "protection.compression.mode", reasons: [], provedBy: ["delivery.compression"])
}
