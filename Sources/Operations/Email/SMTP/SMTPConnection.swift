import CCurl
import Glibc
import Kernel

/// A libcurl handle, which keeps its connection open for the next mail.
///
// @unchecked: one thread at a time has it: `SMTPTransport` lends it out.
final class SMTPConnection: @unchecked Sendable {
    private let handle: UnsafeMutableRawPointer
    private let settings: SMTPSettings

    private static let isReady = seaworthy_curl_start() != 0

    /// nil when libcurl has no memory or can't start.
    init?(_ settings: SMTPSettings) {
        guard SMTPConnection.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.settings = settings
    }

    deinit { curl_easy_cleanup(handle) }

    /// Sends one mail; blocks its thread, at most as long as the timeout.
    func deliver(_ envelope: Envelope) -> DeliveryOutcome {
        SMTPConnection.ignoreBrokenPipes()
        // Keeps the open connection, forgets every option of the mail before.
        curl_easy_reset(handle)
        let transfer = SMTPTransfer(envelope.content)
        let recipients = curl_slist_append(nil, "<\(envelope.to)>")
        defer { curl_slist_free_all(recipients) }
        guard let recipients, configure(), address(envelope, recipients), attach(transfer, envelope.content.count)
        else { return .misconfigured(reason: "libcurl refuses a setting") }
        let result = withExtendedLifetime(transfer) { curl_easy_perform(handle) }
        return SMTPConnection.outcome(result, transfer)
    }

    /// What is the same for every mail.
    private func configure() -> Bool {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let scheme = settings.tls == .implicit ? "smtps" : "smtp"
        var all = [
            text(CURLOPT_URL, "\(scheme)://\(host):\(settings.port)/\(settings.helloName)"),
            // Nothing but SMTP, and no proxy that an environment variable names.
            text(CURLOPT_PROTOCOLS_STR, scheme), text(CURLOPT_PROXY, ""),
            number(CURLOPT_NOSIGNAL, 1), number(CURLOPT_UPLOAD, 1),
            number(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(settings.connectTimeout)),
            number(CURLOPT_TIMEOUT_MS, milliseconds(settings.timeout)),
            // A connection that lay idle for long may be half closed: a new one is cheaper than an uncertain mail.
            number(CURLOPT_MAXAGE_CONN, 20), number(CURLOPT_MAXCONNECTS, 1),
        ]
        if settings.tls != .noneLoopbackOnly {
            all += [
                number(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)), number(CURLOPT_SSL_VERIFYPEER, 1),
                number(CURLOPT_SSL_VERIFYHOST, 2), number(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            ]
            if let file = settings.authoritiesFile { all.append(text(CURLOPT_CAINFO, file)) }
        } else {
            all.append(number(CURLOPT_USE_SSL, Int(CURLUSESSL_NONE.rawValue)))
        }
        if let user = settings.user, let password = settings.password {
            all += [text(CURLOPT_USERNAME, user), text(CURLOPT_PASSWORD, password.reveal())]
        }
        return all.allSatisfy { $0 }
    }

    private func address(_ envelope: Envelope, _ recipients: UnsafeMutablePointer<curl_slist>) -> Bool {
        text(CURLOPT_MAIL_FROM, "<\(envelope.from)>")
            && seaworthy_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients) == CURLE_OK
    }

    private func attach(_ transfer: SMTPTransfer, _ count: Int) -> Bool {
        let context = Unmanaged.passUnretained(transfer).toOpaque()
        let results = [
            seaworthy_curl_set_bytes(handle, CURLOPT_READFUNCTION, SMTPCallbacks.read),
            seaworthy_curl_set_context(handle, CURLOPT_READDATA, context),
            seaworthy_curl_set_bytes(handle, CURLOPT_HEADERFUNCTION, SMTPCallbacks.header),
            seaworthy_curl_set_context(handle, CURLOPT_HEADERDATA, context),
            seaworthy_curl_set_bytes(handle, CURLOPT_WRITEFUNCTION, SMTPCallbacks.discard),
            seaworthy_curl_set_trace(handle, SMTPCallbacks.trace),
            seaworthy_curl_set_context(handle, CURLOPT_DEBUGDATA, context),
            seaworthy_curl_set_number(handle, CURLOPT_VERBOSE, 1),
            seaworthy_curl_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(count)),
        ]
        return results.allSatisfy { $0 == CURLE_OK }
    }

    private func text(_ option: CURLoption, _ value: String) -> Bool {
        seaworthy_curl_set_text(handle, option, value) == CURLE_OK
    }

    private func number(_ option: CURLoption, _ value: Int) -> Bool {
        seaworthy_curl_set_number(handle, option, value) == CURLE_OK
    }

    private func milliseconds(_ span: Duration) -> Int { max(1, Int(span / .milliseconds(1))) }

    /// A server that closes while we write raises SIGPIPE on our thread. The thread belongs to our pool: blocked for good.
    private static func ignoreBrokenPipes() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

extension SMTPConnection {
    /// What libcurl's result means for the mail.
    static func outcome(_ result: CURLcode, _ transfer: SMTPTransfer) -> DeliveryOutcome {
        if result == CURLE_OK { return .accepted }
        let words = String(cString: curl_easy_strerror(result))
        switch result {
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR:
            return .misconfigured(reason: "the server's certificate can't be verified")
        case CURLE_USE_SSL_FAILED:
            return .misconfigured(reason: "the server offers no STARTTLS, and nothing is sent in the clear")
        case CURLE_LOGIN_DENIED where transfer.reply?.isTransient != true:
            return .misconfigured(reason: "the server refuses our user and password")
        case CURLE_SSL_CONNECT_ERROR:
            return .unreachable(reason: "the TLS handshake failed")
        default: break
        }
        if transfer.isHandedOver {
            guard let reply = transfer.reply, reply.code >= 400 else { return .uncertain(reason: words) }
            return .refused(reply, at: .content)
        }
        // A 421 says that the connection is over, whatever was asked (RFC 5321 §3.8).
        guard let reply = transfer.reply, reply.code >= 400, reply.code != 421, transfer.stage >= .sender else {
            return .unreachable(
                reason: transfer.reply.map { $0.code >= 400 ? "the server answers \($0)" : words } ?? words)
        }
        // 530, 535, 538: it wants us to sign in, which no other mail would change.
        if [530, 534, 535, 538].contains(reply.code) { return .misconfigured(reason: "the server answers \(reply)") }
        return .refused(reply, at: transfer.stage)
    }
}
