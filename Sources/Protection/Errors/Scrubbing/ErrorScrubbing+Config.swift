public import Kernel

extension ErrorScrubbingStage {
    public struct Settings: Sendable, Equatable {
        public var mode: ControlMode
        var shape: ErrorScrubbingRule.Shape

        /// Errors that leak nothing are brought into one shape too.
        public init(mode: ControlMode) { self.init(mode: mode, shape: .problem) }

        init(mode: ControlMode, shape: ErrorScrubbingRule.Shape) {
            self.mode = mode
            self.shape = shape
        }

        public static func read(_ reader: inout ConfigurationReader) -> Settings {
            let key = "protection.error-scrubbing"
            let mode = reader.mode(of: key)
            let shape = reader.read(
                .choice(
                    "\(key).shape",
                    summary: """
                        What becomes of the app's errors that leak nothing: `problem` gives bare ones a problem document \
                        and JSON objects what they lack of one; `bare` leaves JSON alone; `keep` leaves all alone.
                        """,
                    default: ErrorScrubbingRule.Shape.problem))
            return Settings(mode: mode, shape: shape)
        }
    }
}
