import Egress
import Foundation
import Kernel

/// Calls to providers: every one bounded, none redirected, and nothing of a code, token or secret in what they throw.
struct ProviderCalls: Sendable {
    let egress: any EgressCalling

    /// What a provider gave for a code.
    struct Tokens: Sendable {
        let access: Secret
        let id: String?
    }

    /// - Parameter bearer: an access token, for what is about its owner.
    func get(_ url: String, _ what: String, bearer: Secret? = nil) async throws(ProviderFault) -> EgressResponse {
        var headers = [("Accept", "application/json"), ("User-Agent", "Seaworthy")]
        if let bearer { headers.append(("Authorization", "Bearer \(bearer.reveal())")) }
        let response = try await send(EgressRequest("GET", url, headers: headers), what)
        guard response.status == 200 else { throw ProviderCalls.fault(response.status, what) }
        return response
    }

    /// Exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
    func exchange(
        code: String, verifier: String, redirect: String, for provider: SignInProvider, at metadata: ProviderMetadata
    ) async throws(ProviderFault) -> Tokens {
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ]
        var headers = [
            ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
            ("User-Agent", "Seaworthy"),
        ]
        if let secret = provider.clientSecret, !metadata.sendsSecretInForm {
            // RFC 6749 §2.3.1: both halves are form-encoded first.
            let pair = provider.clientID.percentEncodedForQuery + ":" + secret.reveal().percentEncodedForQuery
            headers.append(("Authorization", "Basic \(Data(pair.utf8).base64EncodedString())"))
        } else {
            form.append(("client_id", provider.clientID))
            if let secret = provider.clientSecret { form.append(("client_secret", secret.reveal())) }
        }
        let what = "the token endpoint"
        let response = try await send(
            EgressRequest("POST", metadata.token, headers: headers, body: Array(FormValue.form(form).utf8)), what)
        guard response.status == 200 || response.status == 400 || response.status == 401 else {
            throw ProviderCalls.fault(response.status, what)
        }
        let answer = try ProviderFault.json(response.body, of: "the answer of \(what)")
        if let error = answer.member("error") {
            throw ProviderFault(.refused, "the code was refused: \(ErrorCode.shown(error.text))")
        }
        guard response.status == 200, let access = answer.member("access_token")?.text,
            (1...ProviderToken.longest).contains(access.utf8.count), access.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            answer.member("token_type")?.text?.lowercased() == "bearer"
        else { throw ProviderFault(.answer, "\(what) gave no bearer token") }
        return Tokens(access: Secret(access), id: answer.member("id_token")?.text)
    }

    private func send(_ request: EgressRequest, _ what: String) async throws(ProviderFault) -> EgressResponse {
        do {
            return try await egress.send(request)
        } catch {
            throw ProviderFault(error.isTransient || error.code == .tls ? .unavailable : .answer, "\(what): \(error)")
        }
    }

    private static func fault(_ status: Int, _ what: String) -> ProviderFault {
        ProviderFault(status >= 500 || status == 429 ? .unavailable : .answer, "\(what) answered \(status)")
    }
}

/// An `error` of a provider (RFC 6749 §4.1.2.1): strangers choose it too, so only what looks like one is shown.
enum ErrorCode {
    static func shown(_ text: String?) -> String {
        guard let text, (1...40).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x61...0x7A).contains($0) || $0 == 0x5F })
        else { return "an unknown error" }
        return text
    }
}

/// Fields as forms and queries carry them.
enum FormValue {
    static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\($0.0)=\($0.1.percentEncodedForQuery)" }.joined(separator: "&")
    }
}
