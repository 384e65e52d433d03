/// Why a provider didn't tell who somebody is: a code for decisions, a detail for the log. Never codes, tokens or secrets.
struct ProviderFault: Error, Sendable, Equatable, CustomStringConvertible {
    enum Code: String, Sendable {
        /// It can't be reached, or says itself that it is out of order: worth another try.
        case unavailable
        /// What it answers isn't what the protocol says, or breaks a rule of ours.
        case answer
        /// It refused the code.
        case refused
        /// Its ID token isn't believed.
        case token
    }

    let code: Code
    let detail: String

    init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    init(_ fault: TokenFault) { self.init(.token, fault.rawValue) }

    var description: String { "\(code.rawValue): \(detail)" }

    /// What stands in the trail: one of a few words.
    var reason: String { code == .token ? "token-" + detail : code.rawValue }

    static func json(_ bytes: [UInt8], of what: String) throws(ProviderFault) -> StrictJSON {
        do {
            let value = try StrictJSON.parse(bytes)
            guard case .object = value else { throw ProviderFault(.answer, "\(what) isn't an object") }
            return value
        } catch let fault as ProviderFault {
            throw fault
        } catch {
            throw ProviderFault(.answer, "\(what) \((error as? StrictJSON.Refusal)?.rawValue ?? "isn't JSON")")
        }
    }
}
