import Foundation
import GRDB
import Logging
import Synchronization

/// The desk's services, wired once.
struct Desk: Sendable {
    let configuration: DeskConfiguration
    let flaws: FlawSelection
    let accounts: Accounts
    let portfolios: Portfolios
    let orders: Orders
    let market: Market
    let statements: Statements
    let research: Research
    let consents: Consents
    let search: Search
    let analytics: Analytics
    let pages: Pages
    let openAPI: String
    let requestLimit: RequestLimit?
    let allowedHosts: AllowedHosts
    /// Known once the TLS listener is bound.
    let tlsPort: BoundPort
    /// Requests that came to the listeners of the public.
    let served = ServedRequests()
    let logger: Logger

    static let operations =
        AccountOperations.all + TradingOperations.all + ResearchOperations.all + PublicPages.all + MemberPages.all
        + InsightPages.all + PeoplePages.all

    init(_ configuration: DeskConfiguration, database: DatabaseQueue, hashing: PasswordHashing) throws {
        self.configuration = configuration
        flaws = configuration.flaws
        let core = DeskCore(database: database, flaws: configuration.flaws, now: configuration.now)
        accounts = Accounts(
            core: core, hashing: hashing, attempts: SignInAttempts(),
            bearers: BearerTokens(flaws: configuration.flaws))
        portfolios = Portfolios(core: core)
        orders = Orders(core: core)
        market = Market(core: core)
        statements = Statements(core: core)
        research = Research(core: core)
        consents = Consents(core: core)
        search = Search(core: core)
        analytics = Analytics(core: core)
        pages = try Pages(flaws: configuration.flaws)
        openAPI = try OpenAPI.text(Self.operations)
        requestLimit =
            configuration.requestsPerMinute > 0 ? RequestLimit(perMinute: configuration.requestsPerMinute) : nil
        allowedHosts = AllowedHosts(configuration.allowedHosts)
        tlsPort = BoundPort()
        logger = configuration.logger
    }
}

/// A count that every request adds one to.
final class ServedRequests: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func add() { count.withLock { $0 += 1 } }
}

/// A port that is known only once the system has chosen it.
final class BoundPort: Sendable {
    private let port = Mutex<Int?>(nil)

    var value: Int? {
        get { port.withLock { $0 } }
        set { port.withLock { $0 = newValue } }
    }
}
