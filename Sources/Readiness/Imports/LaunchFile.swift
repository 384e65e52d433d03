import FoundationEssentials

/// What people decided, as `seaworthy uat export --for-check` writes it and `seaworthy check --launch` reads it: the rates
/// of the acceptance plans, and signatures with the evidence that each is bound to.
public struct LaunchFile: Sendable, Codable, Equatable {
    public struct Rate: Sendable, Codable, Equatable {
        /// An id of `FigureCatalogue`.
        public var figure: String
        public var value: Double
        public init(figure: String, value: Double) {
            self.figure = figure
            self.value = value
        }
    }
    public struct Signature: Sendable, Codable, Equatable {
        public var item: String
        public var role: String?
        public var by: String
        public var signed: CalendarDay
        /// The last day on which it counts.
        public var expires: CalendarDay
        /// Digest of the run that was seen.
        public var evidence: String
        public var note: String?
        public init(
            item: String, role: String?, by: String, signed: CalendarDay, expires: CalendarDay, evidence: String,
            note: String?
        ) {
            self.item = item
            self.role = role
            self.by = by
            self.signed = signed
            self.expires = expires
            self.evidence = evidence
            self.note = note
        }
    }

    public static let currentVersion = 1
    static let largest = 8_388_608

    public var launchVersion = LaunchFile.currentVersion
    /// ISO 8601, UTC.
    public var madeAt: String
    /// The app that the signatures are about; nil where there are none.
    public var target: String?
    public var figures: [Rate]
    public var signatures: [Signature]
    /// Of everything else, so that a file that was changed by hand or cut off isn't taken for one that was not.
    public private(set) var digest = ""

    public init(madeAt: String, target: String?, figures: [Rate], signatures: [Signature]) {
        self.madeAt = madeAt
        self.target = target
        self.figures = figures
        self.signatures = signatures
        digest = computed
    }

    private var computed: String {
        var bare = self
        bare.digest = ""
        return (try? sha256(bare.encoded(.sortedKeys))) ?? ""
    }

    private func encoded(_ format: JSONEncoder.OutputFormatting) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [format, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }

    public func json() throws -> String { text(of: try encoded(.prettyPrinted)) + "\n" }

    /// Why a file isn't taken.
    public struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    public init(json bytes: [UInt8]) throws(Refusal) {
        guard bytes.count <= Self.largest else { throw Refusal(description: "is larger than any launch file") }
        guard let file = try? JSONDecoder().decode(LaunchFile.self, from: Data(bytes)) else {
            throw Refusal(description: "is no launch file: `seaworthy uat export --for-check` writes one")
        }
        guard file.launchVersion == Self.currentVersion else {
            throw Refusal(description: "is of version \(file.launchVersion), \(Self.currentVersion) is known")
        }
        let known = FigureCatalogue.all.map(\.id).filter { $0.hasPrefix("uat.") }
        for rate in file.figures where !known.contains(rate.figure) || !rate.value.isFinite {
            throw Refusal(description: "has a figure `\(visible(rate.figure, limit: 40))` that isn't one of its own")
        }
        guard file.digest == file.computed else {
            throw Refusal(description: "isn't what was exported: its digest doesn't match. Export it again")
        }
        self = file
    }
}

extension ReadinessConfiguration {
    /// Takes in what people decided: rates outweigh figures that somebody wrote down, signatures come beside those.
    public mutating func take(_ file: LaunchFile, named name: String) {
        let ids = Set(file.figures.map(\.figure))
        let day = CalendarDay(String(file.madeAt.prefix(10)))
        figures =
            figures.filter { !ids.contains($0.id) }
            + file.figures.map {
                Figure(id: $0.figure, value: $0.value, source: visible(name, limit: 120), measured: day)
            }
        attestations += file.signatures.map {
            Attestation(
                item: $0.item, by: $0.by, role: $0.role, signed: $0.signed, expires: $0.expires, note: $0.note,
                evidence: $0.evidence)
        }
    }
}
