internal import Kernel
internal import NIOHTTP1
internal import Web

extension ProjectDemand {
    /// Reads what the head says: exactly one field, exactly one parameter, whatever spelling an app might take for it.
    mutating func read(_ request: RequestHead, _ target: TargetReadings) {
        for name in headers {
            let found = request.headers.filter { ProjectDemand.folded($0.name.utf8) == ProjectDemand.folded(name.utf8) }
            // A field twice, or under another spelling (`X_Project`) that some frameworks take for it, is no clear word.
            guard found.count == 1, let field = found.first, field.name.lowercased() == name else {
                isUnclear = true
                continue
            }
            names.insert(field.value)
        }
        for name in parameters {
            let values = ProjectDemand.parameters(like: name, in: target.query ?? "")
            guard values.count == 1, let value = values.first, let value else {
                isUnclear = true
                continue
            }
            names.insert(value)
        }
        headers = []
        parameters = []
    }

    /// Every parameter that somebody might take for `name`, with what it is; nil where only some would.
    private static func parameters(like name: String, in query: String) -> [String?] {
        query.utf8.split(whereSeparator: { $0 == 0x26 || $0 == 0x3B }).compactMap { pair -> String?? in
            let mark = pair.firstIndex(of: 0x3D) ?? pair.endIndex
            // can't trap: the mark is an index of the pair, or its end.
            let written = Array(pair[..<mark])
            // Twice: some decode once more.
            let decoded = TargetReader.percentDecoded(
                TargetReader.percentDecoded(written.map { $0 == 0x2B ? 0x20 : $0 }))
            // PHP drops blanks and makes `_` of dots; many take `name[]` and `name[0]` for `name`.
            let bare = decoded.drop(while: { $0 <= 0x20 }).prefix(while: { $0 != 0x5B && $0 != 0 })
            guard folded(bare) == folded(name.utf8) else { return nil }
            guard written.elementsEqual(name.utf8), mark < pair.endIndex else { return .some(nil) }
            // can't trap: the mark is before the end.
            return .some(String(decoding: pair[pair.index(after: mark)...], as: UTF8.self))
        }
    }

    private static func folded(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        bytes.map { byte in
            switch byte {
            case 0x41...0x5A: byte | 0x20
            case 0x2D, 0x2E, 0x20: 0x5F
            default: byte
            }
        }
    }
}
