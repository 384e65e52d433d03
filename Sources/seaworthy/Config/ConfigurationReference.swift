import Gateway
import Kernel

/// `docs/configuration.md`, from the same definitions that read the configuration.
struct ConfigurationReference {
    let settings: [SettingDescription]

    static func variable(_ key: String) -> String {
        "SEAWORTHY_" + key.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }

    var markdown: String {
        var text = ConfigurationReference.introduction
        for (section, settings) in sections {
            text += "\n## \(section)\n\n| key | what | form | default |\n|---|---|---|---|\n"
            for setting in settings {
                var summary = setting.summary
                if !setting.reloads { summary += " *Next start only.*" }
                if setting.isSecret { summary += " *Secret.*" }
                text +=
                    "| `\(setting.key)` | \(cell(summary)) | \(cell(setting.form)) | \(cell(setting.defaultText)) |\n"
            }
        }
        return text
    }

    /// Settings under the first two parts of their keys, in reading order; keys without a dot are `The process`.
    private var sections: [(String, [SettingDescription])] {
        var order: [String] = []
        var bySection: [String: [SettingDescription]] = [:]
        for setting in settings {
            let parts = setting.key.split(separator: ".")
            let name: String
            switch parts.count {
            case 1: name = "The process and its doors"
            case 2: name = "`\(parts[0])`"
            default: name = parts[0] == "limits" ? "`limits`" : "`\(parts[0]).\(parts[1])`"
            }
            if bySection[name] == nil { order.append(name) }
            bySection[name, default: []].append(setting)
        }
        return order.map { ($0, bySection[$0] ?? []) }
    }

    private func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }

    private static let introduction = """
        # Configuration

        <!-- Written by `seaworthy config explain --format markdown`; a test fails when it is stale. -->

        Four layers, the first that names a key wins:

        1. **Flags**: `--set KEY=VALUE` for any key (repeatable), and flags of their own for the commonest.
        2. **Environment**: `SEAWORTHY_` and the key in upper case, `.` and `-` as `_`:
           `SEAWORTHY_PROTECTION_RATE_LIMIT_ADDRESS=100/min`. A secret can stand in a file that the same name with
           `_FILE` at its end names. An empty variable counts as not set; an unknown one is an error.
        3. **`seaworthy.yaml`** in the working directory, or the file that `--config` or `SEAWORTHY_CONFIG` names.
        4. **Defaults**, below.

        In the file, dots may be written as nesting: these two are the same.

        ```yaml
        protection.rate-limit.address: 100/min

        protection:
          rate-limit:
            address: 100/min
        ```

        Routes are a list beside their default:

        ```yaml
        routes:
          default: app            # the app decides about every route that isn't listed
          list:
            - path: /admin/**
              access: deny
        ```

        (`routes:` with the list directly under it and `routes.default:` on a line of its own mean the same.)
        A list on the command line or in the environment is written in YAML's flow syntax, or, where it holds plain
        texts, with commas: `--set 'hosts=[example.com, www.example.com]'`, `SEAWORTHY_HOSTS=example.com,www.example.com`.
        The file is UTF-8 of at most 1 MiB, without anchors and aliases; scalars are taken as they are written.

        All errors are shown together, each with its key, the given value (never a secret), where it was given, what
        would be valid and the nearest key that exists; the exit status is 78. `seaworthy config check` does only that.
        `seaworthy config explain` prints the values in force and where they came from.

        At SIGHUP, or by `seaworthy reload`, the whole configuration is read again. If anything is wrong nothing
        changes; otherwise it is swapped as a whole. Keys marked *next start only* keep their value until then.

        Every control has a key `….mode`: `off`, `observe` (it decides and records what it would have refused, and lets
        pass) or `enforce`.

        """
}
