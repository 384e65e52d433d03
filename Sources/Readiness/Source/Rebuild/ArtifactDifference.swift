/// Where two files that should be the same aren't, and what probably made them differ.
struct ArtifactDifference: Sendable, Equatable {
    enum Cause: String, Sendable, CaseIterable {
        case time = "the time of the build"
        case path = "the folder that was built in"
        case order = "the order in which files or lines were taken"
        case attributes = "owners, modes or the way of packing"
        case content = "something else that changes from build to build, such as random numbers or another tool"
    }
    /// `app/version.py from byte 14`, each a place that differs.
    var places: [String] = []
    var causes: Set<Cause> = []
    private static let mostNamed = 4

    /// - Parameter paths: the folders of the two builds, to recognise in what differs.
    init(_ one: ArchiveFile, _ other: ArchiveFile, paths: [String]) {
        if let first = ArtifactContents(one), let second = ArtifactContents(other) {
            compare(first, second, paths)
            if !places.isEmpty { return }
        }
        guard let place = Self.firstDifference(one, other) else { return }
        places.append("the file itself from byte \(place)")
        // Packed bytes say nothing; plain ones say something around the place.
        let start = max(0, place - 65_536)
        let windows = [one, other].map { file in
            file.read(at: start, count: max(0, min(file.size - start, 131_072))) ?? []
        }
        causes.insert(Self.cause(windows, at: place - start, paths))
    }

    /// "differs in a, b and 3 more; the cause is probably …"
    var description: String {
        let named = places.prefix(Self.mostNamed).joined(separator: ", ")
        let more = places.count > Self.mostNamed ? " and \(places.count - Self.mostNamed) more" : ""
        let why = Cause.allCases.filter(causes.contains).map(\.rawValue).joined(separator: "; ")
        return "\(named)\(more)" + (why.isEmpty ? "" : "; probably by \(why)")
    }

    private mutating func compare(_ one: ArtifactContents, _ other: ArtifactContents, _ paths: [String]) {
        let (names, otherNames) = (one.members.map(\.name), other.members.map(\.name))
        let (first, second) = (Set(names), Set(otherNames))
        for (own, foreign, which) in [(first, second, "first"), (second, first, "second")] {
            for name in own.subtracting(foreign).sorted() {
                places.append("\(Self.shown(name)) is in the \(which) alone")
                causes.insert(.content)
            }
        }
        var stamped: [String] = []
        var attributed: [String] = []
        let partners = Dictionary(other.members.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for member in one.members {
            guard let partner = partners[member.name] else { continue }
            if let place = Self.firstDifference(member, partner) {
                places.append("\(Self.shown(member.name)) from byte \(place)")
                causes.insert(Self.cause([member, partner].map { $0.content() ?? [] }, at: place, paths))
            }
            if member.stamp != partner.stamp { stamped.append(member.name) }
            if member.attributes != partner.attributes { attributed.append(member.name) }
        }
        if !stamped.isEmpty {
            places.append("the time of \(Self.some(stamped))")
            causes.insert(.time)
        }
        if one.packedAt != other.packedAt {
            places.append("the time in the gzip head")
            causes.insert(.time)
        }
        if !attributed.isEmpty {
            places.append("owner, mode or packing of \(Self.some(attributed))")
            causes.insert(.attributes)
        }
        if first == second, names != otherNames {
            let place = zip(names, otherNames).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0
            places.append("the order of its files, from number \(place + 1)")
            causes.insert(.order)
        }
    }

    private static func shown(_ name: String) -> String { name.isEmpty ? "its content" : visible(name, limit: 120) }

    private static func some(_ names: [String]) -> String {
        names.count == 1 ? shown(names[0]) : "\(shown(names[0])) and \(names.count - 1) more"
    }

    private static func firstDifference(_ one: ArtifactContents.Member, _ other: ArtifactContents.Member) -> Int? {
        if one.size == other.size, let sum = one.checksum, sum == other.checksum { return nil }
        guard let first = one.content(), let second = other.content() else { return 0 }
        if first == second { return nil }
        return zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            ?? min(first.count, second.count)
    }

    private static func firstDifference(_ one: ArchiveFile, _ other: ArchiveFile) -> Int? {
        let common = min(one.size, other.size)
        var place = 0
        while place < common {
            let count = min(1_048_576, common - place)
            guard let first = one.read(at: place, count: count), let second = other.read(at: place, count: count) else {
                return place
            }
            if first != second {
                return place + (zip(first, second).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? 0)
            }
            place += count
        }
        return one.size == other.size ? nil : common
    }

    /// What two texts that part ways at a place say about why.
    static func cause(_ texts: [[UInt8]], at place: Int, _ paths: [String]) -> Cause {
        guard let one = texts.first, let other = texts.last else { return .content }
        for path in paths where !path.isEmpty {
            let wanted = Array(path.utf8)
            if [one, other].contains(where: { isIn($0, wanted, near: place) }) { return .path }
        }
        let near = [one, other].map { bytes in
            text(of: bytes[max(0, min(bytes.count, place) - 24)..<min(bytes.count, place + 24)])
        }
        if near.allSatisfy(isTime) { return .time }
        let lines = [one, other].map { $0.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init) }
        if one.count == other.count, one.count <= 4 * 1_048_576, let first = lines.first, let second = lines.last {
            if first.count > 2, Set(first) == Set(second) { return .order }
            // Members of one line in another order, as a set is written.
            if Set([one, other].map { $0.reduce(into: [Int](repeating: 0, count: 256)) { $0[Int($1)] += 1 } }).count
                == 1
            {
                return .order
            }
        }
        return .content
    }

    private static func isIn(_ bytes: [UInt8], _ wanted: [UInt8], near place: Int) -> Bool {
        let start = max(0, min(bytes.count, place) - wanted.count - 256)
        let end = min(bytes.count, place + wanted.count + 256)
        guard end - start >= wanted.count else { return false }
        return (start...(end - wanted.count)).contains { bytes[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }

    /// A date, a time of day, or seconds since 1970 of our years.
    static func isTime(_ text: String) -> Bool {
        text.contains(
            #/(19|20)\d\d[-/.]?[01]\d[-/.]?[0-3]\d|[0-2]\d:[0-5]\d(:[0-5]\d)?|1[4-9]\d{8}|20\d{8}|[A-Z][a-z]{2} [ 0-3]\d (19|20)\d\d/#
        )
    }
}
