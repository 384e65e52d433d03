import Kernel

/// Tells which leases of others have expired, without trusting any clock on the wall.
///
/// A living worker renews every third of a lease, and each renewal changes the row. A lease that this process has watched
/// for half a lease without a change is expired when the wall clock says so too, and after a whole lease whatever the
/// wall clock says: a clock that jumped ahead takes no job from a living worker, one that went back keeps none from us.
/// When we couldn't look for a while, the watch begins anew.
struct LeaseWatch {
    private struct Sight {
        var lease: Int64
        var until: Timestamp
        var since: UInt64
    }

    private let length: UInt64
    private var sights: [UniqueID: Sight] = [:]
    private var lastLook: UInt64?

    init(lease: Duration) { length = UInt64(clamping: max(1, lease.wholeNanoseconds)) }

    /// - Parameters:
    ///   - leases: those of others, as just read.
    ///   - nanoseconds: the monotonic clock when they were read.
    mutating func observe(_ leases: [JobLease], now: Timestamp, nanoseconds: UInt64) -> [JobLease] {
        if let lastLook, nanoseconds &- lastLook > length / 2 { sights = [:] }
        lastLook = nanoseconds
        var next: [UniqueID: Sight] = [:]
        var expired: [JobLease] = []
        for lease in leases {
            if let sight = sights[lease.id], sight.lease == lease.lease, sight.until == lease.until {
                next[lease.id] = sight
                let watched = nanoseconds &- sight.since
                if watched >= length || (watched >= length / 2 && lease.until < now) { expired.append(lease) }
            } else {
                next[lease.id] = Sight(lease: lease.lease, until: lease.until, since: nanoseconds)
            }
        }
        sights = next
        return expired
    }
}
