/// How much of an archive is looked at: what is in it was written by nobody knows whom.
struct ArchiveLimits: Sendable {
    var entries = 1_000_000
    /// Bytes of the list of contents.
    var directory = 512 * 1_048_576
    /// Bytes of one entry, inflated.
    var entry = 32 * 1_048_576
    /// Bytes of all entries, inflated.
    var total = 8 * 1_073_741_824
}

/// Why an archive, or something in it, isn't taken.
struct ArchiveProblem: Error, Equatable, CustomStringConvertible {
    var what: String
    init(_ what: String) { self.what = what }
    var description: String { what }
}
