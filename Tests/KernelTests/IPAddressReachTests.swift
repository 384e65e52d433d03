import Kernel
import Testing

@Suite("Where an address leads")
struct IPAddressReachTests {
    @Test(
        "each range of the registries",
        arguments: [
            ("0.0.0.0", AddressReach.special), ("0.1.2.3", .special), ("9.255.255.255", .publicIPv4),
            ("10.0.0.0", .local),
            ("10.255.255.255", .local), ("11.0.0.0", .publicIPv4), ("100.63.255.255", .publicIPv4),
            ("100.64.0.0", .local), ("100.100.100.200", .local), ("100.128.0.0", .publicIPv4), ("127.0.0.1", .loopback),
            ("127.255.255.255", .loopback), ("128.0.0.0", .publicIPv4), ("169.254.169.254", .local),
            ("169.253.255.255", .publicIPv4), ("172.15.255.255", .publicIPv4), ("172.16.0.0", .local),
            ("172.31.255.255", .local), ("172.32.0.0", .publicIPv4), ("192.0.0.170", .special), ("192.0.2.1", .special),
            ("192.88.99.1", .special), ("192.168.0.1", .local), ("192.169.0.0", .publicIPv4), ("198.18.0.1", .special),
            ("198.19.255.255", .special), ("198.20.0.0", .publicIPv4), ("198.51.100.7", .special),
            ("203.0.113.255", .special), ("203.0.114.0", .publicIPv4), ("223.255.255.255", .publicIPv4),
            ("224.0.0.1", .special), ("239.1.1.1", .special), ("240.0.0.1", .special), ("255.255.255.255", .special),
            ("168.63.129.16", .special), ("8.8.8.8", .publicIPv4),
            ("::", .special), ("::1", .loopback), ("::127.0.0.1", .special), ("::ffff:10.0.0.1", .local),
            ("::ffff:127.0.0.1", .loopback), ("::ffff:8.8.8.8", .publicIPv4), ("64:ff9b::7f00:1", .special),
            ("64:ff9b::808:808", .special), ("64:ff9b:1::1", .special), ("100::1", .special), ("2001::1", .special),
            ("2001:1ff:ffff::1", .special), ("2001:200::1", .publicIPv6), ("2001:db8::1", .special),
            ("2002:7f00:1::", .special), ("2002:808:808::", .special), ("2606:4700::1111", .publicIPv6),
            ("3fff::1", .special), ("3fff:1000::1", .publicIPv6), ("4000::1", .special), ("fc00::1", .local),
            ("fd00:ec2::254", .local), ("fdff::1", .local), ("fe00::1", .special), ("fe80::1", .local),
            ("febf::1", .local), ("fec0::1", .special), ("ff02::1", .special),
        ])
    func reach(_ text: String, _ reach: AddressReach) throws {
        let address = try #require(IPAddress(strict: text[...]))
        #expect(address.reach == reach)
    }
}
