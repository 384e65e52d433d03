import Kernel
public import NIOCore
import Web

/// What one event loop's connections share: no lock is on the path of a request, because nothing here leaves the loop.
final class LoopContext {
    let eventLoop: any EventLoop
    /// Swapped whole at reload; an exchange in flight keeps the one that it began with.
    var doors: [Door: DoorProgram] {
        didSet { (publicProgram, operatorProgram) = (doors[.public], doors[.operator]) }
    }
    private var publicProgram: DoorProgram?
    private var operatorProgram: DoorProgram?
    var limits: ClientLimits
    private(set) var isDraining = false
    /// Open WebSockets whose callers may lose the right to them.
    let sockets: SocketWatch
    private var connections: [ObjectIdentifier: any DrainableConnection] = [:]
    private var nextExchange: UInt64
    private let wallClock: any WallClock
    private var dateText = ""
    private var dateSecond: Int64 = -1
    /// Memory that answers are encoded into, over and over.
    private var scratch = ByteBuffer()

    init(
        eventLoop: any EventLoop, number: Int, doors: [Door: DoorProgram], limits: ClientLimits,
        wallClock: any WallClock
    ) {
        self.eventLoop = eventLoop
        sockets = SocketWatch(eventLoop: eventLoop)
        self.doors = doors
        self.publicProgram = doors[.public]
        self.operatorProgram = doors[.operator]
        self.limits = limits
        self.nextExchange = UInt64(number) << 48
        self.wallClock = wallClock
    }

    func program(of door: Door) -> DoorProgram? {
        switch door {
        case .public: publicProgram
        case .operator: operatorProgram
        }
    }

    var openConnections: Int { connections.count }

    func nextExchangeID() -> ExchangeID {
        nextExchange &+= 1
        return ExchangeID(nextExchange)
    }

    func opened(_ connection: any DrainableConnection) {
        connections[ObjectIdentifier(connection)] = connection
        if isDraining { connection.drain() }
    }

    func closed(_ connection: any DrainableConnection) {
        connections[ObjectIdentifier(connection)] = nil
    }

    func drain() {
        isDraining = true
        for connection in connections.values { connection.drain() }
    }

    func closeAll() {
        for connection in connections.values { connection.closeNow() }
    }

    /// Empty memory for an answer: the same each time, as long as the channel has let go of it.
    func takeScratch() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &scratch)
        taken.clear(minimumCapacity: 4096)
        return taken
    }

    func giveBack(_ buffer: ByteBuffer) {
        if buffer.storageCapacity <= 64 * 1024 { scratch = buffer }
    }

    /// The `Date` field (RFC 9110 §5.6.7), made once a second.
    func date() -> String {
        let second = wallClock.now().nanosecondsSinceEpoch / 1_000_000_000
        if second != dateSecond {
            dateSecond = second
            dateText = imfFixdate(secondsSinceEpoch: second)
        }
        return dateText
    }
}

/// What runs for requests of one door: the compiled list and where it ends.
struct DoorProgram: Sendable {
    let pipeline: CompiledPipeline
    let terminal: any Terminal
}

/// How long a client may take.
public struct ClientLimits: Sendable, Equatable {
    /// From the first byte of a request to the end of its head.
    public var head: TimeAmount
    /// Between two pieces of a request's body.
    public var body: TimeAmount
    /// Between two requests on one connection.
    public var idle: TimeAmount
    /// While the client takes nothing of a response.
    public var stalled: TimeAmount

    public init(
        head: TimeAmount = .seconds(10), body: TimeAmount = .seconds(30), idle: TimeAmount = .seconds(75),
        stalled: TimeAmount = .seconds(60)
    ) {
        self.head = head
        self.body = body
        self.idle = idle
        self.stalled = stalled
    }
}

/// A connection that can be asked to end in order.
protocol DrainableConnection: AnyObject {
    /// Ends when the exchange in flight does; at once when there is none.
    func drain()
    func closeNow()
}

/// A time as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
func imfFixdate(secondsSinceEpoch second: Int64) -> String {
    let iso = Timestamp(nanosecondsSinceEpoch: second &* 1_000_000_000).iso8601
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let fields = iso.split(whereSeparator: { "-T:.Z".contains($0) })
    guard fields.count >= 6, let month = Int(fields[1]), months.indices.contains(month - 1) else { return iso }
    let weekday = days[Int((second / 86_400 % 7 + 7) % 7)]
    return "\(weekday), \(fields[2]) \(months[month - 1]) \(fields[0]) \(fields[3]):\(fields[4]):\(fields[5]) GMT"
}
