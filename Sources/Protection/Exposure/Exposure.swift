internal import Kernel
internal import Web

/// Which paths are kept from strangers. Looked up by hash: the table is long, the look-up must not be.
///
/// A class, because closures that look at it would copy a struct for every request.
final class ExposureRule: Sendable {
    private let exact: Set<String>
    private let below: Set<String>
    private let shown: Set<String>
    /// What a hidden path's first segment can be: most paths are turned away by this alone.
    private let firstSegments: FieldNameTable
    private let hidesDotFiles: Bool
    private let hidesCopies: Bool

    init(areas: Set<ExposureArea>) {
        hidesDotFiles = areas.contains(.dotFiles)
        hidesCopies = areas.contains(.backups)
        shown = Set(ExposureArea.shown.map { String($0.dropLast(3)) })
        var (exact, below, firsts) = (Set<String>(), Set<String>(), Set<String>())
        for pattern in areas.flatMap(\.patterns) {
            if pattern.hasSuffix("/**") { below.insert(String(pattern.dropLast(3))) } else { exact.insert(pattern) }
            firsts.insert(String(pattern.dropFirst().prefix { $0 != "/" }))
        }
        (self.exact, self.below) = (exact, below)
        firstSegments = FieldNameTable(Array(firsts))
    }

    /// The hidden paths are looked for in every reading; a reading without its extension counts only where the
    /// extension names no asset, so that `/metrics` is hidden and `/metrics.png` is not.
    func hides(_ target: TargetReadings) -> Bool {
        // Nearly every path: without a dot, and not left over by an editor either.
        guard target.isPlain else { return hidesSome(target) }
        let isSuspicious = target.path.withBytes { $0.last == 0x7E || mayBeHidden($0) }
        return isSuspicious && hides(target.path)
    }

    private func hidesSome(_ target: TargetReadings) -> Bool {
        let asset = PathText.assetExtension(of: target.path)
        return target.readings.contains { reading in
            if let asset, PathText.assetExtension(of: reading) != asset { return false }
            return hides(reading)
        }
    }

    /// Whether this path, in lower case, lies in one of the areas. `/.well-known/` never counts as a dot file.
    func hides(_ path: String) -> Bool {
        var previous: UInt8 = 0
        var slashes = 0
        var hasDot = false
        for byte in path.utf8 {
            if byte == 0x2E, previous == 0x2F { hasDot = true }
            if byte == 0x2F { slashes += 1 }
            previous = byte
        }
        if hasDot, hidesDotFiles, ExposureRule.hasDotFile(path) { return true }
        if hidesCopies, ExposureRule.isCopy(path, last: previous) { return true }
        guard path.withBytes(mayBeHidden) else { return false }
        if exact.contains(path) { return true }
        guard slashes > 0 else { return false }
        var end = path.utf8.endIndex
        var hidden = false
        // From the whole path up to its first segment; four segments name every area.
        while let upper = Optional(path[..<end]), upper.utf8.count > 1 {
            let name = String(upper)
            if shown.contains(name) { return false }
            if below.contains(name) { hidden = true }
            guard let slash = upper.utf8.lastIndex(of: 0x2F) else { break }
            end = slash
        }
        return hidden
    }

    /// By the first segment, in any case.
    private func mayBeHidden(_ path: UnsafeRawBufferPointer) -> Bool {
        guard path.count > 1 else { return false }
        let rest = UnsafeRawBufferPointer(rebasing: path[1...])
        let end = rest.firstIndex(of: 0x2F) ?? rest.endIndex
        return firstSegments.contains(UnsafeRawBufferPointer(rebasing: rest[..<end]))
    }

    private static func hasDotFile(_ path: String) -> Bool {
        for (position, segment) in path.split(separator: "/").enumerated() {
            guard segment.utf8.first == 0x2E, let next = segment.utf8.dropFirst().first, ErrorText.isWord(next) else {
                continue
            }
            let name = String(segment)
            if name == ".well-known", position == 0 { continue }
            if position == 0 || ExposureArea.secretNames.contains(name) || name.hasPrefix(".env.") { return true }
        }
        return false
    }

    /// `config.php~`, `config.php.bak`, `.config.php.swp`.
    private static func isCopy(_ path: String, last: UInt8) -> Bool {
        switch last {
        case 0x7E: path.utf8.dropLast().last.map { $0 != 0x2F } ?? false
        case 0x6B: path.hasSuffix(".bak")
        case 0x70: path.hasSuffix(".swp")
        default: false
        }
    }
}

/// What the end of a path says.
enum PathText {
    private static let assets: Set<String> = [
        "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "css", "js", "mjs", "map", "woff", "woff2", "ttf",
        "otf", "html", "htm", "pdf", "mp4", "webm", "mp3", "wasm", "webmanifest",
    ]

    /// The extension, in lower case, when it is one of an asset or a page.
    static func assetExtension(of path: String) -> String? {
        guard path.utf8.contains(0x2E), let dot = path.utf8.lastIndex(of: 0x2E) else { return nil }
        let text = path[dot...].dropFirst()
        guard text.utf8.count <= 11, !text.utf8.contains(0x2F) else { return nil }
        let name = text.lowercased()
        return assets.contains(name) ? name : nil
    }
}
