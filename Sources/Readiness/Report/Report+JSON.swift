import FoundationEssentials

extension Report {
    /// Pretty JSON with sorted keys, `schemaVersion` in it.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return text(of: try encoder.encode(self)) + "\n"
    }

    /// Reads what `json()` wrote; refuses another schema.
    public init(json: String) throws {
        self = try JSONDecoder().decode(Report.self, from: Data(json.utf8))
        guard schemaVersion == Report.currentSchema else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: [], debugDescription: "schema \(schemaVersion), not \(Report.currentSchema)"))
        }
    }
}
