public import Kernel

extension ErrorScrubbingStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        /// Bodyless and framework-made errors become problem documents for clients that don't ask for pages.
        public var unifiesShape: Bool

        public init(mode: ControlMode, unifiesShape: Bool = true) {
            self.mode = mode
            self.unifiesShape = unifiesShape
        }

        enum Shape: String, Sendable, CaseIterable { case problem, keep }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let mode = reader.mode(of: "protection.errors")
            let shape = reader.read(
                .choice(
                    "protection.errors.shape",
                    summary: "What becomes of errors whose body the app's framework made, not the app.",
                    default: Shape.problem))
            return Settings(mode: mode, unifiesShape: shape == .problem)
        }
    }
}
