extension Flaw {
    /// One line on what the desk does wrong with this switch on.
    public var summary: String {
        switch self {
        case .missingHSTS: "No Strict-Transport-Security over TLS."
        case .missingCSP: "No Content-Security-Policy."
        case .missingNosniff: "No X-Content-Type-Options."
        case .missingFrameOptions: "Neither X-Frame-Options nor frame-ancestors: the desk can be framed."
        case .missingReferrerPolicy: "No Referrer-Policy."
        case .missingPermissionsPolicy: "No Permissions-Policy."
        case .missingCrossOriginPolicies: "No Cross-Origin-Opener-Policy and no Cross-Origin-Resource-Policy."
        case .missingXSSProtection: "No X-XSS-Protection."
        case .serverBanner: "Server and X-Powered-By name product and versions."
        case .headersMissingOnErrors: "Security headers on success only, not on 4xx and 5xx."
        case .weakTLS: "The TLS listener accepts TLS 1.0 and 1.1."
        case .selfSignedCertificate: "The certificate that is made at start is signed by itself."
        case .misnamedCertificate: "The certificate that is made at start has another host's name."
        case .expiredCertificate: "The certificate that is made at start ended yesterday."
        case .expiringCertificate: "The certificate that is made at start ends in five days."
        case .noHTTPSRedirect: "The plain listener serves the desk although there is a TLS listener."
        case .insecureCookie: "The session cookie has no Secure, HttpOnly and SameSite."
        case .corsReflectsOrigin: "Any Origin is reflected, with credentials."
        case .corsNullOrigin: "Origin: null is allowed, with credentials."
        case .noCSRF: "Writes are taken from other sites."
        case .verboseNotFound: "Unknown paths answer with a debug page: stack frames and file paths."
        case .methodCrash: "A wrong method is a 500 with a trace instead of 405 with Allow."
        case .traceOnBadJSON: "Malformed JSON is a 500 with a trace and SQL."
        case .traceOnBadEncoding: "Bad percent-encoding is a 500 with a trace."
        case .inconsistentErrors: "API errors come in three shapes, none of them application/problem+json."
        case .missingRequestID: "Responses carry no X-Request-ID."
        case .echoesRequestID: "Any X-Request-ID of a client is echoed as it is."
        case .traceEnabled: "TRACE echoes the request, cookies included."
        case .anyMethod: "A method that nobody knows answers 200."
        case .unboundedBody: "No limit on a declared body length."
        case .unboundedChunkedBody: "No limit on a body without a declared length."
        case .noRateLimit: "No request limit."
        case .silentRateLimit: "The limit is not announced: no RateLimit, RateLimit-Policy and Retry-After."
        case .trustsForwardedFor: "The limit counts by X-Forwarded-For, which any client can write."
        case .debugRoutes: "/debug/config and /debug/routes answer everybody."
        case .directoryListing: "/static/ lists its files."
        case .dotFiles: "/.env and /.git/config are served."
        case .publicMetrics: "/metrics answers everybody."
        case .missingHealth: "No health endpoint."
        case .cacheablePrivatePages: "Personal pages may be stored by shared caches."
        case .trustsHostHeader: "Any Host is taken and written into links and redirects."
        case .trustsForwardedHost: "X-Forwarded-Host of any client is written into links and redirects."
        case .internalRoutes: "/internal/status answers everybody."
        case .frozenMetrics: "The metrics of the operations listener never move."
        case .noCompression: "Text is never compressed."
        case .decodesDotDot: "%2f and .. are decoded and followed."
        case .openRedirect: "/leave and ?next= send the browser to any site."
        case .userEnumeration: "Sign-in tells an unknown account from a wrong password."
        case .unprotectedAdmin: "Administration needs no sign-in."
        case .foreignPortfolio: "Anybody signed in reads anybody's portfolio."
        case .lostUpdateBalance: "Concurrent deposits overwrite each other's balance."
        case .lostUpdatePosition: "Concurrent transfers overwrite each other's quantity."
        case .transactionRace: "Concurrent withdrawals overdraw a portfolio."
        case .doubleExecution: "Concurrent executions fill one order twice."
        case .deletionRace: "An account is deleted while a deposit arrives; the money is gone."
        case .consentLostUpdate: "Concurrent consent choices overwrite each other."
        case .oversell: "More shares can be sold than are held."
        case .sessionSurvivesSignOut: "Sign-out clears the cookie but not the session."
        case .unlimitedSignIn: "Passwords can be guessed without end."
        case .storedScript: "Comments and research notes are written into pages unescaped."
        case .unescapedSearch: "The search term is written into the page unescaped."
        case .sqlInjection: "Search is concatenated into SQL."
        case .massAssignment: "PATCH /api/profile takes role and status too."
        case .uploadByExtension: "A statement is judged by its file name alone."
        case .csvFormulaInjection: "Exported cells may start a spreadsheet formula."
        case .forgottenGuard: "An instrument's prices need no sign-in."
        case .foreignWrites: "Anybody signed in renames anybody's portfolio, and is told 404."
        case .alteredSession: "A session cookie works although its end was changed."
        case .hiddenMethod: "PUT /api/notes answers everybody, and no description names it."
        case .timingEnumeration: "Sign-in hashes nothing for unknown accounts: its time tells them apart."
        case .slowInput: "A search for many brackets takes seconds."
        case .fetchesAnyURL: "A link preview fetches from any address."
        case .opensAnyFile: "/documents opens whatever path its parameter names."
        case .brokenPage: "The link to the privacy notice breaks."
        case .jwtAlgNone: "A bearer token that says it isn't signed is believed."
        case .jwtWeakKey: "Bearer tokens are signed with a word from the dictionary."
        case .jwtUncheckedExpiry: "Bearer tokens work for ever."
        case .sessionFixation: "Signing in keeps the session cookie that the browser brought."
        case .commonPasswords: "Passwords from the top of every list are taken."
        case .slowPage: "A picture of the start page takes three seconds to come."
        case .heavyPage: "A script of the start page keeps 100 MB."
        case .longTask: "A script of the start page computes for more than a second."
        case .consoleError: "A script of the start page throws."
        case .mixedContent: "The start page has a picture over http."
        case .widePage: "Something on the start page is 900 pixels wide."
        case .missingLabels: "The start page has a field without a label and a picture without a text."
        case .chromiumOnlyScript: "A script of the start page needs something that Chromium alone has."
        case .fragmentAsMarkup:
            "A script of the start page writes what the address says behind its `#` into it as markup."
        }
    }

    /// The flaw table as Markdown, as `README.md` carries it.
    public static var markdownTable: String {
        var lines = ["| switch | side | what is wrong with it on |", "|---|---|---|"]
        lines += allCases.map { "| `\($0.rawValue)` | \($0.side.rawValue) | \($0.summary) |" }
        return lines.joined(separator: "\n")
    }

    /// The flaws as `tradingdesk --list-flaws` prints them: name, side, summary in columns.
    public static var listing: String {
        let width = allCases.map(\.rawValue.count).max() ?? 0
        return allCases.map { flaw in
            let padding = String(repeating: " ", count: width - flaw.rawValue.count)
            return "\(flaw.rawValue)\(padding)  \(flaw.side.rawValue)\(flaw.side == .app ? " " : "")  \(flaw.summary)"
        }.joined(separator: "\n")
    }
}
