internal import Kernel

/// What becomes of an error answer of the app.
struct ErrorScrubbingRule: Sendable, Equatable {
    /// How far errors that leak nothing are brought into one shape.
    enum Shape: String, Sendable, CaseIterable {
        /// Bare errors become problem documents, JSON objects get what is missing of one.
        case problem
        /// Only bare errors become problem documents.
        case bare
        /// What leaks nothing stays as it is.
        case keep
    }
    let shape: Shape

    enum Decision: Equatable {
        case keep
        /// The inside shows: another body instead.
        case leak(Leak)
        /// The body can't be read here and the app has failed.
        case unreadable
        /// Says nothing of the app's own: a problem document instead.
        case bare
        /// A JSON object that lacks members of a problem document: this goes out instead.
        case extend([UInt8])
    }

    /// What is known of an answer besides its body.
    struct Answer {
        let status: Int
        let title: String
        let type: String?
        /// Whether the client wants a page.
        let wantsPage: Bool
        let path: String
        let requestID: String
        let time: Timestamp
    }

    /// - Parameter body: the beginning of the body without its content coding; nil when it can't be read here.
    func decide(_ answer: Answer, body: [UInt8]?, isWhole: Bool) -> Decision {
        // What can't be judged isn't shown when the app has failed: else a client could ask for `br` and read on.
        guard let body else { return answer.status >= 500 ? .unreadable : .keep }
        if let leak = LeakDetector.find(in: body, onlyCertain: answer.status < 500, requestPath: answer.path) {
            return .leak(leak)
        }
        if shape == .keep || answer.wantsPage { return .keep }
        if BareError.matches(type: answer.type, body: body, isWhole: isWhole) { return .bare }
        guard shape == .problem, isWhole, let type = answer.type,
            MediaType.essence(type).isEqualIgnoringCase(to: "application/json"), let members = JSONMembers(body)
        else { return .keep }
        return .extend(ErrorScrubbingRule.extended(members, answer))
    }

    /// The app's members all stay, in their order; RFC 9457 §3.2 lets a problem document have members of one's own.
    private static func extended(_ members: JSONMembers, _ answer: Answer) -> [UInt8] {
        let has = Set(members.names)
        var text = JSONText(reserving: members.inside.count + 256)
        text.beginObject()
        if !has.contains("type") {
            text.name("type")
            text.string("about:blank")
        }
        if !has.contains("title") {
            text.name("title")
            text.string(answer.title)
        }
        if !has.contains("status") {
            text.name("status")
            text.number(answer.status)
        }
        if !has.contains("instance") {
            text.name("instance")
            text.string("urn:request:\(answer.requestID)")
        }
        if !has.contains("requestID") {
            text.name("requestID")
            text.string(answer.requestID)
        }
        if !has.contains("timestamp") {
            text.name("timestamp")
            text.string(answer.time.iso8601)
        }
        var bytes = text.bytes
        let inside = members.inside.drop(while: { $0 <= 0x20 })
        if bytes.count > 1, !inside.isEmpty { bytes.append(0x2C) }
        bytes.append(contentsOf: inside)
        bytes.append(0x7D)
        return bytes
    }
}
