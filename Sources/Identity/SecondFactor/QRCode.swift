import CQrencode
public import Kernel

/// A text as a QR code (ISO/IEC 18004), drawn as SVG: no image file, no script, no outside service that sees the secret.
public struct QRCode: Sendable {
    /// Modules on a side, without the quiet zone.
    let width: Int
    /// Row by row; true is dark.
    let modules: [Bool]

    /// Error correction M: a scratched or glaring screen may hide 15 %.
    ///
    /// - Returns: nil for what is too long for one, or has a NUL.
    public init?(_ text: Secret) {
        let plain = text.reveal()
        guard plain.utf8.count <= 1500, !plain.utf8.contains(0),
            let code = QRcode_encodeString8bit(plain, 0, QR_ECLEVEL_M)
        else { return nil }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        guard let data = code.pointee.data, width > 0 else { return nil }
        modules = (0..<(width * width)).map { data[$0] & 1 == 1 }
    }

    /// An `<svg>` element: dark on white in any colour scheme, with the quiet zone of four modules that readers want.
    ///
    /// - Parameter label: what screen readers say; escaped here.
    public func svg(label: String) -> String {
        let side = width + 8
        var path = ""
        for row in 0..<width {
            var column = 0
            while column < width {
                let start = column
                while column < width, modules[row * width + column] { column += 1 }
                if column > start { path += "M\(start + 4) \(row + 4)h\(column - start)v1h-\(column - start)z" }
                column += 1
            }
        }
        return """
            <svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(side) \(side)" role="img" \
            aria-label="\(label.escapedForHTML)" shape-rendering="crispEdges">\
            <rect width="\(side)" height="\(side)" fill="#fff"/><path d="\(path)" fill="#000"/></svg>
            """
    }
}
