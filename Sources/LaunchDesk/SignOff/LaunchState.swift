/// What is signed of a run and what is open: the decision that follows.
public struct LaunchState: Sendable {
    public enum Signature: Sendable, Equatable {
        case signed(SignOff)
        /// The run knew a signature of `readiness.yaml`.
        case signedInFile
        /// Signed for other evidence.
        case reopened(SignOff)
        case revoked(SignOff)
        case open
    }
    public struct Entry: Sendable {
        public let criterion: LaunchRun.Criterion
        public let signature: Signature
        public var isSigned: Bool {
            switch signature {
            case .signed, .signedInFile: true
            case .reopened, .revoked, .open: false
            }
        }
    }

    public let run: LaunchRun
    public let entries: [Entry]

    /// - Parameter signOffs: of the run's target, the latest first.
    public init(_ run: LaunchRun, _ signOffs: [SignOff]) {
        self.run = run
        entries = run.criteria.map { criterion in
            let own = signOffs.filter { $0.item == criterion.id && ($0.role == criterion.role ?? "") }
            let current = own.filter { $0.evidence == run.evidence }
            let signature: Signature =
                if let valid = current.first(where: { $0.revokedAt == nil }) {
                    .signed(valid)
                } else if let revoked = current.first {
                    .revoked(revoked)
                } else if criterion.wasSigned, own.isEmpty {
                    .signedInFile
                } else if let other = own.first(where: { $0.revokedAt == nil }) {
                    .reopened(other)
                } else {
                    .open
                }
            return Entry(criterion: criterion, signature: signature)
        }
    }

    /// Signatures that a launch at the run's level waits for.
    public var missing: [LaunchRun.Criterion] {
        entries.filter { $0.criterion.isBlocker && !$0.isSigned }.map(\.criterion)
    }

    /// Every signature is there, and nothing else stood in the way.
    public var isGo: Bool { run.evidence != nil && missing.isEmpty && run.otherBlockers.isEmpty }
}
