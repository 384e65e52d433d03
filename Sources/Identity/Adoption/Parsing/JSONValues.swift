import Kernel

/// The texts and numbers that stand at some places of a JSON document (RFC 8259), wherever they stand twice: each of them.
/// Places are JSON Pointers (RFC 6901) or names of members of the outermost object.
enum JSONValues {
    private static let mostDepth = 32

    /// Pairs of a place, as it was given, and a value; nil for what is no JSON object.
    static func texts(_ bytes: [UInt8], _ places: [String]) -> [(name: String, value: String)]? {
        var reader = Reader(json: JSONScanner(bytes), wanted: [:])
        for place in places {
            let path = place.utf8.first == 0x2F ? pointer(place) : [place]
            // can't trap: a dictionary.
            reader.wanted[path, default: []].append(place)
        }
        reader.json.skipBlanks()
        guard reader.json.rest.first == 0x7B, reader.value(at: [], depth: 0) else { return nil }
        reader.json.skipBlanks()
        return reader.json.rest.isEmpty ? reader.found : nil
    }

    private static func pointer(_ text: String) -> [String] {
        text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    private struct Reader {
        var json: JSONScanner
        var wanted: [[String]: [String]]
        var found: [(name: String, value: String)] = []

        /// False where there is no value.
        mutating func value(at path: [String], depth: Int) -> Bool {
            guard depth <= mostDepth else { return false }
            json.skipBlanks()
            switch json.rest.first {
            case 0x7B: return object(at: path, depth: depth)
            case 0x5B: return array(at: path, depth: depth)
            case 0x22:
                guard let text = try? json.text() else { return false }
                note(text, at: path)
                return true
            default:
                let word = json.word()
                guard !word.isEmpty, word.count <= 64 else { return false }
                let literal = String(decoding: word, as: UTF8.self)
                guard ["null", "true", "false"].contains(literal) || Double(literal) != nil else { return false }
                note(literal, at: path)
                return true
            }
        }

        private mutating func note(_ text: String, at path: [String]) {
            // can't trap: a dictionary.
            for name in wanted[path] ?? [] { found.append((name, text)) }
        }

        private mutating func object(at path: [String], depth: Int) -> Bool {
            guard json.take(0x7B) else { return false }
            json.skipBlanks()
            if json.take(0x7D) { return true }
            while true {
                json.skipBlanks()
                guard let name = try? json.text() else { return false }
                json.skipBlanks()
                guard json.take(0x3A), value(at: path + [name], depth: depth &+ 1) else { return false }
                json.skipBlanks()
                if json.take(0x2C) { continue }
                return json.take(0x7D)
            }
        }

        private mutating func array(at path: [String], depth: Int) -> Bool {
            guard json.take(0x5B) else { return false }
            json.skipBlanks()
            if json.take(0x5D) { return true }
            var position = 0
            while true {
                guard value(at: path + ["\(position)"], depth: depth &+ 1) else { return false }
                position &+= 1
                json.skipBlanks()
                if json.take(0x2C) { continue }
                return json.take(0x5D)
            }
        }
    }
}
