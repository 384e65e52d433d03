/// Every check there is, in the order in which they run: what only reads first, what writes after it, and last what
/// leaves the target limited.
public enum CheckCatalogue {
    static let all: [any Check] = [
        // Headers of one answer.
        StrictTransportSecurityIsSent(),
        ContentSecurityPolicyRestrictsScripts(),
        ContentTypeIsNotSniffed(),
        FramingIsRefused(),
        ReferrersAreKeptShort(),
        BrowserFeaturesAreRestricted(),
        OtherOriginsAreKeptApart(),
        OldScriptFilterIsDecided(),
        ServerSoftwareIsNotNamed(),
        EveryStatusCarriesTheHeaders(),
        // Transport.
        OnlyCurrentTLSIsSpoken(),
        CertificateIsTrusted(),
        CertificateNamesTheHost(),
        CertificateIsInDate(),
        PlainHTTPLeadsToHTTPS(),
        TheOriginIsNotReachable(),
        // What the app shows when it is asked for what it doesn't have.
        UnknownPagesAnswerPlainly(),
        WrongMethodsAnswerPlainly(),
        MalformedJSONIsABadRequest(),
        BadEncodingIsABadRequest(),
        APIErrorsHaveOneShape(),
        ShownAddressesDontBreak(),
        EveryAnswerHasARequestID(),
        HostileRequestIDsAreNotEchoed(),
        TraceIsRefused(),
        UnknownMethodsAreRefused(),
        ForeignHostsAreRefused(),
        ForwardedHostsAreNotBelieved(),
        PathsCannotClimbOut(),
        RedirectsStayOnTheSite(),
        // What should not be there, and what should.
        DebugRoutesAreClosed(),
        DirectoriesAreNotListed(),
        DotFilesAreNotServed(),
        MetricsAreNotPublic(),
        ClosedRoutesAnswerNobody(),
        HealthIsAnswered(),
        RequestsAreCounted(),
        TextIsCompressed(),
        // Other origins.
        ForeignOriginsAreNotAllowed(),
        TheNullOriginIsNotAllowed(),
        // Signed in: reads first.
        SessionCookiesAreGuarded(),
        PrivatePagesAreNotStored(),
        ProtectedRoutesAskForASignIn(),
        EveryReadAsksForASignIn(),
        OtherPeoplesObjectsAreClosed(),
        ReadsShowOnlyOnesOwn(),
        AlteredSessionsAreRefused(),
        SessionsOpenProtectedRoutes(),
        SessionsBeginAnew(),
        UndescribedMethodsAreRefused(),
        UnsignedTokensAreRefused(),
        TokenKeysAreStrong(),
        TokensExpire(),
        UnknownAccountsAnswerTheSame(),
        SearchesAreParameters(),
        SearchTermsAreEscaped(),
        FilesAreNotChosenByPath(),
        InputsDontSlowTheAppDown(),
        AddressesAreNotFetched(),
        // Writes.
        CrossSiteWritesAreRefused(),
        ConcurrentWritesAreNotLost(),
        NoMoreIsTakenThanThereIs(),
        OneTimeThingsAreUsedOnce(),
        ConcurrentChoicesAllStay(),
        ExclusiveOperationsExclude(),
        StoredTextIsEscaped(),
        UploadsAreJudgedByContent(),
        ExportedCellsStartNoFormula(),
        FieldsCannotBeSlippedIn(),
        WritesDontReachOthersThings(),
        UnknownAccountsTakeAsLong(),
        SessionsEndAtSignOut(),
        CommonPasswordsAreRefused(),
        // Leaves an account, or this machine's address, locked: nobody signs in after it.
        SignInIsThrottled(),
        LargeBodiesAreRefused(),
        LargeChunkedBodiesAreRefused(),
        // In a browser of our own, where one is asked for.
        PageRules.load,
        PageRules.memory,
        PageRules.tasks,
        PageRules.console,
        PageRules.mixed,
        PageRules.narrow,
        PageRules.accessible,
        FirefoxShowsThePages(),
        AddressesBecomeNoMarkup(),
        // These use the allowance up: nothing may follow them.
        TooManyRequestsAreRefused(),
        TheLimitIsAnnounced(),
        ForwardedAddressesDontLiftTheLimit(),
    ]

    /// Whether a check may go beside others: it reads, and judges neither time, rate nor sessions. These come first in the list.
    static func maySideBySide(_ sheet: CheckSheet) -> Bool {
        let areas: Set<Area> = [
            .headers, .transport, .errors, .correlation, .requests, .exposure, .delivery, .crossOrigin,
        ]
        return areas.contains(sheet.area) && sheet.id != "csrf.cross-site-write" && !sheet.id.hasPrefix("size.")
    }

    /// What the checks say about themselves, in the same order.
    public static let sheets: [CheckSheet] = all.map(\.sheet)

    /// These, and what is decided by other things than probes: imported evidence.
    public static let everySheet: [CheckSheet] = sheets + GateCatalogue.sheets + SourceGate.allCases.map(\.sheet)
}
