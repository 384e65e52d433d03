/// The room table of ARCHITECTURE.md: what each target may import, of ours and of others'.
struct RoomTable {
    struct Room: Equatable {
        let name: String
        /// Rooms that it may import.
        let rooms: Set<String>
        /// Modules of third-party packages that it may import: exactly its dependencies in Package.swift.
        let thirdParty: Set<String>
        /// In the design, not in the sources yet.
        let isPlanned: Bool
    }
    private(set) var rooms: [String: Room] = [:]

    /// Modules that come with the toolchain and that every room may import.
    static let toolchain: Set<String> = [
        "Synchronization", "Foundation", "FoundationEssentials", "Dispatch", "Glibc", "Musl", "Darwin",
    ]
    /// `Kernel` does no I/O, so it gets less.
    static let toolchainWithoutIO: Set<String> = ["Synchronization", "FoundationEssentials"]

    /// Reads every Markdown row with four cells or more whose first is a name in backticks.
    init(markdown: String) {
        for line in markdown.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().map(String.init)
            guard cells.count >= 4, let name = RoomTable.names(cells[0]).first else { continue }
            rooms[name] = Room(
                name: name, rooms: Set(RoomTable.names(cells[2])), thirdParty: Set(RoomTable.names(cells[3])),
                isPlanned: cells[1].contains("*planned*"))
        }
    }

    /// What stands between backticks.
    private static func names(_ cell: String) -> [String] {
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
}

/// One `import` of a file.
struct ImportLine: Equatable {
    let module: String
    let attributes: [String]
    /// From 1.
    let line: Int

    /// Every import of a source, whatever its access level, attributes or kind (`import struct A.B`).
    static func all(in text: String) -> [ImportLine] {
        StrippedSource(text).code.enumerated().compactMap { index, line in
            guard let match = line.firstMatch(of: ImportLine.form) else { return nil }
            let attributes = match.1.split(separator: " ").map(String.init)
            return ImportLine(module: String(match.2), attributes: attributes, line: index + 1)
        }
    }

    private nonisolated(unsafe) static let form =
        #/^\s*((?:@\w+(?:\([^)]*\))?\s+)*)(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?(\w+)/#
}

/// Judges imports by the table.
struct ImportRules {
    let table: RoomTable

    /// Which proof-minting interface belongs to whom.
    static let minters = [
        "MintForwardPermit": "Sources/Protection/Authorization/", "MintSignedIn": "Sources/Identity/Sessions/",
    ]

    /// What is wrong with a file's imports, each with `file:line`.
    func violations(path: String, text: String) -> [String] {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count > 2, parts[0] == "Sources" else { return exampleViolations(path: path, text: text) }
        guard let room = table.rooms[parts[1]] else {
            return ["\(path): the room `\(parts[1])` has no row in ARCHITECTURE.md"]
        }
        return ImportLine.all(in: text).flatMap { line in
            var found: [String] = []
            if !allows(room, line.module) {
                found.append(
                    "\(path):\(line.line): `\(room.name)` must not import `\(line.module)`: "
                        + "let it travel as a value or through a port in Kernel, or change ARCHITECTURE.md with a reason"
                )
            }
            return found + minting(path, line)
        }
    }

    private func allows(_ room: RoomTable.Room, _ module: String) -> Bool {
        let toolchain = room.name == "Kernel" ? RoomTable.toolchainWithoutIO : RoomTable.toolchain
        return module == room.name || room.rooms.contains(module) || room.thirdParty.contains(module)
            || toolchain.contains(module)
    }

    private func minting(_ path: String, _ line: ImportLine) -> [String] {
        line.attributes.compactMap { attribute in
            guard attribute.hasPrefix("@_spi(Mint"), attribute.hasSuffix(")") else { return nil }
            let name = String(attribute.dropFirst("@_spi(".count).dropLast())
            guard let owner = ImportRules.minters[name] else {
                return "\(path):\(line.line): `\(attribute)` names a proof that ImportRules.minters doesn't know"
            }
            return path.hasPrefix(owner)
                ? nil : "\(path):\(line.line): only \(owner) may import with `\(attribute)`: ask it for the proof"
        }
    }

    /// The example app knows nothing of us; its C libraries are its own or the system's.
    private func exampleViolations(path: String, text: String) -> [String] {
        guard path.hasPrefix("Examples/") else { return [] }
        let ours = Set(table.rooms.keys).filter { !$0.hasPrefix("C") || $0.dropFirst().first?.isLowercase == true }
        return ImportLine.all(in: text).filter { ours.contains($0.module) }.map {
            "\(path):\($0.line): an example app must not import our room `\($0.module)`"
        }
    }
}
