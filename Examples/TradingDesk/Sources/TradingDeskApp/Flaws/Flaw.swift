/// A defect that the desk can be started with, each behind its own switch (`--flaws missing-hsts,sql-injection`).
///
/// The raw value is the name of the switch. Every flaw has a sound twin: the same build without the switch.
public enum Flaw: String, CaseIterable, Sendable, Hashable {
    // Response headers.
    case missingHSTS = "missing-hsts"
    case missingCSP = "missing-csp"
    case missingNosniff = "missing-nosniff"
    case missingFrameOptions = "missing-frame-options"
    case missingReferrerPolicy = "missing-referrer-policy"
    case missingPermissionsPolicy = "missing-permissions-policy"
    case missingCrossOriginPolicies = "missing-cross-origin-policies"
    case missingXSSProtection = "missing-xss-protection"
    case serverBanner = "server-banner"
    case headersMissingOnErrors = "headers-missing-on-errors"
    // Transport, cookies, other origins.
    case weakTLS = "weak-tls"
    case selfSignedCertificate = "self-signed-certificate"
    case misnamedCertificate = "misnamed-certificate"
    case expiredCertificate = "expired-certificate"
    case expiringCertificate = "expiring-certificate"
    case noHTTPSRedirect = "no-https-redirect"
    case insecureCookie = "insecure-cookie"
    case corsReflectsOrigin = "cors-reflects-origin"
    case corsNullOrigin = "cors-null-origin"
    case noCSRF = "no-csrf"
    // Errors and correlation.
    case verboseNotFound = "verbose-not-found"
    case methodCrash = "method-crash"
    case traceOnBadJSON = "trace-on-bad-json"
    case traceOnBadEncoding = "trace-on-bad-encoding"
    case inconsistentErrors = "inconsistent-errors"
    case missingRequestID = "missing-request-id"
    case echoesRequestID = "echoes-request-id"
    // Methods, sizes, limits.
    case traceEnabled = "trace-enabled"
    case anyMethod = "any-method"
    case unboundedBody = "unbounded-body"
    case unboundedChunkedBody = "unbounded-chunked-body"
    case noRateLimit = "no-rate-limit"
    case silentRateLimit = "silent-rate-limit"
    case trustsForwardedFor = "trusts-forwarded-for"
    // Exposure.
    case debugRoutes = "debug-routes"
    case directoryListing = "directory-listing"
    case dotFiles = "dot-files"
    case publicMetrics = "public-metrics"
    case missingHealth = "missing-health"
    case cacheablePrivatePages = "cacheable-private-pages"
    case trustsHostHeader = "trusts-host-header"
    case trustsForwardedHost = "trusts-forwarded-host"
    case internalRoutes = "internal-routes"
    case frozenMetrics = "frozen-metrics"
    case noCompression = "no-compression"
    case decodesDotDot = "decodes-dot-dot"
    // What no layer in front can mend.
    case openRedirect = "open-redirect"
    case userEnumeration = "user-enumeration"
    case unprotectedAdmin = "unprotected-admin"
    case foreignPortfolio = "foreign-portfolio"
    case lostUpdateBalance = "lost-update-balance"
    case lostUpdatePosition = "lost-update-position"
    case transactionRace = "transaction-race"
    case doubleExecution = "double-execution"
    case deletionRace = "deletion-race"
    case consentLostUpdate = "consent-lost-update"
    case oversell
    case sessionSurvivesSignOut = "session-survives-sign-out"
    case unlimitedSignIn = "unlimited-sign-in"
    case storedScript = "stored-script"
    case unescapedSearch = "unescaped-search"
    case sqlInjection = "sql-injection"
    case massAssignment = "mass-assignment"
    case uploadByExtension = "upload-by-extension"
    case csvFormulaInjection = "csv-formula-injection"
    case forgottenGuard = "forgotten-guard"
    case foreignWrites = "foreign-writes"
    case alteredSession = "altered-session"
    case hiddenMethod = "hidden-method"
    case timingEnumeration = "timing-enumeration"
    case slowInput = "slow-input"
    case fetchesAnyURL = "fetches-any-url"
    case opensAnyFile = "opens-any-file"
    case brokenPage = "broken-page"
    case jwtAlgNone = "jwt-alg-none"
    case jwtWeakKey = "jwt-weak-key"
    case jwtUncheckedExpiry = "jwt-unchecked-expiry"
    case sessionFixation = "session-fixation"
    case commonPasswords = "common-passwords"
    case slowPage = "slow-page"
    case heavyPage = "heavy-page"
    case longTask = "long-task"
    case consoleError = "console-error"
    case mixedContent = "mixed-content"
    case widePage = "wide-page"
    case missingLabels = "missing-labels"
    case chromiumOnlyScript = "chromium-only-script"
    case fragmentAsMarkup = "fragment-as-markup"
}

extension Flaw {
    /// Who can mend a flaw without touching the desk's code.
    public enum Side: String, Sendable, CaseIterable {
        /// A layer in front can.
        case edge
        /// Only the desk itself can.
        case app
    }

    /// Who can mend this flaw.
    public var side: Side {
        switch self {
        case .openRedirect, .userEnumeration, .unprotectedAdmin, .foreignPortfolio, .lostUpdateBalance,
            .lostUpdatePosition, .transactionRace, .doubleExecution, .deletionRace, .consentLostUpdate, .oversell,
            .sessionSurvivesSignOut, .unlimitedSignIn, .storedScript, .unescapedSearch, .sqlInjection,
            .massAssignment, .uploadByExtension, .csvFormulaInjection, .forgottenGuard, .foreignWrites,
            .alteredSession, .hiddenMethod, .timingEnumeration, .slowInput, .fetchesAnyURL, .opensAnyFile, .brokenPage,
            .jwtAlgNone, .jwtWeakKey, .jwtUncheckedExpiry, .sessionFixation, .commonPasswords, .slowPage, .heavyPage,
            .longTask, .consoleError, .mixedContent, .widePage, .missingLabels,
            .chromiumOnlyScript, .fragmentAsMarkup:
            .app
        default:
            .edge
        }
    }
}
