// Who is calling, for a Hummingbird app behind Seaworthy. Packages: hummingbird, swift-crypto.
import Crypto
public import Foundation
import FoundationNetworking
import HTTPTypes
public import Hummingbird

/// What `X-Seaworthy-Identity` says; there is more in it.
struct Caller: Decodable, Sendable {
    let aud: String, email: String, role: String
    let exp: Double, nbf: Double
    let permissions: [String]
}

/// The keys at `/seaworthy/identity-keys`, asked for again when there is one that isn't known.
actor IdentityKeys {
    private struct KeySet: Decodable {
        struct Key: Decodable { let kid: String, x: String }
        let keys: [Key]
    }
    private let address: URL
    private var keys: [String: Curve25519.Signing.PublicKey] = [:]

    init(_ address: URL) { self.address = address }

    func verify(_ token: String) async throws -> Caller {
        struct Head: Decodable { let alg: String, typ: String, kid: String }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let head = bytes(parts[0]), let body = bytes(parts[1]), let signature = bytes(parts[2])
        else { throw HTTPError(.unauthorized) }
        let kind = try JSONDecoder().decode(Head.self, from: head)
        guard kind.alg == "EdDSA", kind.typ == "seaworthy-identity+jwt" else { throw HTTPError(.unauthorized) }
        if keys[kind.kid] == nil {
            let (text, _) = try await URLSession.shared.data(from: address)
            for key in try JSONDecoder().decode(KeySet.self, from: text).keys {
                keys[key.kid] = try bytes(key.x).map { try Curve25519.Signing.PublicKey(rawRepresentation: $0) }
            }
        }
        let who = try JSONDecoder().decode(Caller.self, from: body)
        let now = Date().timeIntervalSince1970
        guard let key = keys[kind.kid], key.isValidSignature(signature, for: Data("\(parts[0]).\(parts[1])".utf8)),
            who.aud == "app", who.exp > now, who.nbf <= now
        else { throw HTTPError(.unauthorized) }
        return who
    }

    private func bytes(_ base64url: String) -> Data? {
        let text = base64url.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4))
    }
}

/// - Parameter gateway: Seaworthy, as the app reaches it.
public func hummingbirdSample(behind gateway: URL, port: Int) -> some ApplicationProtocol {
    let keys = IdentityKeys(gateway.appending(path: "seaworthy/identity-keys"))
    let router = Router()
    router.get("/me") { request, _ in
        guard let name = HTTPField.Name("X-Seaworthy-Identity"), let token = request.headers[name],
            let who = try? await keys.verify(token)
        else { throw HTTPError(.unauthorized) }
        guard who.permissions.contains("reports.read") else { throw HTTPError(.forbidden) }
        return ["email": who.email, "role": who.role]
    }
    return Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
}
